"""Feeding claims: from the subsidy notice to the approved claim, by the real operations.

The application up to its decision and the match are written as they would stand; award, voucher,
redemption, claim, confirmation and approval are the product's own. Names are fictional.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from voucher.accounts.models import User
from voucher.accounts.operations import join_business, register
from voucher.applications.models import (
    Application,
    ApplicationStatus,
    Decision,
    DecisionOutcome,
)
from voucher.businesses.models import Business, HeadcountBand, LegalForm
from voucher.claims import operations as claims
from voucher.claims.models import Claim
from voucher.claims.operations import review
from voucher.claims.rules import EvidenceKind
from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.eligibility.models import CheckOutcome, EligibilityCheck
from voucher.matching.models import Match, MatchStatus
from voucher.programmes.models import Round
from voucher.sandbox.chaos.ground import (
    VOUCHER_CAP_PENCE,
    Ground,
    Payee,
    new_reference,
    register_says_active,
    stored,
)
from voucher.sandbox.seed.papers import paper
from voucher.subsidy.operations import send_notice
from voucher.vouchers import operations as vouchers
from voucher.vouchers.models import Redemption, Voucher
from voucher.vouchers.rules import price_breakdown

SMALLEST_PRICE_PENCE = 80_000
PRICE_STEP_PENCE = 1_009
"""Prices differ from claim to claim, so that two sums that agree agree for the right reason."""
PRICES = 200
NO_PASSWORD = "none"  # noqa: S105
TWO_WEEKS = timedelta(days=14)


def feed(ground: Ground, numbers: Iterable[int], at: datetime) -> dict[int, str]:
    """Have the claims of these numbers approved; their references by number."""
    fed = {}
    for number in numbers:
        with transaction():
            fed[number] = _approved_claim(ground, number, at).reference
        session.remove()
    return fed


def _approved_claim(ground: Ground, number: int, at: datetime) -> Claim:
    payee = ground.payees[number % len(ground.payees)]
    owner, application = _application(ground, number, at)
    voucher = _voucher(ground, owner, application, at)
    redemption = _redemption(ground, payee, voucher, application, number, at)
    claim = _claim(ground, payee, redemption, number, at)
    claims.confirm(claim=claim, by=owner.id, at=at)
    review.approve(claim=claim, by=ground.people["approver"], at=at, note="")
    return claim


def _application(ground: Ground, number: int, at: datetime) -> tuple[User, Application]:
    business = _business(number, at)
    email = f"owner{number}@business{number}.example"
    owner = register(
        email=email,
        full_name="Fictional Owner",
        password_hash=NO_PASSWORD,
        at=at,
        confirmed_at=at,
    )
    session.flush()
    join_business(user_id=owner.id, business_id=business.id, at=at)
    made = stored(
        Application(
            reference=new_reference("APP"),
            round_id=ground.round_id,
            business_id=business.id,
            status=ApplicationStatus.APPROVED,
            problem_today="Bookings come by telephone, written in a book; two a day get lost.",
            problem_better="Customers book for themselves, and we see the week at a glance.",
            outcome_areas=["taking-bookings-and-orders"],
            started_at=at,
            started_by_id=owner.id,
            submitted_at=at,
            submitted_by_id=owner.id,
            decide_by_on=london_date(at) + TWO_WEEKS,
        )
    )
    return owner, made


def _business(number: int, at: datetime) -> Business:
    made = stored(
        Business(
            reference=new_reference("BUS"),
            name=f"Fictional Joinery {number} Ltd",
            legal_form=LegalForm.COMPANY,
            company_number=f"99{number:06d}",
            address_line=f"{number + 1} Fictional Street",
            town="Hull",
            postcode="HU1 2AA",
            outcode="HU1",
            local_authority="Kingston upon Hull, City of",
            sector="manufacturing",
            trading_since_on=date(2019, 3, 1),
            headcount=6,
            headcount_band=HeadcountBand.TWO_TO_NINE,
            created_at=at,
        )
    )
    register_says_active("business", made, at)
    return made


def _voucher(ground: Ground, owner: User, application: Application, at: datetime) -> Voucher:
    decided_by = ground.people["caseworker"]
    _decide(ground, application, decided_by, at)
    notice = send_notice(
        business_id=application.business_id,
        application_id=application.id,
        gross_pence=VOUCHER_CAP_PENCE,
        answer_by_on=london_date(at) + TWO_WEEKS,
        scheme_name="Fictional programme",
        at=at,
        by=decided_by,
    )
    session.flush()
    return vouchers.award_on_confirmation(
        notice=notice,
        text_version=notice.text_version,
        by=owner.id,
        at=at,
        code_key=_code_key(ground),
    )


def _code_key(ground: Ground) -> bytes:
    return ground.services.settings.voucher_code_key.encode()


def _decide(ground: Ground, application: Application, by: int, at: datetime) -> None:
    check = stored(
        EligibilityCheck(
            application_id=application.id,
            rule_set_id=session.get_one(Round, ground.round_id).rule_set_id,
            outcome=CheckOutcome.ELIGIBLE,
            facts={},
            results=[],
            differences=[],
            register_answer="active",
            run_at=at,
        )
    )
    stored(
        Decision(
            application_id=application.id,
            check_id=check.id,
            outcome=DecisionOutcome.APPROVE,
            award_pence=VOUCHER_CAP_PENCE,
            reasons=["meets_rules"],
            decided_at=at,
            decided_by_id=by,
            needs_second=False,
        )
    )


def _redemption(
    ground: Ground,
    payee: Payee,
    voucher: Voucher,
    application: Application,
    number: int,
    at: datetime,
) -> Redemption:
    amounts = price_breakdown(
        net_price_pence=SMALLEST_PRICE_PENCE + number % PRICES * PRICE_STEP_PENCE,
        vat_rate_bps=2_000,
        cap_pence=voucher.cap_pence,
        share_bps=voucher.share_bps,
    )
    stored(
        Match(
            reference=new_reference("MAT"),
            voucher_id=voucher.id,
            application_id=application.id,
            offering_id=payee.offering_id,
            provider_id=payee.provider_id,
            status=MatchStatus.AGREED,
            chosen_at=at,
            chosen_by_id=application.started_by_id,
            answer_by_on=london_date(at) + TWO_WEEKS,
            answered_at=at,
            scope="Set-up and training.",
            start_on=london_date(at),
            net_price_pence=amounts.net_price_pence,
            vat_rate_bps=amounts.vat_rate_bps,
            vat_pence=amounts.vat_pence,
            voucher_pence=amounts.voucher_pence,
            contribution_pence=amounts.contribution_pence,
            provider_agreed_at=at,
            business_agreed_at=at,
            programme_agreed_at=at,
        )
    )
    key = _code_key(ground)
    return vouchers.redeem(
        code=vouchers.code_of(voucher=voucher, code_key=key),
        provider_id=payee.provider_id,
        by=payee.member_id,
        at=at,
        code_key=key,
    )


def _claim(
    ground: Ground, payee: Payee, redemption: Redemption, number: int, at: datetime
) -> Claim:
    by, today = payee.member_id, london_date(at)
    claim = claims.start(redemption=redemption, by=by, at=at)
    values = {
        "invoice_number": f"INV-{number:05d}",
        "invoice_on": today,
        "net_price_pence": redemption.net_price_pence,
        "vat_rate_bps": redemption.vat_rate_bps,
        "vat_pence": redemption.vat_pence,
        "voucher_pence": redemption.voucher_pence,
        "contribution_pence": redemption.contribution_pence,
        "contribution_paid_on": today,
        "work_done": "Set up, trained, handed over.",
    }
    claims.save(claim=claim, values=values, by=by, at=at)
    claims.attach(
        claim=claim,
        kind=EvidenceKind.INVOICE,
        stream=paper(f"Invoice {number}", (payee.name,)),
        name=f"invoice-{number}.pdf",
        content_store=ground.services.store,
        by=by,
        at=at,
    )
    claims.submit(claim=claim, by=by, at=at)
    return claim
