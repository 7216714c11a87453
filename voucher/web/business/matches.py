"""From the voucher to an agreement: the shortlist, the choice, the provider's answer, agreeing."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.applications.queries.drafts import application_for
from voucher.businesses.outcome_areas import wording_of
from voucher.claims.queries import claim_of_voucher
from voucher.claims.ratings.queries import track_record
from voucher.core import clock
from voucher.core.errors import NotFound
from voucher.matching import operations, queries
from voucher.matching.dialogue.queries import open_proposal, questions_of
from voucher.matching.models import Match, MatchStatus, Shortlist, ShortlistEntry
from voucher.matching.rules import price_breakdown
from voucher.vouchers.models import VoucherStatus
from voucher.vouchers.queries import VoucherPage, voucher_for_business
from voucher.vouchers.suggesting.models import Suggestion
from voucher.vouchers.suggesting.queries import suggestion_for
from voucher.web.access import current_member, requires
from voucher.web.business.vouchers import standing_of
from voucher.web.display import day
from voucher.web.forms import DatePartsField, ServiceForm
from voucher.web.shortlists import with_dates

blueprint = Blueprint("business_matches", __name__, url_prefix="/business/vouchers")

COLOURS = {
    MatchStatus.OFFERED: "yellow",
    MatchStatus.ACCEPTED: "blue",
    MatchStatus.AGREED: "green",
    MatchStatus.DECLINED: "red",
    MatchStatus.LAPSED: "grey",
    MatchStatus.WITHDRAWN: "grey",
}


class ChoiceForm(ServiceForm):
    """What the business says beside its choice."""

    wanted_by_on = DatePartsField(
        "When must the work start at the latest? (optional)",
        description="Leave this empty if any day suits you. A provider that can’t start by then "
        "can propose another day.",
    )


@blueprint.get("/<reference>/shortlist")
@requires(Permission.BUSINESS_USE_VOUCHER)
def shortlist(reference: str) -> str:
    """Who can help, ranked with reasons, side by side; what was asked before, and what is next."""
    found = my_voucher(reference)
    case_id = found.voucher.application_id
    made = queries.latest_shortlist(case_id)
    matches = queries.matches_of(found.voucher.id)
    suggestion = suggestion_for(found.voucher, clock.now())
    return render_template(
        "business/matching/shortlist.html",
        found=found,
        usable=standing_of(found.voucher) is VoucherStatus.ISSUED,
        shortlist=made,
        suggestion=suggestion,
        suggested=_place_of(suggestion, made),
        asked_ways=made.ways if made else queries.ways_asked(case_id),
        entries=[
            (entry, amounts_of(found, entry), reasons_of(entry))
            for entry in (made.entries if made else ())
        ],
        live=queries.live_match(matches),
        questions=questions_of(found.voucher.id),
        earlier=[match for match in matches if match.status not in queries.LIVE],
        asked={match.offering_id: match for match in reversed(matches)},
        proposal=queries.next_proposal(made, matches) if matches else None,
        colours=COLOURS,
        area_label=lambda code: wording_of(code).label,
    )


def _place_of(suggestion: Suggestion | None, made: Shortlist | None) -> ShortlistEntry | None:
    """Where what is suggested stands on the list as it is shown."""
    entries = made.entries if suggestion and made else []
    wanted = suggestion.offering_id if suggestion else None
    return next((each for each in entries if each.offering_id == wanted), None)


@blueprint.post("/<reference>/shortlist")
@requires(Permission.BUSINESS_USE_VOUCHER)
def make_shortlist(reference: str) -> Any:
    """Rank what is on offer now, and keep the list."""
    found = my_voucher(reference)
    application = application_for(current_member(), found.application_reference)
    at = clock.now()
    made = operations.make_shortlist(
        application=application,
        voucher=found.voucher,
        at=at,
        by=current_user.id,
        track_record=track_record(),
    )
    if made.made_at < at:
        flash("We looked again. Your list is still the same.", "success")
    return redirect(url_for(".shortlist", reference=reference))


@blueprint.get("/<reference>/choose/<offering>")
@requires(Permission.BUSINESS_USE_VOUCHER)
def choice(reference: str, offering: str) -> str:
    """One offering of the list in full, with who pays what, and the button that chooses it."""
    found = my_voucher(reference)
    return _choice_page(found, listed_entry(found, offering), ChoiceForm())


def _choice_page(found: VoucherPage, entry: ShortlistEntry, form: ChoiceForm) -> str:
    matches = queries.matches_of(found.voucher.id)
    asked = questions_of(found.voucher.id)
    return render_template(
        "business/matching/choice.html",
        found=found,
        reasons=reasons_of(entry),
        offering=entry.offering,
        amounts=amounts_of(found, entry),
        usable=standing_of(found.voucher) is VoucherStatus.ISSUED,
        live=queries.live_match(matches),
        declined=queries.has_declined(entry.offering_id, matches),
        form=form,
        questions=[each for each in asked if each.offering_id == entry.offering_id],
        area_label=lambda code: wording_of(code).label,
    )


@blueprint.post("/<reference>/choose/<offering>")
@requires(Permission.BUSINESS_USE_VOUCHER)
def choose(reference: str, offering: str) -> Any:
    """Put the choice to the provider."""
    found, form = my_voucher(reference), ChoiceForm()
    entry = listed_entry(found, offering)
    provider_name = entry.offering.provider.name
    if not form.carried_out(
        lambda: operations.choose(
            voucher=found.voucher,
            offering=entry.offering,
            by=current_user.id,
            at=clock.now(),
            wanted_by_on=form.wanted_by_on.data,
        )
    ):
        return _choice_page(found, entry, form), 422
    by = day(live_choice(found).answer_by_on)
    flash(f"{provider_name} has been asked and answers by {by}.", "success")
    return redirect(url_for(".agreement", reference=reference))


@blueprint.get("/<reference>/agreement")
@requires(Permission.BUSINESS_USE_VOUCHER)
def agreement(reference: str) -> Any:
    """The choice that is live: waiting for an answer, to be agreed, or agreed."""
    found = my_voucher(reference)
    match = queries.live_match(queries.matches_of(found.voucher.id))
    if match is None:
        return redirect(url_for(".shortlist", reference=reference))
    return render_template(
        "business/matching/agreement.html",
        found=found,
        match=match,
        claim=claim_of_voucher(found.voucher.id),
        change=queries.open_variation(match.id),
        other_day=open_proposal(match.id),
        standing=standing_of(found.voucher),
        colour=COLOURS[match.status],
    )


@blueprint.post("/<reference>/agreement")
@requires(Permission.BUSINESS_USE_VOUCHER)
def agree(reference: str) -> Any:
    """Agree with the provider and the programme."""
    found = my_voucher(reference)
    operations.agree(
        match=live_choice(found), voucher=found.voucher, by=current_user.id, at=clock.now()
    )
    flash("All three of you have agreed. Give the provider your code now.", "success")
    return redirect(url_for(".agreement", reference=reference))


@blueprint.post("/<reference>/withdraw")
@requires(Permission.BUSINESS_USE_VOUCHER)
def withdraw(reference: str) -> Any:
    """Take the choice back and choose again."""
    found = my_voucher(reference)
    operations.withdraw(
        match=live_choice(found), voucher=found.voucher, by=current_user.id, at=clock.now()
    )
    flash("Your choice has been taken back. You can choose another offering.", "success")
    return redirect(url_for(".shortlist", reference=reference))


def my_voucher(reference: str) -> VoucherPage:
    """The signed-in business’s voucher with what its pages show, or NotFound."""
    return voucher_for_business(current_member().business_id or 0, reference)


def live_choice(found: VoucherPage) -> Match:
    """The voucher’s live match, or NotFound."""
    match = queries.live_match(queries.matches_of(found.voucher.id))
    if match is None:
        raise NotFound("You have no open choice on this voucher.")
    return match


def listed_entry(found: VoucherPage, offering: str) -> ShortlistEntry:
    """The offering’s place on the latest list, with offering and provider; or NotFound."""
    made = queries.latest_shortlist(found.voucher.application_id)
    entries = made.entries if made else []
    entry = next((each for each in entries if each.offering.reference == offering.upper()), None)
    if entry is None:
        raise NotFound("There is no such offering on your list.")
    return entry


def reasons_of(entry: ShortlistEntry) -> list[dict[str, Any]]:
    """The stored reasons, with the start as a date again."""
    return with_dates(entry.reasons)


def amounts_of(found: VoucherPage, entry: ShortlistEntry) -> Any:
    """The five amounts at today's published price, which is what a choice would fix."""
    return price_breakdown(
        net_price_pence=entry.offering.net_price_pence,
        vat_rate_bps=entry.offering.charged_vat_bps,
        cap_pence=found.voucher.cap_pence,
        share_bps=found.voucher.share_bps,
    )
