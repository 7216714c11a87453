"""Why is this offering not on my list?"""

from flask import Blueprint, render_template

from voucher.accounts.permissions import Permission
from voucher.businesses.outcome_areas import wording_of
from voucher.matching.queries import latest_shortlist
from voucher.web.access import requires
from voucher.web.business.matches import my_voucher
from voucher.web.shortlists import PART_WORDS, asked, explained

blueprint = Blueprint("business_why", __name__, url_prefix="/business/vouchers")


@blueprint.get("/<reference>/shortlist/why")
@requires(Permission.BUSINESS_USE_VOUCHER)
def why_not(reference: str) -> str:
    """The offerings that the words in the address find, and how each stands to the list."""
    found, form = my_voucher(reference), asked()
    made = latest_shortlist(found.voucher.application_id)
    return render_template(
        "business/matching/why.html",
        found=found,
        form=form,
        shortlist=made,
        answers=explained(found.voucher, made, form),
        part_words=PART_WORDS,
        area_label=lambda code: wording_of(code).label,
    )
