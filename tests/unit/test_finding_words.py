"""The sentences over the tables of the fairness report and of trials, from figures made by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from voucher.matching.models import MatchStatus
from voucher.vouchers.fairness.figures import Market, fairness
from voucher.vouchers.fairness.standing import Choice, LastList, Need, Offer
from voucher.web.findings import SHARE, TEXT, Finding, per_cent
from voucher.web.staff.fairness_tables import lasting, ratio_in_words, tables_of
from voucher.web.staff.trials_tables import findings_of, in_hundredths

AT = datetime(2026, 6, 15, tzinfo=UTC)
DAY = 86_400


@pytest.mark.parametrize(
    ("looking", "free", "words"),
    [
        (0, 5, "Nobody is looking"),
        (1, 0, "No free place for 1 need"),
        (3, 2, "1.5 needs for each free place"),
        (2, 2, "Enough: 1.0 free places for each need"),
        (1, 48, "Enough: 48 free places for each need"),
    ],
)
def test_a_ratio_in_words(looking, free, words):
    assert ratio_in_words(Market("", looking, looking, 1, free)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "Not reached yet"),
        (3_600, "1 hour"),
        (2 * DAY - 1, "48 hours"),
        (2 * DAY, "2.0 days"),
        (9 * DAY + DAY // 2, "9.5 days"),
    ],
)
def test_a_wait_in_words(seconds, words):
    assert lasting(seconds) == words


def test_shares_and_hundredths():
    assert [per_cent(bps) for bps in (0, 5, 4, 1_234, 10_000)] == [
        "0.0%",
        "0.1%",
        "0.0%",
        "12.3%",
        "100.0%",
    ]
    assert [in_hundredths(value) for value in (None, 0, 4, 5, 200, 2_175)] == [
        "",
        "0",
        "0",
        "0.1",
        "2",
        "21.8",
    ]


def test_bars_are_drawn_against_the_largest_share():
    columns = (("Who", TEXT), ("Share", SHARE))
    assert Finding("a", "A", "A.", columns, [("x", 10), ("y", 250)]).largest_share == 250
    assert Finding("a", "A", "A.", columns, []).largest_share == 1


def sentences(needs, offers=()):
    found = fairness(needs, offers, {}, AT + timedelta(days=10))
    return {table.name: table.finding for table in tables_of(found, {})}


def need(number, **values):
    defaults = {"areas": ("stock-and-supply",), "outcode": "M1", "issued_at": AT}
    return Need(reference=f"APP-{number}", **{**defaults, **values})


def test_where_supply_is_short():
    far = Offer(
        offering_id=1,
        provider_id=1,
        areas=("stock-and-supply",),
        places=("remote",),
        capacity=1,
        free=1,
    )
    said = sentences([need(1), need(2)], [far])
    assert said["areas"].endswith("free places in: Stock and supply.")
    assert said["districts"] == (
        "In 1 of 1 district where somebody is looking, no provider with a free place comes on "
        "site. 1 free place of 1 offering done from afar serves every district besides."
    )
    assert said["gaps"] == "The commonest gap: the business has not asked who can help (2 of 2)."
    assert said["waits"].startswith("Fewer than half")
    assert said["providers"] == (
        "No list has been made yet. 1 provider with something on offer was never shown."
    )


def test_where_everybody_has_a_provider():
    agreed = Choice(1, 1, MatchStatus.AGREED, AT + timedelta(days=3))
    said = sentences([need(1, choices=[agreed], last_list=LastList([1]))])
    assert said["needs"].startswith("1 of 1 eligible application has an agreement")
    assert said["gaps"].startswith("Every need with a voucher has a provider")
    assert said["districts"].startswith("Nobody is looking in any district.")
    assert said["waits"] == (
        "Half of the businesses have had a provider’s yes within 3.0 days of their award, nine in "
        "ten within 3.0 days."
    )


def figures(rolling, expected, *, scored=None):
    drawn = {"expected": expected, "lowest": 0, "highest": 2}
    group = {"name": "stock-and-supply", "entrants": 4, "rolling": rolling, "scored": scored}
    return {
        "entrants": 4,
        "unmarked": 1,
        "rolling": rolling,
        "drawn": 2,
        "scored": scored,
        "rolling_pence": 100_000,
        "scored_pence": scored,
        "drawn_pence": {"expected": 10_000_050, "lowest": 1, "highest": 2},
        "rolling_drawn": 150,
        "rolling_scored": scored,
        "scored_drawn": scored,
        "drawn_drawn": 100,
        "groups": [
            {"kind": kind, "drawn": drawn, **group}
            for kind in ("council", "outcome_area", "size", "sector")
        ],
    }


def test_a_trial_in_words():
    found = {each.name: each for each in findings_of(figures(1, 250))}
    assert found["methods"].finding == (
        "Of 4 applications, 1 has a place by the order of decisions and 2 by lot."
    )
    assert "1 of these applications carries no marks" in found["methods"].note
    assert found["methods"].rows[1][2] == "£1,000.01"
    assert found["areas"].finding == (
        "The widest gap: Stock and supply has 1 by the order of decisions and 2.5 by lot."
    )
    assert found["areas"].note
    assert not found["sizes"].note
    close = {each.name: each for each in findings_of(figures(2, 250, scored=2))}
    assert close["methods"].finding.endswith("2 by lot and 2 by marks.")
    assert close["sectors"].finding.startswith("No group gains or loses")
