"""A provider's monthly statements: every entry that concerns its money, between two balances."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.payments.books.operations import ask_document, keep_statement
from voucher.payments.books.queries.kept import kept_by_reference, statements_kept
from voucher.payments.books.queries.statements import statement
from voucher.providers.queries import provider_of
from voucher.web.access import current_member, requires
from voucher.web.books_files import pdf_answer, table_as_csv
from voucher.web.statements import month_asked, months_of, statement_page

blueprint = Blueprint("provider_statements", __name__, url_prefix="/provider/money/statements")


@blueprint.get("/")
@requires(Permission.PROVIDER_MONEY)
def statements() -> str:
    """The months, and the PDFs that were asked for."""
    provider = provider_of(current_member())
    return render_template(
        "provider/statements/list.html",
        months=months_of(provider),
        kept=statements_kept(provider.id),
    )


@blueprint.get("/<month>")
@requires(Permission.PROVIDER_MONEY)
def month(month: str) -> str:
    """The statement of one month."""
    provider = provider_of(current_member())
    page = statement_page(provider, month_asked(month))
    return render_template("provider/statements/statement.html", **page)


@blueprint.get("/<month>/<table>.csv")
@requires(Permission.PROVIDER_MONEY)
def month_table(month: str, table: str) -> Response:
    """A table of the statement as CSV."""
    provider, period = provider_of(current_member()), month_asked(month)
    figures = statement(provider, period).as_json()
    return table_as_csv(figures, table, f"statement-{provider.reference}-{period.month}")


@blueprint.post("/<month>/document")
@requires(Permission.PROVIDER_MONEY)
def keep(month: str) -> Any:
    """Keep the statement as it is now and have its PDF built."""
    provider, period = provider_of(current_member()), month_asked(month)
    keep_statement(provider=provider, period=period, by=current_user.id, at=clock.now())
    flash("The PDF is being made. It is ready in a minute or so.", "success")
    return redirect(url_for(".statements"))


@blueprint.get("/kept/<reference>")
@requires(Permission.PROVIDER_MONEY)
def document(reference: str) -> Response:
    """The PDF of a kept statement."""
    provider = provider_of(current_member())
    return pdf_answer(kept_by_reference(reference, provider.id))


@blueprint.post("/kept/<reference>")
@requires(Permission.PROVIDER_MONEY)
def build_again(reference: str) -> Any:
    """Have a PDF built again that could not be built."""
    provider = provider_of(current_member())
    found = kept_by_reference(reference, provider.id)
    ask_document(report=found.report, by=current_user.id, at=clock.now())
    flash("The PDF is being made. It is ready in a minute or so.", "success")
    return redirect(url_for(".statements"))
