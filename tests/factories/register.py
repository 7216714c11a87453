"""A register of companies for tests: it says what it is told to say, or nothing."""

from typing import Any

from voucher.applications.operations.check import check_application
from voucher.applications.queries.drafts import whole_application
from voucher.applications.queries.facts import Register, RegisterAnswer
from voucher.core import clock
from voucher.integrations.companies_house.answers import CompanyProfile


def profile(number: str = "99000001", **values: Any) -> CompanyProfile:
    """An active company as the register tells it."""
    defaults: dict[str, Any] = {
        "number": number,
        "name": "FICTIONAL JOINERY LTD",
        "status": "active",
        "kind": "ltd",
        "incorporated_on": None,
        "ceased_on": None,
        "postcode": "LS1 4AP",
        "address_lines": (),
        "sic_codes": ("16230",),
        "has_insolvency_history": False,
        "accounts_overdue": False,
        "address_in_dispute": False,
    }
    return CompanyProfile(**{**defaults, **values})


class PlayedRegister:
    """Answers by number: a profile, or an error to raise. `asked` are the numbers in order."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def read_company(self, number: str) -> CompanyProfile:
        """The answer for the number, else for "every"."""
        self.asked.append(number)
        answer = self.answers.get(f"n{number}", self.answers.get("every"))
        if isinstance(answer, Exception):
            raise answer
        return answer or profile(number)


def answered_active(application: Any) -> None:
    """Let the register have answered that the company is active."""
    whole = whole_application(application.id)
    check_application(
        application=whole,
        register=Register(RegisterAnswer.FOUND, profile(whole.business.company_number or "")),
        holds_live_voucher=False,
        by=None,
        at=clock.now(),
    )
