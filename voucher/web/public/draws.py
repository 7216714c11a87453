"""Draws as anybody may see them: what was published when, the list, and the file to check it by."""

import json
from collections import Counter
from typing import Any

from flask import Blueprint, Response, render_template

from voucher.allocation import queries
from voucher.allocation.draw import frozen_lines
from voucher.allocation.models import Draw
from voucher.allocation.scored.lists import published_scorings
from voucher.core.errors import NotFound
from voucher.programmes.plans.queries import locked_plan
from voucher.web.access import public
from voucher.web.paging import page_number

blueprint = Blueprint("draws", __name__, url_prefix="/draws")
SCORINGS = "ranked"
"""The page of the second list."""


@blueprint.get("/")
@public
def draws() -> str:
    """Every draw and every scoring, the newest first, each list in pages of its own."""
    return render_template(
        "public/draws/list.html",
        draws=queries.published_draws(page_number()),
        scorings=published_scorings(page_number(SCORINGS)),
    )


@blueprint.get("/<reference>")
@public
def draw(reference: str) -> str:
    """One draw: each step as it was published, what came of it, and how to check it."""
    found = queries.draw_by_reference(reference)
    steps = queries.steps_of_round(found.round_id)
    return render_template(
        "public/draws/draw.html",
        draw=found,
        steps=steps,
        strata=_strata(found, steps),
        plan=locked_plan(found.round_id),
        replacements=queries.replacements_of(found.id) if steps.drawn else [],
    )


@blueprint.get("/<reference>.json")
@public
def published(reference: str) -> Response:
    """The published file of a draw that was carried out, as `verify-draw` reads it."""
    found = queries.draw_by_reference(reference)
    result = queries.steps_of_round(found.round_id).drawn
    if result is None:
        raise NotFound("This draw has not been carried out yet.")
    words = json.dumps(result.published, ensure_ascii=False, indent=1, sort_keys=True)
    return _file(f"{words}\n", f"{found.reference}.json", "application/json")


@blueprint.get("/<reference>/list.txt")
@public
def frozen(reference: str) -> Response:
    """The frozen list as it was hashed: one line an application, each ended by LF, in UTF-8."""
    found = queries.draw_by_reference(reference)
    if queries.steps_of_round(found.round_id).frozen is None:
        raise NotFound("The list of this draw has not been frozen yet.")
    lines = frozen_lines([entry for _, entry in queries.entries_of(found.id)])
    return _file("".join(f"{line}\n" for line in lines), f"{found.reference}.txt", "text/plain")


def _file(content: str, name: str, media_type: str) -> Response:
    answer = Response(content.encode(), content_type=f"{media_type}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _strata(found: Draw, steps: queries.Steps) -> list[dict[str, Any]]:
    """Each part of the list: its size and, once drawn, how many of each arm."""
    if steps.frozen is None:
        return []
    stratum_of = {entry.reference: entry.stratum for _, entry in queries.entries_of(found.id)}
    sizes = Counter(stratum_of.values())
    arms = steps.drawn.published["arms"] if steps.drawn else []
    counts = [Counter(stratum_of[member] for member in arm["references"]) for arm in arms]
    return [
        {"name": name, "size": sizes[name], "arms": [count[name] for count in counts]}
        for name in sorted(sizes)
    ]
