"""Steps from the notice to the redemption: confirm, choose, accept or decline, agree, redeem."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select

from voucher.claims.models import Claim
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import Conflict, NotFound
from voucher.matching import operations as matching
from voucher.matching.models import DeclineCode, Match, MatchStatus
from voucher.matching.queries import latest_shortlist, live_match, matches_of
from voucher.providers.models import Offering
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.errands import TROUBLES
from voucher.sandbox.seed.screening import LISTED
from voucher.sandbox.seed.talking import look
from voucher.subsidy.queries import open_notice
from voucher.vouchers import operations as vouchers
from voucher.vouchers.models import Voucher, VoucherStatus

DECLINE_WORDS = "We are full until next month and would keep you waiting."
DECLINES = (DeclineCode.NO_ROOM, DeclineCode.TOO_LATE, DeclineCode.OTHER_WORK)
EXTENSION_WORDS = "The provider fell ill; they can start in three weeks."
CANCEL_WORDS = "The business has stopped trading and told us so."
OTHER_BANKS = ("shared bank", "other payee")
"""Fates that concern the provider's bank account."""
FIRST_PLACE_SHARE = 0.6
"""How often a business takes what stands first on its list; otherwise one of the next three."""


def confirm(case: Case, at: datetime) -> None:
    """The business confirms the notice, and has its voucher."""
    notice = open_notice(case.ids["application"])
    if notice is None:
        case.over = True
        return
    voucher = vouchers.award_on_confirmation(
        notice=notice,
        text_version=notice.text_version,
        by=case.user_id,
        at=at,
        code_key=case.stage.code_key,
    )
    case.ids["voucher"] = voucher.id


def choose(case: Case, at: datetime) -> None:
    """The business looks at its list and chooses."""
    voucher = case.row(Voucher, "voucher")
    look(case, voucher, at)
    shortlist = latest_shortlist(case.ids["application"])
    offerings = [entry.offering for entry in shortlist.entries] if shortlist else []
    for offering in _in_order_of_liking(case, offerings):
        if _took(case, offering, at + timedelta(seconds=9)):
            return
    case.over = True


def _in_order_of_liking(case: Case, offerings: list[Offering]) -> list[Offering]:
    cast = case.stage.people.get("cast_provider")
    if case.fate.startswith("invoiced twice"):
        known = set(session.execute(select(Claim.provider_id)).scalars())
        return sorted(offerings, key=lambda offering: offering.provider_id not in known)
    if case.fate in (*TROUBLES, *OTHER_BANKS) or case.fate.startswith(LISTED):
        return sorted(offerings, key=lambda offering: offering.provider_id in case.stage.spared)
    if case.favours_cast:
        return sorted(offerings, key=lambda offering: offering.provider_id != cast)
    first = 0 if case.draw.random() < FIRST_PLACE_SHARE else case.draw.randint(1, 3)
    return offerings[first:] + offerings[:first]


def _took(case: Case, offering: Offering, at: datetime) -> bool:
    """Whether the choice went through: the provider may be full, or have declined before."""
    voucher = case.row(Voucher, "voucher")
    try:
        match = matching.choose(voucher=voucher, offering=offering, by=case.user_id, at=at)
    except (Conflict, NotFound):
        return False
    case.ids["match"], case.ids["provider"] = match.id, match.provider_id
    if case.fate in (*TROUBLES, *OTHER_BANKS):
        case.stage.spared.add(match.provider_id)
    return True


def _provider_user(case: Case) -> int:
    return case.stage.provider_members[case.ids["provider"]]


@contextmanager
def _ending_if_refused(case: Case) -> Iterator[None]:
    """End the case where the act inside is refused.

    Meanwhile its provider may have been suspended, be gone, or have paused the offering: then the
    work stops there, as it would in life.
    """
    try:
        yield
    except (Conflict, NotFound):
        case.over = True


def accept(case: Case, at: datetime) -> None:
    """The provider accepts."""
    start_on = london_date(at) + timedelta(days=case.draw.randint(3, 12))
    with _ending_if_refused(case):
        matching.accept(
            match=case.row(Match, "match"), start_on=start_on, by=_provider_user(case), at=at
        )


def decline(case: Case, at: datetime) -> None:
    """The provider declines, for another reason each time."""
    code = DECLINES[case.stage.declined % len(DECLINES)]
    case.stage.declined += 1
    matching.decline(
        match=case.row(Match, "match"),
        reason=DECLINE_WORDS if code is DeclineCode.NO_ROOM else "",
        code=code,
        by=_provider_user(case),
        at=at,
    )


def withdraw_match(case: Case, at: datetime) -> None:
    """The business takes its choice back."""
    matching.withdraw(
        match=case.row(Match, "match"),
        voucher=case.row(Voucher, "voucher"),
        by=case.user_id,
        at=at,
    )


def let_lapse(case: Case, at: datetime) -> None:
    """Nothing happens, until the worker lets the match lapse."""


def agree(case: Case, at: datetime) -> None:
    """The business agrees, and the programme with it."""
    match = live_match(matches_of(case.ids["voucher"]))
    if match is None or match.status is not MatchStatus.ACCEPTED:
        case.over = True
        return
    voucher = case.row(Voucher, "voucher")
    with _ending_if_refused(case):
        matching.agree(match=match, voucher=voucher, by=case.user_id, at=at)


def redeem(case: Case, at: datetime) -> None:
    """The provider types the code."""
    voucher = case.row(Voucher, "voucher")
    with _ending_if_refused(case):
        redemption = vouchers.redeem(
            code=vouchers.code_of(voucher=voucher, code_key=case.stage.code_key),
            provider_id=case.ids["provider"],
            by=_provider_user(case),
            at=at,
            code_key=case.stage.code_key,
        )
        case.ids["redemption"] = redemption.id
        session.flush()


def cancel(case: Case, at: datetime) -> None:
    """An officer cancels the voucher."""
    voucher = case.row(Voucher, "voucher")
    vouchers.cancel(voucher=voucher, reason=CANCEL_WORDS, by=case.caseworker, at=at)


def extend(case: Case, at: datetime) -> None:
    """An officer extends the voucher, once."""
    voucher = case.row(Voucher, "voucher")
    if voucher.status is VoucherStatus.ISSUED:
        vouchers.extend(voucher=voucher, reason=EXTENSION_WORDS, by=case.caseworker, at=at)


STEPS = {
    "confirm": confirm,
    "choose": choose,
    "choose_next": choose,
    "accept": accept,
    "decline": decline,
    "withdraw_match": withdraw_match,
    "lapse": let_lapse,
    "agree": agree,
    "redeem": redeem,
    "cancel": cancel,
    "extend": extend,
}
