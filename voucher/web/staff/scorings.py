"""The scoring of a round: plan, beginning, how far it has come, the ranked list and after."""

from collections import Counter
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.allocation.offers.queries import offers_of
from voucher.allocation.scored import queries
from voucher.allocation.scored.models import Scoring, ScoringProposal, ScoringSlot, SlotStatus
from voucher.allocation.scored.operations import outcome, removing, replace
from voucher.allocation.scored.operations import plan as planning
from voucher.allocation.scored.queries import EntryState
from voucher.allocation.scored.removals import removals_of, struck_sheets
from voucher.allocation.scored.rules import Stage, is_whole, may_see_sheets, rule_stored
from voucher.allocation.scoring import difference, in_words, points
from voucher.applications.queries.draws import number_eligible
from voucher.core import clock
from voucher.core.errors import NotFound
from voucher.core.paging import page_in
from voucher.programmes.models import AllocationMethod, Round
from voucher.programmes.queries import round_by_reference
from voucher.web.access import may_open, requires
from voucher.web.books_files import rows_as_csv
from voucher.web.configuration import settings
from voucher.web.paging import page_number
from voucher.web.posted import posted_reference
from voucher.web.staff.scoring_forms import AnswerForm, PlanForm, TakeOffForm, plan_values

blueprint = Blueprint("staff_scorings", __name__, url_prefix="/staff/scorings")
WAITING = "waiting"
"""The page of places that are not offered yet; the applications have `page`."""
CSV_HEADING = (
    "rank",
    "application",
    "number",
    "outcome",
    "result_points_of_100",
    "result_weighted_marks_doubled",
    "award_pence",
    "scorer",
    "total_points_of_100",
    "total_weighted_marks",
)


@blueprint.get("/<reference>")
@requires(Permission.CASE_READ)
def scoring(reference: str) -> str:
    """How far the scoring has come, and the next step."""
    round_ = _round(reference)
    return render_template("staff/scorings/scoring.html", **_shown(round_))


@blueprint.route("/<reference>/plan", methods=["GET", "POST"])
@requires(Permission.SCORING_STEP)
def plan(reference: str) -> Any:
    """Set the plan, until the round opens."""
    round_ = _round(reference)
    if request.method == "GET" and planning.plan_is_fixed(round_):
        flash("The round has opened: its plan can’t be changed any more.", "important")
        return redirect(url_for(".scoring", reference=reference))
    form = PlanForm(data=plan_values(queries.plan_of(round_.id)))
    if form.carried_out(
        lambda: planning.set_plan(
            round_=round_, rule=form.rule(), replaces=form.replaces.data == "yes", **_who()
        )
    ):
        return _done(reference, "The plan is set.")
    page = render_template("staff/scorings/plan.html", form=form, round=round_)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/<reference>/begin")
@requires(Permission.SCORING_STEP)
def begin(reference: str) -> Any:
    """Freeze the list and begin to score."""
    planning.begin(round_=_round(reference), **_who(), key=_key())
    return _done(reference, "The list is frozen. Scorers can begin.")


@blueprint.route(
    "/<reference>/applications/<int:number>/sheets/<int:place>/take-off", methods=["GET", "POST"]
)
@requires(Permission.SCORING_STEP)
def take_off(reference: str, number: int, place: int) -> Any:
    """Free a sheet whose scorer can't hand it in, or strike one that should not count."""
    begun = _begun(reference)
    form, found = TakeOffForm(), _sheet_at(queries.state_of(begun, number), place)
    if form.carried_out(
        lambda: removing.take_off(
            scoring=begun,
            number=number,
            place=place,
            seen=form.seen.data or "",
            reason=form.reason.data or "",
            **_who(),
        )
    ):
        return _done(reference, f"Application {number} is free for another scorer.")
    if found is None:
        flash("Nobody has this sheet any more.", "important")
        return redirect(url_for(".scoring", reference=reference))
    scorer, slot = found
    handed_in = slot.status is SlotStatus.HANDED_IN
    shown = {"form": form, "round": _round(reference), "number": number, "handed_in": handed_in}
    shown |= {"place": place, "name": names_of([scorer]).get(scorer, "")}
    shown["seen"] = removing.sight_of(slot)
    page = render_template("staff/scorings/take_off.html", **shown)
    return page, 422 if form.is_submitted() else 200


