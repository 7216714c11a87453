"""Reports on the books: look at one, keep it with its figures, fetch it as CSV or PDF."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.core.errors import Invalid
from voucher.payments.books import operations
from voucher.payments.books.models import BooksKind, BooksReport
from voucher.payments.books.queries import kept as queries
from voucher.payments.books.queries.accruals import accruals
from voucher.payments.books.queries.funder import funder_claim
from voucher.payments.books.queries.years import financial_year_figures
from voucher.payments.books.rules import Period, month_of
from voucher.payments.books.tables import Figures
from voucher.programmes.models import Programme
from voucher.programmes.queries import programme_by_slug, programmes
from voucher.web.access import requires
from voucher.web.books_files import pdf_answer, table_as_csv
from voucher.web.paging import page_number
from voucher.web.staff.books_forms import AccrualsForm, FunderClaimForm, ReportForm, YearForm

blueprint = Blueprint("staff_books_reports", __name__, url_prefix="/staff/books/reports")

COMPARED = (BooksKind.ACCRUALS, BooksKind.FUNDER_CLAIM, BooksKind.YEAR_CLOSE)


@blueprint.get("/")
@requires(Permission.LEDGER_READ)
def reports() -> str:
    """Every report that was kept, newest first, and the ways to new ones."""
    return render_template("staff/books/reports.html", found=queries.kept_reports(page_number()))


@dataclass(frozen=True)
class Maker:
    """How one kind of report is asked for, looked at, and kept. `follows`: its kind, if each begins
    where the last one of that kind ended; `require`: raises Invalid where it can't be kept now."""

    form: type[ReportForm]
    build: Callable[[Any, Programme], Figures]
    keep: Callable[..., BooksReport]
    follows: BooksKind | None = None
    require: Callable[..., None] = lambda form, **_: None


def _period_of(form: Any) -> Period:
    if form.last.data < form.first.data:
        raise Invalid("The last day must not be before the first.", "last")
    return Period(form.first.data, form.last.data)


def _year_of(form: Any, programme: Programme) -> Period:
    ends_on = month_of(date(form.year.data, programme.year_end_month, 1)).last
    return operations.year_ending(programme=programme, ends_on=ends_on)


ACCRUALS = Maker(
    AccrualsForm,
    lambda form, programme: accruals(programme, form.day.data),
    lambda form, **who: operations.keep_accruals(day=form.day.data, **who),
)
FUNDER_CLAIM = Maker(
    FunderClaimForm,
    lambda form, programme: funder_claim(programme, _period_of(form)),
    lambda form, **who: operations.claim_from_funder(period=_period_of(form), **who),
    BooksKind.FUNDER_CLAIM,
    lambda form, **who: operations.require_claimable(period=_period_of(form), **who),
)
YEAR = Maker(
    YearForm,
    lambda form, programme: financial_year_figures(programme, _year_of(form, programme)),
    lambda form, **who: operations.close_year(ends_on=_year_of(form, who["programme"]).last, **who),
    BooksKind.YEAR_CLOSE,
    lambda form, **who: operations.require_closable(year=_year_of(form, who["programme"]), **who),
)


@blueprint.get("/accruals")
@requires(Permission.LEDGER_READ)
def look_at_accruals() -> Any:
    """What a programme owed and had promised at the end of a day."""
    return _look(ACCRUALS, "staff/books/accruals.html")


@blueprint.post("/accruals")
@requires(Permission.BOOKS_REPORT)
def keep_accruals() -> Any:
    """Keep those accruals."""
    return _keep(ACCRUALS, "staff/books/accruals.html")


@blueprint.get("/funder-claim")
@requires(Permission.LEDGER_READ)
def look_at_funder_claim() -> Any:
    """What a programme defrayed in a period."""
    return _look(FUNDER_CLAIM, "staff/books/funder_claim.html")


@blueprint.post("/funder-claim")
@requires(Permission.BOOKS_REPORT)
def keep_funder_claim() -> Any:
    """Make the claim of that period."""
    return _keep(FUNDER_CLAIM, "staff/books/funder_claim.html")


