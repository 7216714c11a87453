"""Official figures of some of those who applied, brought by the programme manager.

Two files: turnover of the last year that ended on 31 March with the staff of that day, and the
staff of the last month. Of each wave of a trial the analysis finds the figure that belongs to it.
"""

import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from voucher.core.clock import london_date
from voucher.evaluation.administrative.operations import import_figures, preview
from voucher.evaluation.administrative.queries import known_businesses
from voucher.evaluation.administrative.rules import DOUBTS, Known
from voucher.evaluation.plausible import before_of
from voucher.sandbox.seed.stage import Stage

KNOWN_SHARE = 0.7
NOBODY = "99999990"
"""A company number of nobody in the demonstration."""
HEAD = "company_number,measure,value,period_end,source"
TURNOVER_SOURCE, STAFF_SOURCE = "Fictional VAT returns", "Fictional PAYE records"


def bring_figures(stage: Stage, at: datetime) -> None:
    """Import both files, each looked at before."""
    today = london_date(at)
    year_end = date(today.year if today >= date(today.year, 4, 1) else today.year - 1, 3, 31)
    month_end = today.replace(day=1) - timedelta(days=1)
    _bring(stage, "turnover-and-staff.csv", _year_of, year_end, at)
    _bring(stage, "staff.csv", _staff_of, month_end, at + timedelta(minutes=10))


def _bring(
    stage: Stage,
    file_name: str,
    lines_of: Callable[[str, Known, date], Iterable[str]],
    ended: date,
    at: datetime,
) -> None:
    lines = [HEAD]
    for number, (known, *_) in sorted(known_businesses().items()):
        if random.Random(f"official-{number}").random() < KNOWN_SHARE:
            lines += lines_of(number, known, ended)
    lines.append(f"{NOBODY},staff,3,{ended},{STAFF_SOURCE}")
    content = "\n".join(lines).encode() + b"\n"
    expected = len(preview(content=content, at=at).sorted.taken(DOUBTS))
    import_figures(
        file_name=file_name,
        content=content,
        accepted=DOUBTS,
        expected=expected,
        by=stage.people["manager"],
        at=at,
    )


def _year_of(number: str, known: Known, ended: date) -> list[str]:
    draw = random.Random(f"turnover-{number}")
    turnover = before_of("turnover_pounds", known.baseline)
    if turnover is None:
        return []
    pounds = int(draw.uniform(turnover[0], min(turnover[1], 4 * turnover[0] + 25_000)))
    first = f"{number},turnover,{pounds},{ended},{TURNOVER_SOURCE}"
    return [first, *_staff_of(number, known, ended)]


def _staff_of(number: str, known: Known, ended: date) -> list[str]:
    draw = random.Random(f"staff-{number}-{ended:%m}")
    before = before_of("staff", known.baseline)
    if before is None:
        return []
    staff = max(0, before[0] + draw.choice((-1, 0, 0, 1)))
    return [f"{number},staff,{staff},{ended},{STAFF_SOURCE}"]