def _sheet_at(state: EntryState, place: int) -> tuple[int, ScoringSlot] | None:
    """Whose sheet is at a place, and the sheet; None where there is none."""
    held = [*state.taken.items(), *((sheet.user_id, sheet.slot) for sheet in state.sheets)]
    return next((each for each in held if each[1].place == place), None)


@blueprint.get("/<reference>/applications/<int:number>")
@requires(Permission.CASE_READ)
def entry(reference: str, number: int) -> str:
    """One application: what the scorers gave, side by side, once it may be seen."""
    state = queries.state_of(_begun(reference), number)
    if not _may_see(state):
        raise NotFound("The scores of this application can’t be seen yet.")
    marks, removed = [sheet.marks for sheet in state.sheets], removals_of(state.entry.id)
    people = [sheet.user_id for sheet in state.sheets]
    people += [user for row in removed for user in (row.user_id, row.removed_by_id)]
    whole = is_whole(state.rule, marks)
    return render_template(
        "staff/scorings/entry.html",
        round=_round(reference),
        state=state,
        apart=difference(state.rule, *marks[:2]),
        in_points=lambda total: in_words(points(state.rule, 2 * total)),
        result=in_words(points(state.rule, state.doubled)) if whole else "",
        names=names_of(people),
        removed=removed,
    )


@blueprint.post("/<reference>/propose")
@requires(Permission.SCORING_STEP)
def propose(reference: str) -> Any:
    """Propose the ranked list."""
    outcome.propose(scoring=_begun(reference), **_who(), key=_key())
    return _done(reference, "The list is proposed. A second person has to agree.")


@blueprint.get("/<reference>/list")
@requires(Permission.CASE_READ)
def ranked_list(reference: str) -> str:
    """The ranked list that was proposed last, with every part of every result."""
    proposal, answer = _last_proposal(reference)
    given_on = queries.replacements_of(proposal.scoring_id)
    return render_template(
        "staff/scorings/list.html",
        round=_round(reference),
        proposal=proposal,
        answer=answer,
        **_ranked(proposal),
        replacements=given_on,
        gone=queries.gone_since(proposal.scoring_id),
        took_over={row.successor for row in given_on},
    )


@blueprint.route("/<reference>/answer", methods=["GET", "POST"])
@requires(Permission.SCORING_SETTLE)
def answer(reference: str) -> Any:
    """Agree to the proposed list, or send it back, as a second person."""
    proposal, _ = _last_proposal(reference)
    form = AnswerForm()
    if form.carried_out(
        lambda: outcome.answer(
            proposal=proposal,
            agree=form.agree.data == "yes",
            note=form.note.data or "",
            **_who(),
            key=_key(),
        )
    ):
        agreed = form.agree.data == "yes"
        words = "The list is settled, and everybody is told." if agreed else "It is sent back."
        return _done(reference, words)
    shown = {"form": form, "round": _round(reference), "proposal": proposal, **_ranked(proposal)}
    page = render_template("staff/scorings/answer.html", **shown)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/<reference>/results.csv")
@requires(Permission.CASE_READ)
def results(reference: str) -> Response:
    """The ranked list as CSV: a line for every sheet, with its marks."""
    ranking = _last_proposal(reference)[0].ranking
    rule = rule_stored(ranking["rule"])
    codes = [criterion.code for criterion in rule.criteria]
    rows = [
        [
            *(str(row[key]) for key in ("rank", "reference", "number", "outcome", "points")),
            *(str(row[key]) for key in ("doubled", "award_pence")),
            str(sheet["place"]),
            in_words(points(rule, 2 * sheet["total"])),
            str(sheet["total"]),
            *(str(sheet["marks"][code]) for code in codes),
        ]
        for row in ranking["ranked"]
        for sheet in row["sheets"]
    ]
    heading = [*CSV_HEADING, *(f"mark_{code}" for code in codes)]
    return rows_as_csv(heading, rows, f"{ranking['scoring']}.csv")


