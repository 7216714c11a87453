"""The words of the subsidy papers, under a version: what is sent, confirmed and given. Pure.

Source: Subsidy Control Act 2022, section 37. Before the award: a written statement that says that
Minimal Financial Assistance is proposed and its gross value, and asks for written confirmation that
the threshold will not be exceeded. With the award: a written statement of the date and the gross
value. The recipient keeps its records for three years. A change of words is a new version; what
was sent is stored whole.
"""

import re
from datetime import date

from voucher.core.money import Money

TEXT_VERSION = "2026-1"

_NOTICE = """\
{scheme} proposes to give {business} a subsidy by way of Minimal Financial Assistance, under \
section 36 of the Subsidy Control Act 2022.

The gross value of the assistance is {gross}.

The law limits the Minimal Financial Assistance and similar support that one business, together \
with every enterprise under common control with it, may receive to {threshold} in the elapsed part \
of the current financial year and the two financial years before it: that is, since {window}.

Counting everything that you have declared and what this programme has given you, {counted} of \
that limit is used.

Please confirm in writing that receiving {gross} will not take your business and its group over \
the limit. Answer by {answer_by}. No award is made until you confirm.

Keep a record of any assistance you receive for at least three years from the day it is given."""

_CONFIRMATION = """\
We confirm that receiving {gross} by way of Minimal Financial Assistance from {scheme} will not \
take our business, and every enterprise under common control with it, over the limit stated in the \
notice. What we have declared of earlier support is complete and correct."""

_STATEMENT = """\
{scheme} gave {business} a subsidy by way of Minimal Financial Assistance under section 36 of the \
Subsidy Control Act 2022 on {given_on}. Its gross value is {gross}. Keep this statement for at \
least three years from that day: you must count this support when anybody proposes more to you."""


def notice_text(
    *,
    scheme: str,
    business: str,
    gross_pence: int,
    threshold_pence: int,
    counted_pence: int,
    window_start: date,
    answer_by_on: date,
) -> str:
    """The notification that goes to the business before an award (section 37(2))."""
    return _NOTICE.format(
        scheme=scheme,
        business=business,
        gross=Money(gross_pence),
        threshold=Money(threshold_pence),
        counted=Money(counted_pence),
        window=_written(window_start),
        answer_by=_written(answer_by_on),
    )


def confirmation_text(*, scheme: str, gross_pence: int) -> str:
    """What the business confirms by its button (section 37(3))."""
    return _CONFIRMATION.format(scheme=scheme, gross=Money(gross_pence))


def award_statement(*, scheme: str, business: str, gross_pence: int, given_on: date) -> str:
    """The statement that goes with the award: its date and its gross value (section 37(5))."""
    return _STATEMENT.format(
        scheme=scheme, business=business, gross=Money(gross_pence), given_on=_written(given_on)
    )


def giver_in(statement: str) -> str:
    """The name of the scheme that gave the award of this statement; empty if it does not say."""
    found = re.match(r"(.+?) gave .+ a subsidy by way of ", statement, re.DOTALL)
    return found[1] if found else ""


def _written(on: date) -> str:
    return f"{on.day} {on:%B %Y}"
