"""The stand-in as the demonstration runs it: a process of its own, told to stop by a signal."""

import json
import signal
import subprocess
import sys

import pytest
import requests

from voucher.integrations.companies_house.gateway import CompaniesHouseGateway
from voucher.sandbox.companies_house.register import (
    UNUSED,
    Register,
    fictional_profile,
    load_register,
)

KEY = ("a-key", "")


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    data = tmp_path_factory.mktemp("register") / "companies.json"
    company = fictional_profile("99000007", "Curlewgarth Joinery Ltd")
    data.write_text(json.dumps({"companies": [company]}), encoding="utf-8")
    command = [sys.executable, "-m", "voucher.sandbox.companies_house", "--port", "0"]
    with subprocess.Popen(
        [*command, "--data", str(data)], stdout=subprocess.PIPE, text=True
    ) as run:
        yield run.stdout.readline().split()[-1]
        run.send_signal(signal.SIGTERM)
        assert run.wait(10) == 0


def test_it_answers_for_the_companies_of_its_file(process):
    profile = CompaniesHouseGateway("a-key", process).read_company("99000007")
    assert profile.name == "CURLEWGARTH JOINERY LTD"


def test_it_says_how_it_is(process):
    assert requests.get(f"{process}/_control/health", timeout=5).json()["status"] == "well"


def test_a_company_can_be_entered_for_a_rehearsal(process):
    company = fictional_profile("99000008", "Rehearsed Ltd", company_status="active")
    entered = requests.post(f"{process}/_control/companies", json=company, timeout=5)
    assert entered.status_code == 201
    assert CompaniesHouseGateway("a-key", process).read_company("99000008").name == "REHEARSED LTD"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_control/companies", b'{"company_number": "00000006"}'),
        ("/_control/companies", b'{"company_number": "99000\xc2\xb200"}'),
        ("/_control/companies", b"[]"),
        ("/_control/companies", b"{"),
        ("/_control/companies", b""),
        ("/_control/outage", b'{"trouble": "sulking"}'),
        ("/_control/outage", b"{}"),
    ],
)
def test_a_control_it_does_not_understand_changes_nothing(process, path, body):
    before = requests.get(f"{process}/_control/health", timeout=5).json()
    assert requests.post(process + path, data=body, timeout=5).status_code == 400
    assert requests.get(f"{process}/_control/health", timeout=5).json() == before


@pytest.mark.parametrize(
    ("method", "path", "auth", "status"),
    [
        ("GET", "/company/99000007", None, 401),
        ("GET", "/company/99000007", ("", ""), 401),
        ("GET", "/company/99000007", ("a-key", "a-password"), 401),
        ("GET", "/company/99000007", KEY, 200),
        ("GET", "/company/990000070", KEY, 500),
        ("GET", "/company/00000006", KEY, 404),
        ("GET", "/company/99000007/officers?start_index=x&items_per_page=-1", KEY, 200),
        ("GET", "/anything", KEY, 404),
        ("POST", "/company/99000007", KEY, 404),
    ],
)
def test_statuses_as_the_register_gives_them(process, method, path, auth, status):
    assert requests.request(method, process + path, auth=auth, timeout=5).status_code == status


def test_an_outage_can_be_played_and_ended(process):
    url = f"{process}/_control/outage"
    requests.post(url, json={"trouble": "rate-limited"}, timeout=5)
    answer = requests.get(f"{process}/company/99000007", auth=KEY, timeout=5)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "120")
    requests.post(url, json={"trouble": None}, timeout=5)
    assert requests.get(f"{process}/company/99000007", auth=KEY, timeout=5).status_code == 200


def test_a_credential_that_is_not_base64(process):
    headers = {"Authorization": "Basic ???"}
    answer = requests.get(f"{process}/company/99000007", headers=headers, timeout=5)
    assert answer.status_code == 401


def test_without_a_file_only_the_reserved_numbers_are_known():
    assert len(load_register(None)) == len(Register([])) == 2 + len(UNUSED)


def test_companies_to_try_with_are_active(process):
    for number, name in UNUSED.items():
        profile = requests.get(f"{process}/company/{number}", auth=KEY, timeout=5).json()
        assert (profile["company_name"], profile["company_status"]) == (name.upper(), "active")


def test_only_numbers_that_no_company_has_are_let_in():
    with pytest.raises(ValueError, match="fictional range"):
        Register([fictional_profile("00000006", "Somebody Real Ltd")])