@blueprint.post("/<reference>/replace")
@requires(Permission.SCORING_STEP)
def give_on(reference: str) -> Any:
    """Give a place that was left to the next of the list."""
    leaver = posted_reference("application")
    replace.replace(scoring=_begun(reference), leaver_reference=leaver, **_who())
    return _done(reference, "The place has been offered to the next on the list.")


@blueprint.post("/<reference>/offer")
@requires(Permission.SCORING_STEP)
def offer(reference: str) -> Any:
    """Offer a place that could not be offered when the list was settled."""
    named = posted_reference("application")
    replace.offer_again(scoring=_begun(reference), reference=named, **_who())
    return _done(reference, "The place has been offered, and the notice sent.")


def _shown(round_: Round) -> dict[str, Any]:
    plans, begun = queries.plans_of(round_.id), queries.scoring_of(round_.id)
    shown: dict[str, Any] = {"round": round_, "plans": plans, "scoring": begun}
    if begun is None:
        bars = planning.bars_to_begin(round_)
        fixed = planning.plan_is_fixed(round_)
        eligible = number_eligible(round_.id)
        return shown | {"bars": bars, "eligible": eligible, "fixed": fixed, "names": {}}
    states = queries.states_of(begun)
    counts = Counter(state.stage for state in states)
    proposals = queries.proposals_of(begun.id)
    people = [begun.begun_by_id]
    people += [user for state in states for user in state.taken]
    people += [sheet.user_id for state in states for sheet in state.sheets]
    for proposal, given in proposals:
        people += [proposal.proposed_by_id, *([given.answered_by_id] if given else [])]
    return shown | {
        "found": page_in(states, page_number()),
        "stages": [(stage, counts[stage]) for stage in Stage if counts[stage]],
        "visible": {state.entry.number for state in states if _may_see(state)},
        "proposals": proposals,
        "bars": outcome.bars_to_propose(states),
        "names": names_of(people),
        **(_after(begun) if any(given and given.agreed for _, given in proposals) else {}),
    }


def _ranked(proposal: ScoringProposal) -> dict[str, Any]:
    """One page of a ranked list, and how many of the whole have which outcome."""
    rows = proposal.ranking["ranked"]
    outcomes, struck = Counter(row["outcome"] for row in rows), struck_sheets(proposal.scoring_id)
    names = names_of([user for row in struck for user in (row.user_id, row.removed_by_id)])
    shown = {"outcomes": outcomes, "struck": struck, "names": names}
    return {"rows": page_in(rows, page_number()), **shown}


def _after(begun: Scoring) -> dict[str, Any]:
    """What is looked at once the list is settled."""
    offers, without = offers_of(begun.round_id, clock.now()), queries.places_not_offered(begun.id)
    waiting = [case for case in without if case.id not in offers.on_their_way]
    found = page_in(waiting, page_number(WAITING))
    return {
        "offers": offers,
        "not_offered": found.rows,
        "pages": found,
        "left": queries.places_left(begun.id),
        "replacements": queries.replacements_of(begun.id),
    }


def _may_see(state: EntryState) -> bool:
    return may_see_sheets(
        state.stage,
        handed_in=len(state.sheets),
        may_score=may_open("staff_scoring_desk.desk"),
        has_handed_in=state.sheet_of(current_user.id) is not None,
    )


def _round(reference: str) -> Round:
    found = round_by_reference(reference)
    if found.allocation_method is not AllocationMethod.SCORED:
        raise NotFound("This round is not shared by scores.")
    return found


def _begun(reference: str) -> Scoring:
    found = queries.scoring_of(_round(reference).id)
    if found is None:
        raise NotFound("The scoring of this round has not begun.")
    return found


def _last_proposal(reference: str) -> Any:
    proposals: list[tuple[ScoringProposal, Any]] = queries.proposals_of(_begun(reference).id)
    if not proposals:
        raise NotFound("No list has been proposed yet.")
    return proposals[0]


def _who() -> dict[str, Any]:
    return {"by": current_user.id, "at": clock.now()}


def _key() -> bytes:
    return settings().voucher_code_key.encode()


def _done(reference: str, words: str) -> Any:
    flash(words, "success")
    return redirect(url_for(".scoring", reference=reference))
