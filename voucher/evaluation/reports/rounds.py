"""The report of a round: a “what works” review where chance decided, a description elsewhere."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voucher.allocation.queries import steps_of_round
from voucher.core.clock import london_date
from voucher.evaluation.analysis.queries import planned_set
from voucher.evaluation.disclosure import protect_descriptive
from voucher.evaluation.disclosure_versions import held_back, without
from voucher.evaluation.models import ReportKind
from voucher.evaluation.monitoring.section import equality_section
from voucher.evaluation.publication.queries import figures_published
from voucher.evaluation.reports import descriptive, trials
from voucher.evaluation.reports.documents import Built, Render, attachments, web_page
from voucher.evaluation.reports.naming import round_names, with_areas
from voucher.integrations.pdf import render_pdf
from voucher.programmes.models import Round
from voucher.programmes.plans.queries import locked_plan
from voucher.programmes.queries import round_by_id


def is_trial(round_id: int, data_cut_at: datetime) -> bool:
    """Whether the round was drawn, by a plan locked before, and a comparison drawn, by the cut."""
    drawn, plan = steps_of_round(round_id).drawn, locked_plan(round_id)
    if drawn is None or plan is None or drawn.drawn_at > data_cut_at:
        return False
    compared = set(plan.content["comparison"])
    return any(arm["code"] in compared for arm in drawn.published["arms"])


def round_report_figures(round_id: int, data_cut_at: datetime) -> dict[str, Any]:
    """Every figure of the round's report at the data cut (aware UTC), as published, with what the
    document names.

    Without what would tell of few beside the versions published by then.
    """
    figures = _figures(round_id, data_cut_at)
    names = round_names(round_by_id(round_id), ReportKind.ROUND, data_cut_at)
    return {**figures, "names": with_areas(names, figures)}


def _figures(round_id: int, data_cut_at: datetime) -> dict[str, Any]:
    earlier = figures_published(round_id, data_cut_at)
    described = descriptive.assemble_round_figures(round_id, data_cut_at)
    description = protect_descriptive(described).content
    if not is_trial(round_id, data_cut_at):
        names = held_back(description, earlier)
        description = without(description, names)
        beside = _equality(round_id, data_cut_at, withheld_stages(description))
        kept = {"held_back": names} if names else {}
        return {"kind": descriptive.KIND, **description, **beside, **kept}
    from voucher.evaluation.analysis.set import findings

    found = findings(*planned_set(round_id, data_cut_at))
    figures = trials.trial_figures(found, description, data_cut_at=data_cut_at, earlier=earlier)
    gone = withheld_stages(description, figures["findings"])
    beside = _equality(round_id, data_cut_at, gone)
    return {**figures, **beside, "dates": dates_of(round_id)}


def _equality(round_id: int, cut_at: datetime, left_out: frozenset[str]) -> dict[str, Any]:
    found = equality_section(round_id, cut_at, left_out=left_out)
    return {} if found is None else {"equality": found}


def withheld_stages(
    description: Mapping[str, Any], findings: Mapping[str, Any] | None = None
) -> frozenset[str]:
    """Stages of equality monitoring whose number of applications this report withholds.

    Who was found eligible is between who applied and who was offered: it goes with any exit.
    """
    counts = description["flow"]["counts"]
    shown = {
        "applied": counts["sent"],
        "offered": counts["awarded"],
        "redeemed": counts["redeemed"],
    }
    exits = [counts[code] for code in ("refused", "withdrawn_after", "comparison", "unplaced")]
    if findings is not None:
        flow = findings["flow"]
        used = flow["received"].values()
        shown = {
            "applied": flow["assessed"],
            "offered": flow["allocated"]["offered"],
            "redeemed": None if None in used else findings["cost"]["vouchers"],
        }
        exits = [each["count"] for each in flow["excluded"]]
    gone = {code for code, number in shown.items() if number is None}
    return frozenset({*gone, "eligible"} if None in exits else gone)


def dates_of(round_id: int) -> dict[str, str]:
    """The days on which the steps of the round's draw were taken, ISO 8601."""
    steps = steps_of_round(round_id)
    return {
        "sealed": london_date(steps.draw.sealed_at).isoformat(),
        "frozen": london_date(steps.frozen_list.frozen_at).isoformat(),
        "became_public": steps.public_value.became_public_on.isoformat(),
        "drawn": london_date(steps.drawn.drawn_at).isoformat() if steps.drawn else "",
    }


def build_round_report(*, round_id: int, data_cut_at: datetime, render: Render) -> Built:
    """The evaluation summary of a round as PDF/UA-1 and as a web page, its figures attached."""
    round_ = round_by_id(round_id)
    return written(round_, round_report_figures(round_id, data_cut_at), render)


def written(round_: Round, figures: dict[str, Any], render: Render) -> Built:
    """The document and the page of these figures; the same figures give the same bytes."""
    data_cut_at = datetime.fromisoformat(figures["data_cut_at"])
    title, context, folder = _told(round_, figures)
    html = render(f"reports/{folder}/report.html", context)
    document = render_pdf(
        html, title=title, created_at=data_cut_at, attachments=attachments(figures)
    )
    page = web_page(render(f"reports/{folder}/body.html", context))
    name = f"{round_.reference}-{data_cut_at:%Y%m%d}.pdf"
    return Built(name, title, figures, document, page)


def _told(round_: Round, figures: dict[str, Any]) -> tuple[str, dict[str, Any], str]:
    name = figures["names"]["round"]
    if figures["kind"] == trials.KIND:
        title = f"{name}: randomised trial, what works"
        return title, trials.trial_context(round_, figures, title), "trial"
    title = f"{name}: descriptive report"
    return title, descriptive.round_context(round_, figures, title), "round"
