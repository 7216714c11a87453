"""The one way to the register of companies: its public data API over HTTP.

The limits are the register's: 600 questions in five minutes for one key, a company number of
exactly eight characters (a longer one makes it answer 500), officers in pages of at most 35.
"""

import json
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from voucher.integrations.companies_house.answers import (
    CompanyProfile,
    Officer,
    read_officers,
    read_profile,
    says_not_found,
)
from voucher.integrations.companies_house.errors import (
    CompanyNotFound,
    RegisterUnavailable,
    Unavailability,
)

if TYPE_CHECKING:
    from requests import Response

_NUMBER = re.compile(r"[A-Z0-9]{8}", re.ASCII)
_LARGEST_ANSWER = 1_000_000
_CHUNK = 65_536
_PAGE = 35
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait: for a connection, between two pieces of an answer, and for all of it."""

    connect: float = 3
    read: float = 5
    whole: float = 8


class CompaniesHouseGateway:
    """Reads the register. Safe to share between threads: it keeps no connection and no state."""

    def __init__(self, api_key: str, api_base: str, timeouts: Timeouts | None = None) -> None:
        self._api_key = api_key
        self._api_base = api_base.rstrip("/")
        self._timeouts = timeouts or Timeouts()

    def read_company(self, number: str) -> CompanyProfile:
        """The register's profile of the company of this eight-character number.

        Raises ValueError for a number that cannot be one, CompanyNotFound only when the register
        itself says so, RegisterUnavailable whenever there is no answer to rely on.
        """
        answer = self._ask(f"/company/{_checked(number)}", number)
        try:
            return read_profile(answer, number)
        except ValueError as error:
            raise RegisterUnavailable(Unavailability.MALFORMED, str(error)) from error

    def read_officers(self, number: str) -> tuple[Officer, ...]:
        """Everybody who is or was an officer of the company, in the register's order.

        At most 700 are read, so that an answer without end can't hold us for ever.
        Raises as `read_company` does; a company without officers is not found here either.
        """
        path = f"/company/{_checked(number)}/officers"
        found: list[Officer] = []
        for _ in range(_MOST_PAGES):
            query = f"?items_per_page={_PAGE}&start_index={len(found)}"
            try:
                page, total = read_officers(self._ask(path + query, number))
            except ValueError as error:
                raise RegisterUnavailable(Unavailability.MALFORMED, str(error)) from error
            found.extend(page)
            if not page or len(found) >= total:
                break
        return tuple(found)

    def _ask(self, path: str, number: str) -> Any:
        from requests import RequestException, Timeout
        from urllib3.exceptions import HTTPError, TimeoutError

        deadline = time.monotonic() + self._timeouts.whole
        try:
            with self._session() as session, self._send(session, path) as response:
                return _understand(response, _read_body(response, deadline), number)
        except (Timeout, TimeoutError) as error:
            raise RegisterUnavailable(Unavailability.TIMED_OUT, "no answer in time") from error
        except (RequestException, HTTPError) as error:
            raise RegisterUnavailable(Unavailability.UNREACHABLE, type(error).__name__) from error

    def _session(self) -> Any:
        import requests

        session = requests.Session()
        # A proxy of the surroundings must not be asked for a server on this machine.
        session.trust_env = urlsplit(self._api_base).hostname not in ("127.0.0.1", "localhost")
        return session

    def _send(self, session: Any, path: str) -> "Response":
        # The key is the user name and the password is empty; a redirect would carry it elsewhere.
        answer: Response = session.get(
            self._api_base + path,
            auth=(self._api_key, ""),
            headers={"Accept": "application/json"},
            timeout=(self._timeouts.connect, self._timeouts.read),
            allow_redirects=False,
            stream=True,
        )
        return answer


def _checked(number: str) -> str:
    if not _NUMBER.fullmatch(number):
        raise ValueError("A company number is eight capital letters and digits.")
    return number


def _read_body(response: "Response", deadline: float) -> bytes:
    """The whole body, up to the deadline.

    `read1` hands over what has arrived: a server that drips one byte a second never trips the read
    time-out, and `iter_content` would wait for a full chunk of it.
    """
    body = bytearray()
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > _LARGEST_ANSWER:
            raise RegisterUnavailable(Unavailability.MALFORMED, "the answer has no end")
        if time.monotonic() > deadline:
            raise RegisterUnavailable(Unavailability.TIMED_OUT, "the answer came too slowly")
    return bytes(body)


def _understand(response: "Response", body: bytes, number: str) -> Any:
    status = response.status_code
    if status == 429:
        raise RegisterUnavailable(Unavailability.RATE_LIMITED, "429", _retry_after(response))
    if status in (401, 403):
        raise RegisterUnavailable(Unavailability.REFUSED_OUR_KEY, str(status))
    if status not in (200, 404):
        raise RegisterUnavailable(Unavailability.FAILING, str(status), _retry_after(response))
    answer = _parse(body)
    if status == 200:
        return answer
    if says_not_found(answer):
        raise CompanyNotFound(number)
    raise RegisterUnavailable(Unavailability.MALFORMED, "a 404 that is not the register's own")


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RegisterUnavailable(Unavailability.MALFORMED, "not JSON") from error


def _retry_after(response: "Response") -> int | None:
    """Seconds to wait by the Retry-After header, a number or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return int(value[:9])
    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(response.headers["Date"])
        return max(0, int((until - now).total_seconds()))
    except (KeyError, TypeError, ValueError):
        return None
