"""Steps that give the checks before paying something to find, and officers who answer."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from voucher.businesses.models import Business
from voucher.claims.models import Claim
from voucher.claims.operations.doubts import answer, check_again
from voucher.core.db import session, transaction
from voucher.integrations.services import Services
from voucher.payments.jobs.following import refresh_account
from voucher.providers.models import ConnectedAccount, Provider, ProviderStatus
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.errands import stripe_account
from voucher.sandbox.seed.register import change_standing
from voucher.sandbox.seed.screening import checked, open_doubts
from voucher.screening.models import EndedReason
from voucher.screening.queries import is_of_ended_business

SHARED_NUMBER, OTHER_NUMBER = "00054321", "00067890"
OTHER_HOLDER = "Quarrybank Lettings"
PAID_FOR, NOT_PAID_FOR = EndedReason.CONFIRMED_BEFORE, EndedReason.DONE_AFTER
CLEARED = "Rang the officer: born in another decade, another middle name. Fictional."
FOUNDED = "Asked both. It is what it looks like, so nothing is paid on this claim. Fictional."


def clear_doubt(case: Case, at: datetime) -> None:
    """One officer says that the doubt is settled; on a sanctions hit a second must look too."""
    _answer(case, at, clears=True, note=CLEARED)


def refuse_doubt(case: Case, at: datetime) -> None:
    """An officer says that the doubt is founded."""
    _answer(case, at, clears=False, note=FOUNDED)


def _answer(case: Case, at: datetime, *, clears: bool, note: str) -> None:
    claim = case.row(Claim, "claim")
    checked(case, claim, at)
    by = case.stage.people["second_approver"]
    for doubt in open_doubts(claim):
        why = (PAID_FOR if clears else NOT_PAID_FOR) if is_of_ended_business(doubt) else None
        answer(claim=claim, referral=doubt, clears=clears, note=note, by=by, at=at, reason=why)


def check_at_once(case: Case, at: datetime) -> None:
    """An officer asks for the checks before the register of companies was ever asked."""
    check_again(claim=case.row(Claim, "claim"), by=case.other_caseworker, at=at)


def share_bank(case: Case, _at: datetime) -> None:
    """The provider, and one that is suspended, enter the same bank account."""
    case.stage.errands.append(lambda at: _share_bank(case, at))


def _share_bank(case: Case, at: datetime) -> None:
    suspended = select(Provider.id).join(ConnectedAccount).order_by(Provider.id)
    suspended = suspended.where(Provider.status == ProviderStatus.SUSPENDED)
    with transaction():
        other = session.execute(suspended.limit(1)).scalar_one_or_none()
    for provider_id in (case.ids["provider"], other):
        if provider_id is not None:
            _change_bank(case, provider_id, at, number=SHARED_NUMBER)


def rename_payee(case: Case, _at: datetime) -> None:
    """The provider enters a bank account in somebody else's name."""
    provider_id = case.ids["provider"]
    details = {"number": OTHER_NUMBER, "holder": OTHER_HOLDER}
    case.stage.errands.append(lambda at: _change_bank(case, provider_id, at, **details))


def _change_bank(case: Case, provider_id: int, at: datetime, **details: str) -> None:
    account_id = stripe_account(provider_id)
    if account_id is None:
        return
    with transaction():
        holder = session.get_one(Provider, provider_id).name
    case.stage.levers.change_bank(account_id, **{"holder": holder, **details})
    refresh_account(case.stage.services.stripe, account_id, at)


def _standing_becomes(status: str) -> Callable[[Case, datetime], None]:
    def change(case: Case, _at: datetime) -> None:
        services: Services = case.stage.services
        number = session.get_one(Business, case.business_id).company_number
        change_standing(services.settings, str(number), status)

    return change


STEPS = {
    "clear_doubt": clear_doubt,
    "refuse_doubt": refuse_doubt,
    "check_at_once": check_at_once,
    "share_bank": share_bank,
    "rename_payee": rename_payee,
    "enter_administration": _standing_becomes("administration"),
    "strike_off": _standing_becomes("dissolved"),
}
