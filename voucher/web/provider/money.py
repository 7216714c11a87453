"""“Where is my money?”: every claim and payment with its dates, and what the bank account needs."""

from flask import Blueprint, render_template

from voucher.accounts.permissions import Permission
from voucher.claims import queries as claims
from voucher.claims.models import ClaimStatus
from voucher.payments.clawbacks.queries import clawbacks_of_provider
from voucher.payments.queries import payments_by_claim
from voucher.providers.queries import provider_of
from voucher.web.access import current_member, requires
from voucher.web.paging import page_number
from voucher.web.provider.claims import COLOURS

blueprint = Blueprint("provider_money", __name__, url_prefix="/provider/money")

WAITING = {
    "Waiting for the business to confirm": (ClaimStatus.SUBMITTED, ClaimStatus.DISPUTED),
    "With us": (ClaimStatus.CONFIRMED,),
    "Approved, on its way": (ClaimStatus.APPROVED,),
    "Paid": (ClaimStatus.PAID,),
}


@blueprint.get("/")
@requires(Permission.PROVIDER_MONEY)
def money() -> str:
    """Sums by where the money is, then every claim with what happened and what comes next."""
    provider = provider_of(current_member())
    sums = claims.money_by_status(provider.id)
    total = sum(count for count, _ in sums.values())
    found = claims.claims_of(provider.id, page_number(), total=total)
    return render_template(
        "provider/money/money.html",
        provider=provider,
        account=provider.connected_account,
        totals={
            words: sum(sums[status][1] for status in statuses if status in sums)
            for words, statuses in WAITING.items()
        },
        found=found,
        payments=payments_by_claim([job.claim.id for job in found.rows]),
        colours=COLOURS,
        clawbacks=clawbacks_of_provider(provider.id),
    )
