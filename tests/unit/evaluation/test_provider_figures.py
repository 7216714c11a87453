"""The figures of a provider's summary: they add up, and small numbers are withheld."""

from typing import Any

from tests.factories.evaluation import BASELINE, FOLLOW_UP
from voucher.evaluation.models import Wave
from voucher.evaluation.provider_figures import Taster, provider_figures


def taster(**values: Any) -> Taster:
    prices = {"net_price_pence": 100_000, "voucher_pence": 50_000, "contribution_pence": 70_000}
    return Taster(**{"offering": "Stock by scanner", **prices, **values})


def test_nobody_makes_nothing() -> None:
    found = provider_figures([])
    assert found["work"]["redeemed"] == 0
    assert found["offerings"] == []
    assert found["ratings"] == {"n": 0, "mean": None}
    assert found["follow_up"] == {}


def test_work_prices_and_ratings() -> None:
    paid = [taster(is_claimed=True, is_paid=True, confirmed=True, stars=4) for _ in range(8)]
    rows = [*paid, *(taster(is_claimed=True, confirmed=False, stars=1) for _ in range(5))]
    rows += [taster(is_cancelled=True) for _ in range(6)] + [taster() for _ in range(7)]
    found = provider_figures(rows)
    assert found["work"] == {
        "redeemed": 26,
        "paid": 8,
        "claimed": 5,
        "cancelled": 6,
        "under_way": 7,
        "said": 13,
        "confirmed": 8,
        "disputed": 5,
        "silent": 13,
    }
    assert found["prices"]["voucher_pence"] == 50_000
    assert found["ratings"] == {"n": 13, "mean": 2.8}
    assert found["offerings"] == [
        {"code": "Stock by scanner", "count": 26, "net_price_pence": 100_000}
    ]


def test_a_small_number_and_what_would_give_it_away_are_withheld() -> None:
    rows = [taster(is_claimed=True, is_paid=True, confirmed=True, stars=5) for _ in range(9)]
    rows += [taster(is_claimed=True, confirmed=False, offering="Web shop") for _ in range(2)]
    found = provider_figures(rows)
    work = found["work"]
    assert work["claimed"] is None
    assert work["paid"] is None or work["redeemed"] is None
    assert work["disputed"] is None
    assert work["confirmed"] is None
    assert [line["count"] for line in found["offerings"]] == [None, None]
    assert [line["net_price_pence"] for line in found["offerings"]] == [None, None]


def test_of_fewer_than_five_vouchers_nothing_is_told() -> None:
    """That nobody of four has disputed the work would tell it of each."""
    answers = {Wave.BASELINE: BASELINE, Wave.MONTH_3: FOLLOW_UP}
    row = taster(is_claimed=True, is_paid=True, confirmed=True, answers=answers, stars=5)
    found = provider_figures([row] * 4)
    assert set(found["work"].values()) == {None}
    assert found["ratings"] == {"n": None, "mean": None}
    assert (found["offerings"], found["follow_up"]) == ([], {})
    assert found["prices"]["voucher_pence"] is None
    assert provider_figures([taster()])["ratings"]["n"] is None
    assert provider_figures([row] * 5)["work"]["disputed"] == 0


def test_hidden_offerings_are_at_least_five_together() -> None:
    """Two and two hidden: the average of all and that of the rest would give their price."""
    rows = [taster(offering=title) for title in ("A", "B")] * 2
    rows += [taster(offering="C") for _ in range(9)] + [taster(offering="D") for _ in range(8)]
    found = {line["code"]: line["count"] for line in provider_figures(rows)["offerings"]}
    assert found == {"A": None, "B": None, "C": 9, "D": None}
    alone = provider_figures([taster(offering=each) for each in "ABABC"])["offerings"]
    assert {line["count"] for line in alone} == {None}


def test_few_ratings_make_no_mean() -> None:
    found = provider_figures([taster(stars=3) for _ in range(4)])
    assert found["ratings"] == {"n": None, "mean": None}


def test_users_are_followed_before_and_after() -> None:
    answers = {Wave.BASELINE: BASELINE, Wave.MONTH_3: FOLLOW_UP}
    rows = [taster(answers=answers, asked=frozenset({Wave.MONTH_3})) for _ in range(6)]
    found = provider_figures(rows)
    assert found["replies"]["month_3"]["answered"] == 6
    hours = next(
        line for line in found["follow_up"]["month_3"] if line["code"] == "hours_lost_week"
    )
    assert (hours["before"], hours["after"], hours["n"]) == (10.0, 4.0, 6)
    assert list(found["follow_up"]) == ["month_3"]
