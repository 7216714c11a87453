"""A voucher's shortlist as officers see it, and why an offering is not on it."""

from flask import Blueprint, render_template

from voucher.accounts.permissions import Permission
from voucher.businesses.outcome_areas import wording_of
from voucher.matching.queries import latest_shortlist
from voucher.vouchers.queries import voucher_for_staff
from voucher.web.access import requires
from voucher.web.shortlists import PART_WORDS, asked, counts_left_out, explained, with_dates

blueprint = Blueprint("staff_shortlists", __name__, url_prefix="/staff/vouchers")


@blueprint.get("/<reference>/shortlist")
@requires(Permission.CASE_READ)
def shortlist(reference: str) -> str:
    """The last list with its reasons, what was left out, and a search for any other offering."""
    found, form = voucher_for_staff(reference), asked()
    made = latest_shortlist(found.voucher.application_id)
    return render_template(
        "staff/vouchers/shortlist.html",
        found=found,
        form=form,
        shortlist=made,
        entries=[(entry, with_dates(entry.reasons)) for entry in (made.entries if made else ())],
        left_out=counts_left_out(made) if made else {},
        answers=explained(found.voucher, made, form),
        part_words=PART_WORDS,
        area_label=lambda code: wording_of(code).label,
    )
