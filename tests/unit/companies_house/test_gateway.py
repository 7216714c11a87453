"""The gateway against the stand-in and against servers that misbehave, over real sockets."""

import socket
import threading
from contextlib import contextmanager
from datetime import date

import pytest

from voucher.integrations.companies_house.errors import (
    CompanyNotFound,
    RegisterUnavailable,
    Unavailability,
)
from voucher.integrations.companies_house.gateway import CompaniesHouseGateway, Timeouts
from voucher.sandbox.companies_house import register as numbers
from voucher.sandbox.companies_house.register import Register, Trouble, fictional_profile
from voucher.sandbox.companies_house.server import StandIn

KNOWN = "99000001"
IMPATIENT = Timeouts(connect=1, read=0.3, whole=0.6)


def officer(index):
    record = {
        "name": f"FICTION, Officer {index}",
        "officer_role": "director",
        "appointed_on": "2019-05-01",
    }
    return record | ({"resigned_on": "2021-06-30"} if index % 2 else {})


def companies():
    return [
        fictional_profile(
            KNOWN,
            "Brackensike Bakery Ltd",
            date_of_creation="2017-03-09",
            registered_office_address={
                "premises": "4",
                "address_line_1": "Mill Lane",
                "locality": "Halifax",
                "postal_code": "HX1 9ZZ",
            },
            sic_codes=["10710", "47240"],
            accounts={"overdue": True},
            officers=[officer(index) for index in range(40)],
        )
    ]


@pytest.fixture(scope="module")
def stand_in():
    server = StandIn(("127.0.0.1", 0), Register(companies()), slow_seconds=5)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.close()


@pytest.fixture
def gateway(stand_in):
    return CompaniesHouseGateway("a-key", stand_in.base, IMPATIENT)


