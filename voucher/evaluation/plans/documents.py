"""The analysis plan of a round as a document, made by the worker or the command line."""

from datetime import datetime
from typing import Any

from voucher.core.errors import Conflict
from voucher.evaluation.figures import METHOD_VERSION
from voucher.evaluation.models import ReportKind
from voucher.evaluation.plans.course import departed_by
from voucher.evaluation.plans.description import described
from voucher.evaluation.plans.rules import AnalysisPlan
from voucher.evaluation.reports.documents import Built, Render, attachments
from voucher.evaluation.reports.naming import round_names
from voucher.evaluation.version import code_version
from voucher.integrations.pdf import PdfAttachment, render_pdf
from voucher.programmes.plans.queries import deviations, locked_plan
from voucher.programmes.plans.rules import written
from voucher.programmes.queries import round_by_id
from voucher.programmes.rules import arms_of

KIND = "plan"


def build_plan_document(*, round_id: int, data_cut_at: datetime, render: Render) -> Built:
    """The locked plan as PDF/UA-1 with its JSON attached, and the deviations noted by the cut.

    Raises Conflict where no plan is locked.
    """
    round_ = round_by_id(round_id)
    plan = locked_plan(round_id)
    if plan is None:
        raise Conflict("The analysis plan of this round is not locked yet.")
    noted = [each for each in deviations(plan.id) if each.noted_at <= data_cut_at]
    title = f"Analysis plan {plan.reference}"
    names = round_names(round_, ReportKind.PLAN, data_cut_at)
    context: dict[str, Any] = {
        "title": title,
        "subtitle": f"{names['round']}, {names['programme']}. What will be compared, and how",
        "made_at": data_cut_at,
        "round": round_.reference,
        "contact_email": names["contact_email"],
        "locked": plan,
        "shown": described(plan.content, plan.figures, arms_of(round_.draw_arms)),
        "deviations": noted,
        "known": departed_by(round_id, AnalysisPlan.read(plan.content), data_cut_at),
        "code": code_version(),
    }
    html = render("reports/plan.html", context)
    attached = PdfAttachment(
        f"{plan.reference}.json", written(plan.content), "The plan as it was hashed"
    )
    figures = {
        "kind": KIND,
        "method": METHOD_VERSION,
        "round": round_.reference,
        "data_cut_at": data_cut_at.isoformat(),
        "code": code_version(),
        "names": names,
        "plan": plan.reference,
        "sha256": plan.sha256,
        "deviations": len(noted),
    }
    files = [*attachments(figures), attached]
    document = render_pdf(html, title=title, created_at=data_cut_at, attachments=files)
    return Built(f"{plan.reference}-{data_cut_at:%Y%m%d}.pdf", title, figures, document)
