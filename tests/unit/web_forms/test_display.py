"""How money, dates, times, percentages and statuses look."""

from datetime import UTC, date, datetime

import pytest
from markupsafe import Markup

from voucher.web import display


@pytest.mark.parametrize(
    ("pence", "text"),
    [(100_050, "£1,000.50"), (0, "£0.00"), (5, "£0.05"), (-90_001, "−£900.01"), (None, "–")],
)
def test_pounds(pence, text):
    assert display.pounds(pence) == text


@pytest.mark.parametrize(
    ("pence", "text"), [(100_000, "£1,000"), (100_001, "£1,000.01"), (None, "–")]
)
def test_whole_pounds(pence, text):
    assert display.whole_pounds(pence) == text


@pytest.mark.parametrize(
    ("bps", "text"),
    [(5000, "50%"), (1250, "12.5%"), (1725, "17.25%"), (5, "0.05%"), (-250, "−2.5%"), (None, "–")],
)
def test_percentages_are_exact(bps, text):
    assert display.percentage(bps) == text


def test_dates_and_times_are_londons():
    summer_night = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert display.day(summer_night) == "1 July 2026"
    assert display.short_day(date(2026, 12, 4)) == "4 Dec 2026"
    assert display.moment(summer_night) == "1 July 2026 at 12:30am"
    assert display.moment(datetime(2026, 12, 4, 9, 5, tzinfo=UTC)) == "4 December 2026 at 9:05am"
    assert display.day(None) == display.moment(None) == display.short_day(None) == "–"


def test_a_cut_at_midnight_is_the_end_of_the_day_before():
    assert display.cut(datetime(2026, 11, 22, 0, 0, tzinfo=UTC)) == "the end of 21 November 2026"
    assert display.cut(datetime(2026, 6, 30, 23, 0, tzinfo=UTC)) == "the end of 30 June 2026"
    assert display.cut(datetime(2026, 6, 30, 23, 0, 1, tzinfo=UTC)) == "1 July 2026 at midnight"
    assert display.cut(datetime(2026, 12, 4, 9, 5, tzinfo=UTC)) == "4 December 2026 at 9:05am"


@pytest.mark.parametrize(("hour", "text"), [(0, "midnight"), (12, "midday"), (13, "1:00pm")])
def test_clock_times(hour, text):
    assert display.clock_time(datetime(2026, 12, 4, hour, 0, tzinfo=UTC)) == text


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        display.moment(datetime(2026, 12, 4, 9, 5))


def test_iso_is_for_machines():
    assert display.iso(date(2026, 12, 4)) == "2026-12-04"
    assert display.iso(None) == ""


def test_numbers_and_words():
    assert display.grouped(10_000) == "10,000"
    assert display.grouped(None) == "–"
    assert display.counted(1, "voucher") == "1 voucher"
    assert display.counted(0, "business", "businesses") == "0 businesses"
    assert display.listed(["a"]) == "a"
    assert display.listed(["a", "b"]) == "a and b"
    assert display.listed(("a", "b", "c"), "or") == "a, b or c"
    assert display.listed(["a and b", "c"]) == "a and b, and c"
    assert display.listed([]) == ""


def test_free_text_becomes_escaped_paragraphs():
    shown = display.paragraphs("one <b>\r\ntwo\r\n\r\nthree")
    assert isinstance(shown, Markup)
    assert shown.count("<p") == 2
    assert "one &lt;b&gt;<br>two" in shown
    assert display.paragraphs(None) == ""


def test_a_status_tag_escapes_and_knows_its_colours():
    assert display.status_tag("<i>", "green").count("&lt;i&gt;") == 1
    with pytest.raises(ValueError, match="mauve"):
        display.status_tag("Live", "mauve")


def test_an_address_of_a_missing_page_is_empty(small_app):
    small_app.add_url_rule("/here", "here", lambda: "")
    with small_app.test_request_context("/"):
        assert display.address_of("here") == "/here"
        assert display.address_of("nowhere.at_all") == ""


@pytest.mark.parametrize(
    ("label", "inside"),
    [
        ("At the provider’s Stripe account", "at the provider’s Stripe account"),
        ("VAT changed", "VAT changed"),
        ("", ""),
    ],
)
def test_a_label_inside_a_sentence_keeps_its_names(label, inside):
    assert display.uncapped(label) == inside
