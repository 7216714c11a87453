"""The books: every account with its balance, and every entry with who, when and what caused it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core.clock import london_date
from voucher.ledger.models import AccountKind
from voucher.ledger.rules import WHERE_MONEY_IS, Account
from voucher.payments.books.beancount import Names
from voucher.payments.books.queries import accounts as queries
from voucher.payments.books.queries.years import LABELS
from voucher.payments.books.tables import decimal, written
from voucher.web.access import may_open, requires
from voucher.web.books_files import rows_as_csv
from voucher.web.paging import page_number
from voucher.web.staff.books_forms import BooksFilterForm, scope_of
from voucher.web.staff.money_words import effect_words

blueprint = Blueprint("staff_books", __name__, url_prefix="/staff/books")

SOURCES = {
    "payment": "staff_payments.payment",
    "claim": "staff_claims.claim",
    "award": "staff_vouchers.voucher",
    "voucher": "staff_vouchers.voucher",
    "redemption": "staff_vouchers.voucher",
    "amendment": "staff_claims.claim",
    "clawback": "staff_clawbacks.clawback",
    "clawback_netting": "staff_clawbacks.clawback",
    "unexplained_movement": "staff_differences.movement",
    "round": "staff_programmes.round_page",
}
"""Where what caused an entry can be looked at: pages that take a reference."""

SOURCE_WORDS = {
    "top_up": "Top-up",
    "award": "Award of voucher",
    "redemption": "Redemption of voucher",
    "amendment": "Amendment of claim",
    "lesser_work": "Less work agreed, number",
    "clawback_netting": "Set-off of clawback",
    "unexplained_movement": "Movement made by hand at Stripe",
}
"""What a table is called before the reference of what caused an entry, where its own name is not
plain enough. A top-up has no page: it is Stripe's own, and goes by Stripe's number."""


@blueprint.get("/")
@requires(Permission.LEDGER_READ)
def accounts() -> Any:
    """The accounts in scope with their balances, and what they come to."""
    form = BooksFilterForm(request.args)
    form.offer(queries.parts())
    if not form.validate():
        return render_template("staff/books/accounts.html", form=form, found=None), 422
    found = queries.accounts_page(scope_of(form), page_number())
    return render_template(
        "staff/books/accounts.html",
        form=form,
        found=found,
        labels=LABELS,
        sides=_sides(found.sums),
        wanted=_wanted(),
        entries_of=lambda one: url_for(".entries", **_address_of(one.account, found.names)),
    )


def _sides(sums: Mapping[AccountKind, int]) -> dict[str, list[tuple[str, int]]]:
    """The sums in pence in words, by the two sides of the books, which come to the same."""
    sides: dict[str, list[tuple[str, int]]] = {"What it is for": [], "Where it is": []}
    for kind, words in LABELS.items():
        if kind in sums:
            side = "Where it is" if kind in WHERE_MONEY_IS else "What it is for"
            sides[side].append((words, sums[kind]))
    return sides


@blueprint.get("/accounts.csv")
@requires(Permission.LEDGER_READ)
def accounts_file() -> Response:
    """The same accounts, all of them, as CSV."""
    form = _filled()
    found = queries.accounts_in(scope_of(form))
    names = queries.names_in(found)
    heading = ("Account", "Round", "Provider", "In (£)", "Out (£)", "Balance (£)")
    rows = (
        (
            LABELS[one.kind],
            *_names_of(one.account, names),
            decimal(one.debits),
            decimal(one.credits),
            decimal(one.pence),
        )
        for one in found
    )
    return rows_as_csv(heading, rows, "accounts.csv")


@blueprint.get("/entries")
@requires(Permission.LEDGER_READ)
def entries() -> Any:
    """The entries in scope, newest first."""
    form = BooksFilterForm(request.args)
    form.offer(queries.parts())
    if not form.validate():
        return render_template("staff/books/entries.html", form=form, found=None), 422
    found = queries.entries_page(scope_of(form), page_number())
    return render_template(
        "staff/books/entries.html",
        form=form,
        found=found,
        labels=LABELS,
        wanted=_wanted(),
        people=names_of([move.by_user_id for move in found.entries.rows]),
        source_address=_source_address,
        source_words=_source_words,
    )


@blueprint.get("/entries.csv")
@requires(Permission.LEDGER_READ)
def entries_file() -> Response:
    """The same entries, all of them, oldest first, as CSV."""
    found = queries.entries_in(scope_of(_filled()))
    people = names_of([move.by_user_id for move in found.entries.rows])
    heading = (
        *("Entry", "Journal", "Date", "Time", "Who", "What", "Source", "Reference"),
        *("To", "To round", "To provider", "From", "From round", "From provider", "Amount (£)"),
        "What in words",
    )
    rows = (
        (
            str(move.entry_id),
            str(move.journal_id),
            london_date(move.at).isoformat(),
            move.at.isoformat(),
            written(people.get(move.by_user_id or 0, "The system")),
            move.effect,
            move.source_kind,
            found.references[move.source_kind, move.source_id],
            LABELS[move.debit.kind],
            *_names_of(move.debit, found.names),
            LABELS[move.credit.kind],
            *_names_of(move.credit, found.names),
            decimal(move.pence),
            effect_words(move.effect),
        )
        for move in found.entries.rows
    )
    return rows_as_csv(heading, rows, "entries.csv")


def _filled() -> BooksFilterForm:
    """The form as the address fills it; what can't be read counts as not given."""
    form = BooksFilterForm(request.args)
    form.offer(queries.parts())
    form.validate()
    return form


def _wanted() -> dict[str, str]:
    """The filters of this address, for links that keep them."""
    return {name: value for name, value in request.args.items() if name != "page" and value}


def _names_of(account: Account, names: Names) -> tuple[str, str]:
    found = names.rounds.get(account.round_id), names.providers.get(account.provider_id)
    return written(found[0].name if found[0] else ""), written(found[1].name if found[1] else "")


def _address_of(account: Account, names: Names) -> Mapping[str, str]:
    """The filters that lead to one account's entries."""
    found = {"kind": account.kind.value}
    if account.round_id in names.rounds:
        found["part"] = names.rounds[account.round_id].reference
    if account.provider_id in names.providers:
        found["provider"] = names.providers[account.provider_id].reference
    return found


def _source_words(kind: str) -> str:
    return SOURCE_WORDS.get(kind, kind.replace("_", " ").capitalize())


def _source_address(kind: str, reference: str) -> str:
    """The page of what caused an entry, if there is one and it may be opened; else ""."""
    endpoint = SOURCES.get(kind)
    if endpoint is None or not may_open(endpoint):
        return ""
    return url_for(endpoint, reference=reference)