@blueprint.get("/year")
@requires(Permission.LEDGER_READ)
def look_at_year() -> Any:
    """A financial year of a programme."""
    return _look(YEAR, "staff/books/year.html")


@blueprint.post("/year")
@requires(Permission.BOOKS_REPORT)
def close_year() -> Any:
    """Close that year."""
    return _keep(YEAR, "staff/books/year.html")


def _filled(maker: Maker) -> ReportForm:
    form = maker.form(request.form if request.method == "POST" else request.args)
    form.offer([(one.slug, one.name) for one in programmes()])
    return form


def _look(maker: Maker, template: str) -> Any:
    form = _filled(maker)
    if not request.args:
        return _shown(maker, template, form, None)
    figures, bar = None, ""
    if form.validate():
        programme = programme_by_slug(form.programme.data)
        try:
            figures = maker.build(form, programme)
        except Invalid as error:
            form.refuse(error)
        else:
            bar = _bar(maker, form, programme)
    return _shown(maker, template, form, figures, bar), 200 if figures else 422


def _bar(maker: Maker, form: ReportForm, programme: Programme) -> str:
    """Why what is shown can't be kept now, in words; empty if it can."""
    try:
        maker.require(form, programme=programme, at=clock.now())
    except Invalid as error:
        return str(error)
    return ""


def _keep(maker: Maker, template: str) -> Any:
    form = _filled(maker)
    if form.validate():
        programme = programme_by_slug(form.programme.data)
        try:
            made = maker.keep(form, programme=programme, by=current_user.id, at=clock.now())
        except Invalid as error:
            form.refuse(error)
        else:
            flash("The report is kept. Its PDF is ready in a minute or so.", "success")
            return redirect(url_for(".report", reference=made.reference))
    return _shown(maker, template, form, None), 422


def _shown(
    maker: Maker, template: str, form: ReportForm, figures: Figures | None, bar: str = ""
) -> str:
    plain = figures.as_json() if figures else None
    sent = {name: value for name, value in request.args.items() if value}
    over = "day" not in form or form.day.data is None or form.day.data < clock.today()
    return render_template(
        template, form=form, figures=plain, sent=sent, over=over, lasts=_lasts(maker), bar=bar
    )


def _lasts(maker: Maker) -> list[tuple[str, BooksReport, date]]:
    """Of a kind whose reports follow each other: each programme’s name, its last one, and the day
    on which the next begins."""
    if maker.follows is None:
        return []
    found = [(one.name, queries.last_of(maker.follows, one.id)) for one in programmes()]
    return [(name, last, last.to_on + timedelta(days=1)) for name, last in found if last]


@blueprint.get("/<reference>")
@requires(Permission.LEDGER_READ)
def report(reference: str) -> str:
    """One kept report with its figures, and whether the books still say the same."""
    found = queries.kept_by_reference(reference)
    compared = found.report.kind in COMPARED
    return render_template(
        "staff/books/report.html",
        found=found,
        figures=found.report.figures,
        compared=compared,
        differences=operations.differences(report=found.report) if compared else {},
        names=names_of([found.report.made_by_id]),
    )


@blueprint.get("/<reference>/<table>.csv")
@requires(Permission.LEDGER_READ)
def report_table(reference: str, table: str) -> Response:
    """A table of a kept report as CSV."""
    found = queries.kept_by_reference(reference)
    return table_as_csv(found.report.figures, table, found.report.reference)


@blueprint.get("/<reference>/document")
@requires(Permission.LEDGER_READ)
def document(reference: str) -> Response:
    """The PDF of a kept report."""
    return pdf_answer(queries.kept_by_reference(reference))


@blueprint.post("/<reference>/document")
@requires(Permission.BOOKS_REPORT)
def ask_document(reference: str) -> Any:
    """Have a PDF built again that could not be built."""
    found = queries.kept_by_reference(reference)
    operations.ask_document(report=found.report, by=current_user.id, at=clock.now())
    flash("The PDF is being built. It is ready in a minute or so.", "success")
    return redirect(url_for(".report", reference=reference))
