"""First act: would I qualify? The application, its checks, the decision by two, the notice."""

from datetime import date

from voucher.applications.rules import Obstacle
from voucher.businesses.rules import headcount_band
from voucher.sandbox.rehearsal.browser import Browser, Stuck
from voucher.sandbox.rehearsal.signing_in import register, wait_for
from voucher.sandbox.rehearsal.troupe import Troupe, date_parts
from voucher.sandbox.rehearsal.wishes import PASSWORD

PEOPLE = 7
TRADING_SINCE = date(2015, 3, 1)
AWARD_POUNDS = "1000"
BASELINE = {
    "uses_technology": "general",
    "hours_lost_week": "9",
    "errors_in_100": "6",
    "turnover_band": "250k-1m",
    "staff": "6",
    "confidence": "2",
}


def check_first(troupe: Troupe) -> None:
    """Somebody without an account asks whether the business qualifies."""
    visitor = troupe.browser("visitor")
    visitor.open("/")
    visitor.tell(f"reads “{visitor.page.heading}”")
    visitor.click(to="/check")
    answers = {
        "postcode": troupe.wishes.postcode,
        "legal_form": "company",
        "headcount": str(PEOPLE),
        "holds_voucher": "no",
        **date_parts("trading_since_on", TRADING_SINCE),
    }
    visitor.send(answers, button="Check")
    visitor.tell(f"asks whether the business qualifies: “{visitor.page.heading}”")


def apply(troupe: Troupe) -> None:
    """A new person registers, fills in every part of the application and sends it."""
    business = troupe.browser("business")
    register(
        business,
        name="Rehearsing Applicant",
        email=troupe.wishes.email,
        password=PASSWORD,
        mailbox=troupe.mailbox,
    )
    business.open("/account/begin")
    business.send({"kind": "business", "name": troupe.wishes.business}, button="Continue")
    business.tell(f"enters {troupe.wishes.business}")
    business.open("/business/applications/")
    business.send(to="/start", button="Start")
    troupe.application = business.path.rstrip("/").rpartition("/")[2]
    business.tell(f"starts application {troupe.application}")
    for part, answers in _answers(troupe):
        business.open(f"/business/applications/{troupe.application}/parts/{part}")
        business.send(answers, button="")
    business.tell(f"fills in {len(_answers(troupe))} parts of the form")
    business.open(f"/business/applications/{troupe.application}/answers")
    business.send(to="/submit", button="Send")
    business.tell(f"sends it: “{business.page.heading}”")


def _answers(troupe: Troupe) -> tuple[tuple[str, dict[str, object]], ...]:
    wishes = troupe.wishes
    return (
        ("form", {"legal_form": "company"}),
        (
            "business",
            {
                "name": wishes.business,
                "company_number": wishes.company,
                "sector": "Construction and trades",
                **date_parts("trading_since_on", TRADING_SINCE),
            },
        ),
        (
            "place",
            {"address_line": "1 Rehearsal Yard", "town": "Leeds", "postcode": wishes.postcode},
        ),
        ("people", {"headcount": str(PEOPLE), "headcount_band": headcount_band(PEOPLE)}),
        ("problem", {"problem_today": wishes.problem}),
        ("better", {"problem_better": wishes.better}),
        ("areas", {"outcome_areas": [wishes.area]}),
        ("baseline", dict(BASELINE)),
        ("support", {"assistance_declared": "no"}),
        ("connections", {"connected_to_provider": "no"}),
        (
            "signatory",
            {
                "signatory_name": "Rehearsing Applicant",
                "signatory_role": "Director",
                "contact_phone": "01632 960000",
                "signatory_has_authority": "yes",
            },
        ),
        ("declarations", {"truth": "y", "terms": "y", "data_notice": "y"}),
    )


def decide(troupe: Troupe) -> None:
    """A caseworker proposes the award, a different person seconds it."""
    officer = troupe.staff("caseworker")
    case = f"/staff/cases/{troupe.application}"
    wait_for("the register of companies", lambda: _is_checked(officer, case))
    officer.open(case)
    officer.tell(f"reads the case: “{officer.page.heading}”")
    if any("/take" in form.address for form in officer.page.forms):
        officer.send(to="/take")
        officer.tell("takes it on")
    officer.open(f"{case}/decide")
    reasons = _reasons(officer)
    officer.send(
        {"outcome": "approve", "award_pence": AWARD_POUNDS, "approval_reasons": reasons},
        button="",
    )
    officer.tell(f"proposes a voucher of up to £{AWARD_POUNDS}")
    approver = troupe.staff("approver")
    approver.open("/staff/second")
    approver.open(f"{case}/second")
    approver.send({"verdict": "agree"}, button="")
    approver.tell("agrees as the second person; the subsidy notice is sent")


def _is_checked(officer: Browser, case: str) -> bool:
    """Whether the latest check has the register's answer. Raises Stuck if it is against them."""
    obstacles = officer.open(f"{case}/decide").words
    if Obstacle.CHECK_REFUSED.words in obstacles:
        raise Stuck(f"the business does not meet the rules: {officer.page.address}")
    return Obstacle.CHECK_PENDING.words not in obstacles


def _reasons(officer: Browser) -> list[str]:
    choices = officer.page.form(having="approval_reasons").choices["approval_reasons"]
    return choices[:1]


def confirm_notice(troupe: Troupe) -> None:
    """The business confirms the notice, and the voucher is there; its PDF opens."""
    business = troupe.browser("business")
    business.open(f"/business/applications/{troupe.application}/notice")
    business.send(to="/notice/confirm")
    business.open("/business/vouchers/")
    business.click(to="/business/vouchers/VCH-")
    troupe.voucher = business.path.rstrip("/").rpartition("/")[2]
    troupe.code = business.page.codes[0]
    business.tell(f"confirms the notice and holds voucher {troupe.voucher}")
    document = business.fetch(f"/business/vouchers/{troupe.voucher}/voucher.pdf")
    if not document.startswith(b"%PDF"):
        raise Stuck("the voucher's PDF is none")
    business.tell(f"downloads it as a PDF ({len(document):,} bytes)")
