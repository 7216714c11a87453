"""The provider's overview: what must be done by when, how the registration stands, the money."""

from datetime import date

from flask import Blueprint, render_template

from voucher.accounts.permissions import Permission
from voucher.claims import queries as claims
from voucher.claims.models import ClaimStatus
from voucher.core import clock
from voucher.matching import queries as matching
from voucher.matching.dialogue.queries import waiting_questions
from voucher.providers.models import Provider, ProviderStatus
from voucher.providers.queries import provider_of
from voucher.providers.rules import runs_out_soon, work_obstacles
from voucher.web.access import current_member, requires
from voucher.web.provider.tasks import registration_tasks

blueprint = Blueprint("provider_home", __name__, url_prefix="/provider")

PROVIDER_COLOURS = {
    ProviderStatus.DRAFT: "grey",
    ProviderStatus.SUBMITTED: "blue",
    ProviderStatus.APPROVED: "green",
    ProviderStatus.REFUSED: "red",
    ProviderStatus.SUSPENDED: "orange",
}
ON_ITS_WAY = (ClaimStatus.SUBMITTED, ClaimStatus.CONFIRMED, ClaimStatus.APPROVED)


@blueprint.get("/")
@requires(Permission.PROVIDER_WORK)
def home() -> str:
    """The overview. While registering it is the task list of the registration."""
    provider = provider_of(current_member())
    today = clock.today()
    return render_template(
        "provider/home.html",
        provider=provider,
        colour=PROVIDER_COLOURS[provider.status],
        registering=provider.status is ProviderStatus.DRAFT,
        tasks=registration_tasks(provider, today),
        obstacles=_obstacles(provider, today),
        running_out=[item for item in provider.items if runs_out_soon(item, today)],
        work=matching.work_in_hand(provider.id),
        questions=waiting_questions(provider.id),
        to_redeem=claims.to_redeem(provider.id, limit=10),
        jobs=claims.to_claim(provider.id, limit=10),
        money=_money(provider.id),
        today=today,
    )


def _obstacles(provider: Provider, today: date) -> list[str]:
    """Why an approved provider may not take work today; the other statuses speak for themselves."""
    if provider.status is not ProviderStatus.APPROVED:
        return []
    return [obstacle.words for obstacle in work_obstacles(provider, provider.items, today)]


def _money(provider_id: int) -> dict[str, int]:
    """What is claimed and on its way, and what has been paid, in pence."""
    sums = claims.money_by_status(provider_id)
    nothing = (0, 0)
    return {
        "on_its_way": sum(sums.get(status, nothing)[1] for status in ON_ITS_WAY),
        "paid": sums.get(ClaimStatus.PAID, nothing)[1],
    }
