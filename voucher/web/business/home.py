"""The business's overview: what waits for it, how everything stands, what it can begin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from voucher.accounts.permissions import Permission
from voucher.accounts.rules import Member
from voucher.applications.models import ApplicationStatus
from voucher.applications.queries.drafts import OPEN_STATUSES, applications_of
from voucher.businesses.queries import business_of
from voucher.claims.queries import waiting_for_business
from voucher.matching.queries import open_choices, variations_to_answer
from voucher.vouchers.queries import vouchers_of
from voucher.web.access import current_member, requires
from voucher.web.business.applications import rounds_to_start
from voucher.web.business.standing import COLOURS

blueprint = Blueprint("business_home", __name__, url_prefix="/business")


@dataclass(frozen=True, slots=True)
class Panel:
    """A block of the overview: its template and what it shows, read in a fixed number of reads."""

    template: str
    load: Callable[[Member], Mapping[str, Any]]


def _vouchers(member: Member) -> Mapping[str, Any]:
    return {"vouchers": vouchers_of(member.business_id or 0)}


def _claims(member: Member) -> Mapping[str, Any]:
    return {"waiting": waiting_for_business(member.business_id or 0)}


def _choices(member: Member) -> Mapping[str, Any]:
    business_id = member.business_id or 0
    return {
        "choices": open_choices(business_id),
        "changes": variations_to_answer(business_id),
    }


PANELS: tuple[Panel, ...] = (
    Panel("business/panels/claims.html", _claims),
    Panel("business/panels/choices.html", _choices),
    Panel("business/panels/vouchers.html", _vouchers),
)
"""In the order of the page. Work under way, claims to confirm and surveys come in here."""


@blueprint.get("/")
@requires(Permission.BUSINESS_READ)
def home() -> Any:
    """The overview."""
    member = current_member()
    own = applications_of(member.business_id or 0)
    context: dict[str, Any] = {}
    for panel in PANELS:
        context |= panel.load(member)
    shown = [item for item in own if item.status in OPEN_STATUSES]
    return render_template(
        "business/home.html",
        business=business_of(member),
        applications=shown or list(own[:1]),
        more=len(own) > len(shown or own[:1]),
        rounds=rounds_to_start(own, context["vouchers"]),
        colours=COLOURS,
        statuses=ApplicationStatus,
        panels=[panel.template for panel in PANELS],
        **context,
    )
