"""Providers' statements as officers see them."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.payments.books.operations import keep_statement
from voucher.payments.books.queries.kept import statements_kept
from voucher.payments.books.queries.statements import statement
from voucher.providers.queries import provider_by_reference
from voucher.web.access import requires
from voucher.web.books_files import table_as_csv
from voucher.web.statements import month_asked, months_of, statement_page

blueprint = Blueprint("staff_statements", __name__, url_prefix="/staff/books/statements")


@blueprint.get("/<reference>")
@requires(Permission.LEDGER_READ)
def statements(reference: str) -> str:
    """The months of a provider, and what was kept of them."""
    provider = provider_by_reference(reference)
    return render_template(
        "staff/books/statements.html",
        provider=provider,
        months=months_of(provider),
        kept=statements_kept(provider.id),
    )


@blueprint.get("/<reference>/<month>")
@requires(Permission.LEDGER_READ)
def month(reference: str, month: str) -> str:
    """The statement of one month."""
    page = statement_page(provider_by_reference(reference), month_asked(month))
    return render_template("staff/books/statement.html", **page)


@blueprint.get("/<reference>/<month>/<table>.csv")
@requires(Permission.LEDGER_READ)
def month_table(reference: str, month: str, table: str) -> Response:
    """A table of the statement as CSV."""
    provider, period = provider_by_reference(reference), month_asked(month)
    figures = statement(provider, period).as_json()
    return table_as_csv(figures, table, f"statement-{provider.reference}-{period.month}")


@blueprint.post("/<reference>/<month>/document")
@requires(Permission.BOOKS_REPORT)
def keep(reference: str, month: str) -> Any:
    """Keep the statement as it is now and have its PDF built."""
    provider, period = provider_by_reference(reference), month_asked(month)
    made = keep_statement(provider=provider, period=period, by=current_user.id, at=clock.now())
    flash("The statement is kept. Its PDF is ready in a minute or so.", "success")
    return redirect(url_for("staff_books_reports.report", reference=made.reference))
