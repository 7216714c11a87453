"""The synthesis across programmes as a document: figures, words, forest plots, the tagged PDF."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from voucher.evaluation.figures import METHOD_VERSION
from voucher.evaluation.models import Wave
from voucher.evaluation.reports import measures
from voucher.evaluation.reports.documents import Built, Render, attachments, web_page
from voucher.evaluation.synthesis.forest import forest_plot
from voucher.evaluation.synthesis.rules import KIND, KINDS, NO_COMPARISON, RoundFindings, synthesis
from voucher.evaluation.synthesis.words import finding, interval, is_cut, shared_reason, told
from voucher.evaluation.version import code_version
from voucher.integrations.pdf import render_pdf

TITLE = "What works: synthesis"
SUBTITLE = "All published rounds and programmes: the effects of those drawn by lot, put together"


def build_synthesis(
    rounds: Sequence[RoundFindings], *, data_cut_at: datetime, render: Render
) -> Built:
    """The synthesis of these rounds as PDF/UA-1, figures attached, and as a web page.

    The same rounds and moment give the same bytes. No session, no clock.
    """
    figures = {
        "kind": KIND,
        "method": METHOD_VERSION,
        "data_cut_at": data_cut_at.isoformat(),
        "code": code_version(),
        **synthesis(rounds),
    }
    context = synthesis_context(figures)
    html = render("reports/synthesis/report.html", context)
    document = render_pdf(
        html, title=TITLE, created_at=data_cut_at, attachments=attachments(figures)
    )
    page = web_page(render("reports/synthesis/body.html", context))
    return Built(f"synthesis-{data_cut_at:%Y%m%d}.pdf", TITLE, figures, document, page)


def synthesis_context(figures: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates say: figures, words and a plot for every effect, words for codes."""
    outcomes = figures["outcomes"]
    effects = [each["effects"]["itt"] for each in outcomes]
    why = shared_reason(outcomes)
    return {
        "title": TITLE,
        "subtitle": SUBTITLE,
        "made_at": datetime.fromisoformat(figures["data_cut_at"]),
        "figures": figures,
        "parts": [_part(number, each, why) for number, each in enumerate(outcomes)],
        "why": why,
        "pooled_any": any(each["pooled"] is not None for each in effects),
        "randomised": sum(each["design"] == "randomised" for each in figures["rounds"]),
        "m": measures,
        "interval": interval,
        "read": datetime.fromisoformat,
    }


def _part(number: int, outcome: Mapping[str, Any], why: str) -> dict[str, Any]:
    """One outcome; `why`: the reason, said before, that its rounds are not put together."""
    return {
        "outcome": outcome,
        "unit": measures.effect_unit(outcome),
        "wave": Wave(outcome["wave"]).staff_label,
        "effects": [
            {
                "kind": kind,
                "words": words,
                "told": told(outcome, kind, why),
                "is_cut": is_cut(outcome, kind),
                "finding": finding(outcome, kind),
                "plot": forest_plot(outcome, kind, f"{kind}-{number}"),
                **outcome["effects"][kind],
                "left_out": _left_out(outcome, kind),
            }
            for kind, words in KINDS.items()
            if outcome["effects"][kind]["studies"]
        ],
        "told": told(outcome, "itt", why),
        "left_out": _left_out(outcome, "itt"),
    }


def _left_out(outcome: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    """The rounds left out, but for those without a comparison, which are told once for all."""
    return [each for each in outcome["effects"][kind]["left_out"] if each["why"] != NO_COMPARISON]
