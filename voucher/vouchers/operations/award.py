"""Confirmation, award and voucher in one transaction: all of it happens, or nothing.

Lock order: businesses → round → application → notice. The round's lock makes confirmations of one
round wait for each other, so that its money is counted once; the locks on every entry of the
enterprise stop two rounds of one programme from serving it at the same moment, and so does the
unique index on live vouchers for one entry. The entries come first because whoever begins an
application holds one of them while its new row looks at the round.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from voucher.accounts.queries import is_of_business
from voucher.allocation.operations.assign import assign
from voucher.applications.models import (
    APPLICATION_MOVES,
    Application,
    ApplicationStatus,
    Decision,
)
from voucher.applications.queries.draws import compared_until
from voucher.applications.queries.staff import latest_decision
from voucher.audit.operations import record
from voucher.businesses.models import Business
from voucher.businesses.queries import same_enterprise_ids
from voucher.core.clock import london_date
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, NotFound, NotPermitted
from voucher.core.references import code_digest, derive_code, make_reference
from voucher.core.status import opened, transition
from voucher.programmes.models import Programme, Round
from voucher.programmes.operations import budget
from voucher.screening.queries import has_ended
from voucher.subsidy.models import SubsidyNotice
from voucher.subsidy.operations import confirm_notice, record_award
from voucher.subsidy.queries import group_of, latest_notice
from voucher.vouchers.models import Award, Voucher, VoucherStatus
from voucher.vouchers.queries import holds_live_voucher
from voucher.vouchers.rules import expires_on

NONCE_BYTES = 16


def award_on_confirmation(
    *, notice: SubsidyNotice, text_version: str, by: int, at: datetime, code_key: bytes
) -> Voucher:
    """Take the business's confirmation of `notice`, and give the award and its voucher.

    Before: the application is APPROVED, not held, and `by` belongs to the business. After: the
    notice is confirmed, the application assigned and AWARDED, the money reserved, the assistance
    entered, the voucher ISSUED with a code derived from a fresh nonce under `code_key`. Raises
    Conflict, with a sentence for the business, when anything stands in the way (held, answered
    before, another live voucher, compared in a draw, no money left in the round, over the subsidy
    limit): the caller rolls back and nothing has changed. Raises NotPermitted for somebody of
    another business.
    """
    known = session.get(Application, notice.application_id)
    if known is None:
        raise NotFound("There is no such application.")
    _lock_enterprise(known.business_id)
    round_: Round = lock(Round, known.round_id)
    case: Application = lock(Application, known.id)
    enterprise = same_enterprise_ids(case.business_id)
    decision = _require_gates(case, round_, notice, by, enterprise)
    _require_not_compared(enterprise, at)
    confirm_notice(notice=notice, text_version=text_version, by=by, at=at, case=case.reference)
    assign(application=case, round_=round_, by=by, at=at)
    award = _award(case, round_, notice, decision, at)
    budget.reserve(round_id=round_.id, pence=award.max_pence, source=award, at=at, by=by)
    _enter_assistance(case, round_, notice, award, by=by, at=at)
    voucher = _issue(case, round_, award, code_key, by=by, at=at)
    transition(case, ApplicationStatus.AWARDED, moves=APPLICATION_MOVES, at=at, by=by)
    return voucher


def _lock_enterprise(business_id: int) -> None:
    """Lock every entry of the group; new rows that point to one need not wait (key share)."""
    entries = select(Business.id).where(Business.id.in_(group_of(business_id)))
    session.execute(entries.order_by(Business.id).with_for_update(key_share=True)).all()


def _require_gates(
    case: Application, round_: Round, notice: SubsidyNotice, by: int, enterprise: Sequence[int]
) -> Decision:
    if not is_of_business(by, notice.business_id) or case.business_id != notice.business_id:
        raise NotPermitted("Only somebody of the business can confirm its notice.")
    if case.status is ApplicationStatus.AWARDED:
        raise Conflict("This notice has been confirmed already, and the voucher was issued.")
    if case.status is not ApplicationStatus.APPROVED:
        raise Conflict(f"This can’t be done now: it is “{case.status.public_label}”.")
    if case.held_at is not None:
        raise Conflict("We are looking at something on your application. We will be in touch.")
    if has_ended(case.business_id):
        raise Conflict(
            "Companies House says that this company is closed, so no voucher can be issued. "
            "If that is wrong, write to us."
        )
    newest, decision = latest_notice(case.id), latest_decision(case.id)
    if newest is None or newest.id != notice.id:
        raise Conflict("There is a newer notice for this application. Answer that one.")
    if decision is None or decision.award_pence != notice.gross_pence:
        raise Conflict("The notice does not say what was decided. Ask us for a new one.")
    if holds_live_voucher(round_.programme_id, enterprise):
        raise Conflict("Your business has a live voucher of this programme already.")
    return decision


def _require_not_compared(enterprise: Sequence[int], at: datetime) -> None:
    """A draw of another round may have put the enterprise among the compared since the offer."""
    until = compared_until(enterprise, london_date(at))
    if until is not None:
        raise Conflict(
            "A draw has put your business in its comparison group since this was offered, so no "
            f"voucher can be issued before {until.day} {until:%B %Y}. Write to us."
        )


def _award(
    case: Application, round_: Round, notice: SubsidyNotice, decision: Decision, at: datetime
) -> Award:
    award = Award(
        reference=make_reference("AWD", secrets.token_bytes(8)),
        application_id=case.id,
        round_id=round_.id,
        notice_id=notice.id,
        decision_id=decision.id,
        terms_id=round_.terms_id,
        max_pence=notice.gross_pence,
        awarded_at=at,
        awarded_by_id=decision.second_by_id or decision.decided_by_id,
    )
    session.add(award)
    session.flush()
    return award


def _enter_assistance(
    case: Application,
    round_: Round,
    notice: SubsidyNotice,
    award: Award,
    *,
    by: int,
    at: datetime,
) -> None:
    programme = session.get(Programme, round_.programme_id)
    record_award(
        notice=notice,
        amount_pence=award.max_pence,
        given_on=london_date(at),
        scheme_name=programme.name if programme else "",
    )
    record(
        action="award.made",
        subject=award,
        at=at,
        by=by,
        case=case.reference,
        details={"max_pence": award.max_pence, "notice": notice.id, "decision": award.decision_id},
    )


def _issue(
    case: Application, round_: Round, award: Award, code_key: bytes, *, by: int, at: datetime
) -> Voucher:
    nonce = secrets.token_bytes(NONCE_BYTES)
    voucher = Voucher(
        reference=make_reference("VCH", secrets.token_bytes(8)),
        award_id=award.id,
        application_id=case.id,
        business_id=case.business_id,
        programme_id=round_.programme_id,
        round_id=round_.id,
        status=VoucherStatus.ISSUED,
        code_nonce=nonce.hex(),
        code_digest=code_digest(code_key, derive_code(code_key, nonce)),
        cap_pence=award.max_pence,
        share_bps=round_.share_bps,
        issued_at=at,
        expires_on=expires_on(london_date(at), round_.voucher_life_days),
    )
    with translating_constraints():
        session.add(voucher)
        session.flush()
    opened(voucher, at=at, by=by)
    record(
        action="voucher.issued",
        subject=voucher,
        at=at,
        by=by,
        case=case.reference,
        details={"cap_pence": voucher.cap_pence, "expires_on": voucher.expires_on.isoformat()},
    )
    return voucher