@contextmanager
def answering(*pieces, then_wait=False):
    """A server that sends these bytes to its first caller, waits in between, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve():
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            for piece in pieces:
                connection.sendall(piece)
                if then_wait and done.wait(0.1):
                    return
            if then_wait:
                done.wait(5)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        done.set()
        listener.close()
        thread.join(5)


def http(status, body=b"", headers=""):
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def refusal_from(base, number=KNOWN):
    with pytest.raises(RegisterUnavailable) as caught:
        CompaniesHouseGateway("a-key", base, IMPATIENT).read_company(number)
    return caught.value


def test_a_company_is_read_whole(gateway):
    profile = gateway.read_company(KNOWN)
    assert (profile.number, profile.name) == (KNOWN, "BRACKENSIKE BAKERY LTD")
    assert (profile.status, profile.kind, profile.is_active) == ("active", "ltd", True)
    assert profile.incorporated_on == date(2017, 3, 9)
    assert profile.ceased_on is None
    assert profile.postcode == "HX1 9ZZ"
    assert profile.address_lines == ("4", "Mill Lane", "Halifax")
    assert profile.sic_codes == ("10710", "47240")
    assert profile.accounts_overdue is True
    assert not profile.has_insolvency_history
    assert not profile.address_in_dispute


def test_officers_are_read_over_all_pages(gateway):
    officers = gateway.read_officers(KNOWN)
    assert [person.name for person in officers] == [
        f"FICTION, Officer {index}" for index in range(40)
    ]
    assert officers[0].resigned_on is None
    assert officers[1].resigned_on == date(2021, 6, 30)
    assert officers[1].appointed_on == date(2019, 5, 1)


def test_a_company_without_officers_has_none(gateway):
    assert gateway.read_officers(numbers.DISSOLVED) == ()


def test_a_dissolved_company_is_an_answer(gateway):
    profile = gateway.read_company(numbers.DISSOLVED)
    assert (profile.status, profile.is_active) == ("dissolved", False)
    assert profile.ceased_on == date(2023, 11, 14)


def test_a_company_in_liquidation_is_an_answer(gateway):
    profile = gateway.read_company(numbers.IN_LIQUIDATION)
    assert profile.status == "liquidation"
    assert profile.has_insolvency_history
    assert not profile.is_active


@pytest.mark.parametrize("read", ["read_company", "read_officers"])
def test_not_found_is_the_registers_own_word(gateway, read):
    with pytest.raises(CompanyNotFound) as caught:
        getattr(gateway, read)(numbers.NOT_FOUND)
    assert caught.value.number == numbers.NOT_FOUND


@pytest.mark.parametrize(
    ("number", "reason", "retry_after"),
    [
        (numbers.DOWN, Unavailability.FAILING, None),
        (numbers.SLOW, Unavailability.TIMED_OUT, None),
        (numbers.RATE_LIMITED, Unavailability.RATE_LIMITED, 120),
        (numbers.MALFORMED, Unavailability.MALFORMED, None),
    ],
)
def test_trouble_is_never_not_found(stand_in, number, reason, retry_after):
    error = refusal_from(stand_in.base, number)
    assert (error.reason, error.retry_after) == (reason, retry_after)


def test_an_outage_of_the_whole_register(stand_in):
    stand_in.register.play_outage(Trouble.DOWN)
    try:
        assert refusal_from(stand_in.base).reason is Unavailability.FAILING
    finally:
        stand_in.register.play_outage(None)


def test_a_missing_key_is_our_fault_and_not_the_companys(stand_in):
    with pytest.raises(RegisterUnavailable) as caught:
        CompaniesHouseGateway("", stand_in.base, IMPATIENT).read_company(KNOWN)
    assert caught.value.reason is Unavailability.REFUSED_OUR_KEY


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        base = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert refusal_from(base).reason is Unavailability.UNREACHABLE


@pytest.mark.parametrize(
    "number", ["", "123", "1234567é", "99 00001", "9900000a", "../../x", "99000001\n", "990000011"]
)
def test_a_number_that_cannot_be_one_is_never_sent(number):
    gateway = CompaniesHouseGateway("a-key", "http://127.0.0.1:1", IMPATIENT)
    with pytest.raises(ValueError, match="eight capital letters and digits"):
        gateway.read_company(number)
    with pytest.raises(ValueError, match="eight capital letters and digits"):
        gateway.read_officers(number)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http(404, b"<h1>Not here</h1>"), Unavailability.MALFORMED),
        (http(404, b"{}"), Unavailability.MALFORMED),
        (http(404), Unavailability.MALFORMED),
        (http(404, b'{"errors": [{"type": "gateway"}]}'), Unavailability.MALFORMED),
        (http(200), Unavailability.MALFORMED),
        (http(200, b"[]"), Unavailability.MALFORMED),
        (http(200, b"[" * 100_000), Unavailability.MALFORMED),
        (http(200, b'"\xff\xfe"'), Unavailability.MALFORMED),
        (http(200, b'{"company_number": "99000002"}'), Unavailability.MALFORMED),
        (http(200, b" " * 1_100_000), Unavailability.MALFORMED),
        (http(301, b"", "Location: http://127.0.0.1:1/\r\n"), Unavailability.FAILING),
        (http(204), Unavailability.FAILING),
        (http(403), Unavailability.REFUSED_OUR_KEY),
        (http(502), Unavailability.FAILING),
        (b"", Unavailability.UNREACHABLE),
        (b"not http at all\r\n\r\n", Unavailability.UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", Unavailability.UNREACHABLE),
    ],
)
def test_an_answer_that_cannot_be_relied_on(answer, reason):
    with answering(answer) as base:
        assert refusal_from(base).reason is reason


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 30\r\n", 30),
        ("Retry-After: soon\r\n", None),
        ("Retry-After: -1\r\n", None),
        ("", None),
        (
            "Date: Sun, 22 Nov 2026 10:00:00 GMT\r\nRetry-After: Sun, 22 Nov 2026 10:05:00 GMT\r\n",
            300,
        ),
        (
            "Date: Sun, 22 Nov 2026 10:00:00 GMT\r\nRetry-After: Sun, 22 Nov 2026 09:00:00 GMT\r\n",
            0,
        ),
    ],
)
def test_the_wait_that_was_asked_for(header, seconds):
    with answering(http(429, b"", header)) as base:
        error = refusal_from(base)
    assert (error.reason, error.retry_after) == (Unavailability.RATE_LIMITED, seconds)


def test_a_page_of_officers_that_cannot_be_relied_on():
    with answering(http(200, b'{"items": []}')) as base:
        gateway = CompaniesHouseGateway("a-key", base, IMPATIENT)
        with pytest.raises(RegisterUnavailable) as caught:
            gateway.read_officers(KNOWN)
    assert caught.value.reason is Unavailability.MALFORMED


def test_officers_without_end_are_cut_off():
    class Endless(CompaniesHouseGateway):
        def _ask(self, path, number):
            return {"items": [officer(0)] * 35, "total_results": 10**9}

    assert len(Endless("a-key", "http://127.0.0.1:1").read_officers(KNOWN)) == 700


def test_a_server_that_stops_in_the_middle():
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", then_wait=True) as base:
        assert refusal_from(base).reason is Unavailability.TIMED_OUT


def test_a_server_that_drips():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
    with answering(head, *[b" "] * 50, then_wait=True) as base:
        assert refusal_from(base).reason is Unavailability.TIMED_OUT
