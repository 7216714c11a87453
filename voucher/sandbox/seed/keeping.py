"""The books on paper: finance keeps a statement, accruals, a claim to the funder, a closed year."""

from datetime import datetime, timedelta

from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.payments.books import operations as books
from voucher.payments.books.rules import Period, financial_year, month_of
from voucher.programmes.models import Programme
from voucher.providers.models import Provider
from voucher.sandbox.seed.stage import LAST_YEAR_BEGAN_DAYS_AGO, Stage


def keep_books(stage: Stage, at: datetime) -> None:
    """Keep one report of each kind, of periods that are over; the worker builds their PDFs."""
    by, programme = stage.people["finance"], programme_of(stage)
    last_month = month_of(london_date(at).replace(day=1) - timedelta(days=1))
    month_before = month_of(last_month.first - timedelta(days=1))
    began = month_of(stage.day(LAST_YEAR_BEGAN_DAYS_AGO)).first
    settled_on = london_date(at - 2 * books.SETTLING)
    ended_on = financial_year(settled_on, programme.year_end_month).first - timedelta(days=1)
    books.keep_statement(
        provider=session.get_one(Provider, stage.people["cast_provider"]),
        period=last_month,
        by=by,
        at=at,
    )
    books.keep_accruals(programme=programme, day=last_month.last, by=by, at=at)
    claimed = Period(began, month_before.last)
    books.claim_from_funder(programme=programme, period=claimed, by=by, at=at)
    books.close_year(programme=programme, ends_on=ended_on, by=by, at=at)


def keep_accruals(stage: Stage, at: datetime) -> None:
    """Keep the accruals of the day before."""
    yesterday = london_date(at) - timedelta(days=1)
    by = stage.people["finance"]
    books.keep_accruals(programme=programme_of(stage), day=yesterday, by=by, at=at)


def programme_of(stage: Stage) -> Programme:
    """The programme of the demonstration."""
    return stage.round("now").programme
