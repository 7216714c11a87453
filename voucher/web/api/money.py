"""Payments of claims, and monthly statements."""

from voucher.core import clock
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.payments.books.queries.statements import statement
from voucher.payments.books.rules import Period, month_named
from voucher.payments.queries.provider import payment_for_provider, payments_before
from voucher.providers.api_keys.rules import Scope
from voucher.providers.models import Provider
from voucher.web.api import shapes
from voucher.web.api.contract import FIRST_REFERENCE, Answer, Call, operation
from voucher.web.api.pages import page_of
from voucher.web.statements import months_of


@operation(
    "GET",
    "/payouts",
    name="listPayouts",
    summary="List your payments",
    tag="Money",
    scope=Scope.PAYOUTS_READ,
    answers={200: "PayoutList"},
    paged=True,
    links={"getPayout": {"reference": FIRST_REFERENCE}},
)
def payouts(call: Call) -> Answer:
    """One for each approved claim, the latest first."""
    provider_id, before = call.caller.provider_id, None
    if call.cursor:
        before = payment_for_provider(provider_id, call.cursor).payment.id
    found = payments_before(provider_id, before, call.limit + 1)
    return Answer(page_of([shapes.payout(one) for one in found], call.limit))


@operation(
    "GET",
    "/payouts/<reference>",
    name="getPayout",
    summary="See where a payment is",
    tag="Money",
    scope=Scope.PAYOUTS_READ,
    answers={200: "Payout"},
)
def payout(call: Call) -> Answer:
    """From approval to your bank."""
    found = payment_for_provider(call.caller.provider_id, call.gaps["reference"])
    return Answer(shapes.payout(found))


@operation(
    "GET",
    "/statements",
    name="listStatements",
    summary="List the months with a statement",
    tag="Money",
    scope=Scope.STATEMENTS_READ,
    answers={200: "StatementList"},
    links={"getStatement": {"month": "$response.body#/items/0/month"}},
)
def statements(call: Call) -> Answer:
    """All of them, the latest first."""
    months = months_of(_provider(call))
    items = [{"month": one.month, "so_far": _so_far(one)} for one in months]
    return Answer({"items": items, "next": None})


@operation(
    "GET",
    "/statements/<month>",
    name="getStatement",
    summary="See the statement of a month",
    tag="Money",
    scope=Scope.STATEMENTS_READ,
    answers={200: "Statement"},
)
def month(call: Call) -> Answer:
    """Every entry in the programme’s books that concerns your money, between two balances."""
    period = month_named(call.gaps["month"])
    if period is None or period.first > clock.today():
        raise NotFound("There is no statement of such a month.")
    figures = statement(_provider(call), period).as_json()
    return Answer(shapes.statement(call.gaps["month"], figures, so_far=_so_far(period)))


def _so_far(period: Period) -> bool:
    return period.last >= clock.today()


def _provider(call: Call) -> Provider:
    return session.get_one(Provider, call.caller.provider_id)
