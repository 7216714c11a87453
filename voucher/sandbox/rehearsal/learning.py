"""Fourth act: the books, the record and the reports, by those who answer for them."""

import re
from io import BytesIO

from voucher.sandbox.rehearsal.browser import Browser, Stuck
from voucher.sandbox.rehearsal.signing_in import wait_for
from voucher.sandbox.rehearsal.troupe import Troupe

REPORT_SECONDS = 120.0
REPORT = re.compile(r"/staff/reports/(RPT-[0-9A-Z]{4}-[0-9A-Z]{4})/document")


def read_books(troupe: Troupe) -> None:
    """Finance looks at the round's money and at the payment."""
    finance = troupe.staff("finance")
    finance.open("/staff/money/")
    finance.tell("reads the round's envelope and the balances")
    finance.open("/staff/payments/")
    finance.tell("reads the payments")


def read_record(troupe: Troupe) -> None:
    """The auditor reads the case from end to end."""
    auditor = troupe.staff("auditor")
    auditor.open(f"/staff/cases/{troupe.application}")
    auditor.tell("reads the whole case; changes nothing")
    auditor.open("/staff/audit/verify")
    auditor.tell(f"has the chain recomputed: “{auditor.page.heading}”")


def report(troupe: Troupe) -> tuple[bytes, bytes]:
    """The programme manager has the round's report and the voucher's summary built.

    Both as PDF.
    """
    manager = troupe.staff("manager")
    manager.open("/staff/reports/")
    before = _ready(manager)
    manager.open("/staff/reports/round")
    choices = manager.page.form(having="round").choices["round"]
    rounds = [value for value in choices if value]
    manager.send({"round": _of_this_case(troupe, rounds)}, button="Build the report")
    manager.tell("asks for the report of the round")
    manager.open("/staff/reports/case")
    manager.send({"voucher": troupe.voucher}, button="Build the summary")
    manager.tell("asks for the summary of the voucher")

    def both() -> list[str]:
        manager.open("/staff/reports/")
        found = [each for each in _ready(manager) if each not in before]
        return found if len(found) >= 2 else []

    made = wait_for("the reports", both, REPORT_SECONDS)
    documents = [_document(manager, reference) for reference in list(made)]
    return documents[0], documents[1]


def _of_this_case(troupe: Troupe, rounds: list[str]) -> str:
    """The round that the case's page names; the list shows closed ones too."""
    officer = troupe.staff("caseworker")
    officer.open(f"/staff/cases/{troupe.application}")
    named = [each for each in rounds if each in " ".join(url for _, url in officer.page.links)]
    return named[0] if named else rounds[0]


def _ready(manager: Browser) -> list[str]:
    """The references of the reports that can be downloaded, newest first."""
    found = (REPORT.search(address) for _, address in manager.page.links)
    return list(dict.fromkeys(each[1] for each in found if each))


def _document(manager: Browser, reference: str) -> bytes:
    content = manager.fetch(f"/staff/reports/{reference}/document")
    pages = require_tagged(content, reference)
    manager.tell(f"downloads {reference}: {pages} pages, tagged, {len(content):,} bytes")
    return content


def require_tagged(content: bytes, name: str) -> int:
    """How many pages the PDF has. Raises Stuck unless it opens and is tagged (PDF/UA-1, 7.1)."""
    from pypdf import PdfReader
    from pypdf.errors import PdfReadError

    try:
        reader = PdfReader(BytesIO(content))
        root = reader.trailer["/Root"]
        tagged = "/StructTreeRoot" in root and bool(root["/MarkInfo"]["/Marked"])
        pages = len(reader.pages)
    except (PdfReadError, KeyError) as error:
        raise Stuck(f"{name} can't be read as a tagged PDF: {error}") from error
    if not tagged or not pages or not root.get("/Lang"):
        raise Stuck(f"{name} is not tagged, or names no language")
    return pages
