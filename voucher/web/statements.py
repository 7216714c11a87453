"""A provider's statements, for the provider itself and for officers: months, one month, files."""

from typing import Any

from flask import abort

from voucher.core import clock
from voucher.payments.books.queries.statements import first_entry_on, statement
from voucher.payments.books.rules import Period, month_named, months_back
from voucher.providers.models import Provider

MOST_MONTHS = 120


def months_of(provider: Provider) -> list[Period]:
    """The months with a statement, newest first: from the first entry to this month."""
    first = first_entry_on(provider.id)
    return [] if first is None else months_back(clock.today(), first)[:MOST_MONTHS]


def month_asked(text: str) -> Period:
    """The month that an address names; 404 for none, and for one that has not begun."""
    period = month_named(text)
    if period is None or period.first > clock.today():
        abort(404)
    return period


def statement_page(provider: Provider, period: Period) -> dict[str, Any]:
    """What the page of a statement shows."""
    return {
        "provider": provider,
        "period": period,
        "figures": statement(provider, period).as_json(),
        "so_far": period.last >= clock.today(),
    }
