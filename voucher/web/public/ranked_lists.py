"""Rounds shared by scores as anybody may see them: plan, hash, ranked list, the file to check."""

import json

from flask import Blueprint, Response, render_template

from voucher.allocation.scored.lists import settled_with_moment
from voucher.allocation.scored.published import public_list
from voucher.allocation.scored.queries import plan_in_use, replacements_of, scoring_by_reference
from voucher.core.errors import NotFound
from voucher.core.paging import page_in
from voucher.web.access import public
from voucher.web.paging import page_number

blueprint = Blueprint("ranked_lists", __name__, url_prefix="/ranked-lists")


@blueprint.get("/<reference>")
@public
def ranked_list(reference: str) -> str:
    """One scoring: what scorers looked for, each step as it was published, and the ranked list."""
    found = scoring_by_reference(reference)
    settled = settled_with_moment(found.id)
    ranking = settled[0].ranking if settled else None
    return render_template(
        "public/draws/ranked_list.html",
        scoring=found,
        plan=plan_in_use(found.round_id),
        ranking=ranking,
        settled_at=settled[1] if settled else None,
        rows=page_in(ranking["ranked"], page_number()) if ranking else None,
        replacements=replacements_of(found.id) if ranking else [],
    )


@blueprint.get("/<reference>.json")
@public
def published(reference: str) -> Response:
    """The published file of a settled list, as `verify-ranking` reads it."""
    found = scoring_by_reference(reference)
    settled = settled_with_moment(found.id)
    if settled is None:
        raise NotFound("The ranked list of this round has not been settled yet.")
    content = public_list(settled[0].ranking)
    words = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    answer = Response(f"{words}\n".encode(), content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.reference}.json"'
    return answer
