"""How values look on a page: money, dates, times, percentages, statuses.

Everything here is pure text work on values that are already loaded: no session, no query, no clock.
Whole pence in, basis points in, UTC in; British forms out, with times in Europe/London.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, url_for
from markupsafe import Markup
from werkzeug.routing import BuildError

from voucher.businesses.ways import way_label

LONDON = ZoneInfo("Europe/London")
TAG_COLOURS = frozenset(
    {"grey", "blue", "teal", "green", "purple", "magenta", "red", "orange", "yellow"}
)
NOTHING = "–"


def init_display(app: Flask) -> None:
    """Register the filters, the `status_tag` and `address_of` globals and the scheme's identity."""
    app.jinja_env.filters.update(
        pounds=pounds,
        whole_pounds=whole_pounds,
        day=day,
        short_day=short_day,
        iso_day=iso_day,
        moment=moment,
        cut=cut,
        clock_time=clock_time,
        iso=iso,
        percentage=percentage,
        grouped=grouped,
        counted=counted,
        listed=listed,
        uncapped=uncapped,
        paragraphs=paragraphs,
        way=way_label,
    )
    app.jinja_env.globals.update(status_tag=status_tag, address_of=address_of)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(identity)


def identity() -> dict[str, object]:
    """Name of the scheme, and whether its people and its money are real, for the layouts."""
    settings = current_app.extensions.get("settings")
    return {
        "scheme_name": getattr(settings, "scheme_name", current_app.name),
        "is_demonstration": getattr(settings, "is_demonstration", False),
        "is_training": not getattr(settings, "moves_real_money", True),
        "sandbox_address": getattr(settings, "stripe_api_base", ""),
        "contact_email": getattr(settings, "mail_from", ""),
    }


def pounds(pence: int | None) -> str:
    """Whole pence → "£1,000.50"; a minus sign stands before the pound sign."""
    if pence is None:
        return NOTHING
    sign, rest = ("−", -pence) if pence < 0 else ("", pence)
    return f"{sign}£{rest // 100:,}.{rest % 100:02d}"


def whole_pounds(pence: int | None) -> str:
    """Whole pence → "£1,000" when there are no odd pence, otherwise as `pounds`."""
    if pence is None or pence % 100:
        return pounds(pence)
    return pounds(pence).removesuffix(".00")


def day(value: date | datetime | None) -> str:
    """A date, or the London date of a UTC time → "4 December 2026"."""
    if value is None:
        return NOTHING
    local = _in_london(value)
    return f"{local.day} {local:%B %Y}"


def short_day(value: date | datetime | None) -> str:
    """A date, or the London date of a UTC time → "4 Dec 2026", for narrow tables."""
    if value is None:
        return NOTHING
    local = _in_london(value)
    return f"{local.day} {local:%b %Y}"


def iso_day(text: str) -> str:
    """A date as JSON keeps it ("2026-12-04") → "4 Dec 2026"."""
    return short_day(date.fromisoformat(text))


def clock_time(value: datetime) -> str:
    """A UTC time → "9:05am", "midday", "midnight" in London."""
    local = _in_london(value)
    if (local.hour, local.minute) in {(0, 0), (12, 0)}:
        return "midday" if local.hour else "midnight"
    return f"{local.hour % 12 or 12}:{local.minute:02d}{'am' if local.hour < 12 else 'pm'}"


def moment(value: datetime | None) -> str:
    """A UTC time → "4 December 2026 at 9:05am", in London."""
    if value is None:
        return NOTHING
    return f"{day(value)} at {clock_time(value)}"


def cut(value: datetime) -> str:
    """A UTC time up to which something counts → as `moment`, but "the end of 3 December 2026" for
    the midnight in London with which the 4th begins: people read "midnight" either way."""
    local = _in_london(value)
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        return f"the end of {day(local.date() - timedelta(days=1))}"
    return moment(value)


def iso(value: date | datetime | None) -> str:
    """A machine-readable date or time for `<time datetime>`; empty for None."""
    return "" if value is None else value.isoformat()


def _in_london(value: Any) -> Any:
    """A datetime in Europe/London; a plain date as it is. Refuses a naive datetime."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError("a time without a time zone can’t be shown")
    return value.astimezone(UTC).astimezone(LONDON)


def percentage(bps: int | None) -> str:
    """Basis points → "50%", "12.5%", "17.25%"; exact, nothing is rounded."""
    if bps is None:
        return NOTHING
    whole, rest = divmod(abs(bps), 100)
    decimals = f".{rest:02d}".rstrip("0") if rest else ""
    return f"{'−' if bps < 0 else ''}{whole}{decimals}%"


def grouped(number: int | None) -> str:
    """A whole number with thousands separated: "10,000"."""
    return NOTHING if number is None else f"{number:,}".replace("-", "−")


def counted(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: "1 voucher", "2 vouchers", "0 vouchers"."""
    return f"{grouped(number)} {singular if number == 1 else plural or singular + 's'}"


def listed(items: list[str] | tuple[str, ...], joint: str = "and") -> str:
    """Words as a sentence lists them: "a", "a and b", "a, b and c", "a and b, and c"."""
    words = [str(item) for item in items]
    if len(words) < 2:
        return "".join(words)
    comma = "," if any(f" {joint} " in word for word in words) else ""
    return f"{', '.join(words[:-1])}{comma} {joint} {words[-1]}"


def uncapped(label: str) -> str:
    """A label inside a sentence: "At the provider’s Stripe account" becomes "at the provider’s
    Stripe account"; a first word like VAT or PDF stays."""
    return label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def paragraphs(text: str | None) -> Markup:
    """Free text as escaped paragraphs; a blank line separates, a single line break is kept."""
    blocks = [part.strip() for part in (text or "").replace("\r\n", "\n").split("\n\n")]
    lines = [Markup("<br>").join(block.split("\n")) for block in blocks if block]
    return Markup("\n").join(Markup('<p class="govuk-body">{}</p>').format(line) for line in lines)


@lru_cache(maxsize=512)
def status_tag(label: str, colour: str = "grey") -> Markup:
    """A status as a coloured tag; the words carry the meaning, the colour only helps.

    Remembered: lists show the same few tags in every row.
    """
    if colour not in TAG_COLOURS:
        raise ValueError(f"{colour!r} is not a colour of a status tag")
    return Markup('<strong class="govuk-tag govuk-tag--{}">{}</strong>').format(colour, label)


def address_of(endpoint: str, **values: object) -> str:
    """The address of a page, or "" where this installation has no such page.

    For layouts and navigation only, which also serve small applications (tests, the sign-in pages
    alone); a page links with `url_for`, so that a wrong name fails.
    """
    try:
        return url_for(endpoint, **values)
    except BuildError:
        return ""
