"""The stand-in register's levers: a company's standing changes while its claim waits."""

import json
from urllib.request import ProxyHandler, Request, build_opener

from config import Settings

TIMEOUT_SECONDS = 20


def change_standing(settings: Settings, number: str, status: str) -> None:
    """Have the register say `status` of a company from now on, after its next start too."""
    path = settings.data_dir / "companies.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    for company in content["companies"]:
        if company["company_number"] == number:
            company["company_status"] = status
            _enter(settings.companies_house_base, company)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _enter(address: str, company: dict[str, object]) -> None:
    url, body = f"{address}/_control/companies", json.dumps(company).encode()
    headers = {"Content-Type": "application/json"}
    wish = Request(url, body, headers, method="POST")  # noqa: S310 (loopback)
    with build_opener(ProxyHandler({})).open(wish, timeout=TIMEOUT_SECONDS) as answer:
        answer.read()
