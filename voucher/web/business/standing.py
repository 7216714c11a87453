"""How an application stands: what the checks said, what happens next, what can be done."""

from typing import Any

from flask import url_for

from voucher.allocation.offers.queries import is_on_its_way
from voucher.allocation.queries import drawn_place
from voucher.allocation.scored.queries import ranked_place
from voucher.applications.models import Application, ApplicationStatus, CorrectionRequest
from voucher.applications.queries import drafts
from voucher.applications.rules import CORRECTION_SECTIONS, appeal_by, reasons_given
from voucher.applications.sections import section_of
from voucher.core import clock
from voucher.core.clock import london_date
from voucher.eligibility.models import CheckOutcome, EligibilityCheck
from voucher.eligibility.queries import latest_check
from voucher.eligibility.reasons import reasons_in, stored_results
from voucher.subsidy.queries import group_of, latest_notice
from voucher.vouchers.queries import voucher_of_application
from voucher.web.business.tasks import address_of_part, missing_parts

_A = ApplicationStatus
_WITH_US = (_A.SUBMITTED, _A.PROPOSED)
COLOURS = {
    _A.DRAFT: "grey",
    _A.SUBMITTED: "blue",
    _A.RETURNED: "orange",
    _A.PROPOSED: "blue",
    _A.ELIGIBLE: "purple",
    _A.APPROVED: "purple",
    _A.AWARDED: "green",
    _A.COMPARISON: "teal",
    _A.UNPLACED: "teal",
    _A.REFUSED: "red",
    _A.WITHDRAWN: "grey",
}
KINDS_OF_THE_GROUP = ("subsidy_headroom", "subsidy_award", "no_live_voucher")
PARTIALS = {
    _A.SUBMITTED: "with_us",
    _A.PROPOSED: "with_us",
    _A.RETURNED: "returned",
    _A.ELIGIBLE: "eligible",
    _A.APPROVED: "approved",
    _A.AWARDED: "awarded",
    _A.COMPARISON: "comparison",
    _A.UNPLACED: "unplaced",
    _A.REFUSED: "refused",
    _A.WITHDRAWN: "withdrawn",
}


def standing_context(application: Application) -> dict[str, Any]:
    """What the page of a sent application shows, by its status."""
    status = application.status
    context: dict[str, Any] = {
        "partial": f"business/applications/standing/{PARTIALS[status]}.html",
        "colour": COLOURS[status],
        "history": drafts.history_of(application),
        "today": clock.today(),
    }
    if status in _WITH_US:
        context |= check_context(latest_check(application.id), application.business_id)
    return context | _MORE.get(status, lambda _application: {})(application)


def check_context(check: EligibilityCheck | None, business_id: int) -> dict[str, Any]:
    """The last check in the business's terms: what failed and why, and whether it still waits.

    Where there are other entries of the group, what rests on them too is left to the decision: an
    officer tells first who belongs together. Otherwise typing a rival's number would answer
    whether the rival has reached a limit.
    """
    results = stored_results(check.results if check else [])
    left_out = len(group_of(business_id)) > 1
    if left_out:
        results = [each for each in results if each.kind not in KINDS_OF_THE_GROUP]
    reasons = reasons_in(results)
    return {
        "check": check,
        "against": reasons.against,
        "to_look_at": reasons.to_look_at,
        "left_out": left_out,
        "waiting": bool(check and check.outcome is CheckOutcome.PENDING),
    }


def _returned(application: Application) -> dict[str, Any]:
    request = drafts.open_corrections(application.id)
    return {
        "request": request,
        "corrections": _corrections(application, request),
        "missing": missing_parts(application),
    }


def _corrections(
    application: Application, request: CorrectionRequest | None
) -> list[dict[str, str]]:
    """Each item of the list: what to do, the part's name, and the address of its page if any."""
    items = request.items if request else []
    return [
        {
            "words": item["words"],
            "title": CORRECTION_SECTIONS.get(item["section"], "Something else"),
            "href": _address_of(application, item["section"]),
        }
        for item in items
    ]


def _address_of(application: Application, code: str) -> str:
    if section_of(code) is None:
        return url_for("business_applications.answers", reference=application.reference)
    return address_of_part(application, code)


def _approved(application: Application) -> dict[str, Any]:
    return {"notice": latest_notice(application.id), **_drawn(application)}


def _drawn(application: Application) -> dict[str, Any]:
    return {
        "place": drawn_place(application.id),
        "ranked": ranked_place(application.id),
        "on_its_way": is_on_its_way(application.id, clock.now()),
    }


def _awarded(application: Application) -> dict[str, Any]:
    return {"voucher": voucher_of_application(application.id)}


def _refused(application: Application) -> dict[str, Any]:
    decision = drafts.last_decision(application.id)
    last_day = appeal_by(london_date(decision.decided_at)) if decision else None
    appeal = drafts.appeal_of(application.id)
    appealed = bool(appeal and decision and appeal.decision_id == decision.id)
    return {
        "decision": decision,
        "reasons": reasons_given(decision.reasons) if decision else [],
        "appeal": appeal if appealed else None,
        "appeal_by": last_day,
        "may_appeal": bool(last_day and clock.today() <= last_day and not appealed),
    }


_MORE = {
    _A.RETURNED: _returned,
    _A.ELIGIBLE: _drawn,
    _A.COMPARISON: _drawn,
    _A.UNPLACED: _drawn,
    _A.APPROVED: _approved,
    _A.AWARDED: _awarded,
    _A.REFUSED: _refused,
}
