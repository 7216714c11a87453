"""The rule of the draw: quotas, order, list and seed."""

import hashlib
import hmac
import json
import math
import subprocess
import sys
from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.allocation.draw import (
    Entry,
    draw,
    drawn_order,
    frozen_lines,
    list_sha256,
    parse_hex,
    seed_of,
    share_places,
)
from voucher.allocation.rules import first_difference, published_form
from voucher.core.errors import Invalid

SEED = bytes(range(32))
SEEDS = 20_000
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=",\r\n"), min_size=1, max_size=12
)


@st.composite
def lists(draw_from):
    """Entries with unique references, all with strata or none."""
    references = draw_from(st.lists(NAMES, min_size=1, max_size=40, unique=True))
    if draw_from(st.booleans()):
        return [Entry(reference) for reference in references]
    strata = st.sampled_from(draw_from(st.lists(NAMES, min_size=1, max_size=5)))
    return [Entry(reference, draw_from(strata)) for reference in references]


@given(lists(), st.data(), st.binary(min_size=32, max_size=32))
def test_counts_are_exact(entries, data, seed):
    places = data.draw(st.integers(0, len(entries)))
    outcome = draw(entries, places=places, seed=seed)
    assert len(outcome.assigned) == places == sum(outcome.quotas.values())
    assert sorted(outcome.assigned + outcome.waiting) == sorted(
        entry.reference for entry in entries
    )
    stratum_of = dict(entries)
    assert Counter(stratum_of[name] for name in outcome.assigned) == +Counter(outcome.quotas)
    for name, quota in outcome.quotas.items():
        size = sum(entry.stratum == name for entry in entries)
        assert abs(quota - places * size / len(entries)) < 1
        assert 0 <= quota <= size


@given(lists(), st.data())
def test_the_order_of_the_input_does_not_matter(entries, data):
    places = data.draw(st.integers(0, len(entries)))
    other_way = data.draw(st.permutations(entries))
    assert draw(entries, places=places, seed=SEED) == draw(other_way, places=places, seed=SEED)


@given(lists(), st.data(), st.binary(min_size=32, max_size=32), st.text(max_size=20))
def test_what_is_published_is_found_right(entries, data, secret, public_value):
    places = data.draw(st.integers(0, len(entries)))
    public_value = "".join(c for c in public_value if not "\ud800" <= c <= "\udfff")
    outcome = draw(entries, places=places, seed=seed_of(secret, public_value))
    published = published_form(outcome, secret=secret, public_value=public_value)
    assert first_difference(json.loads(json.dumps(published))) is None


def test_a_stranger_re_performs_it_with_twenty_lines(tmp_path):
    entries = [
        Entry(f"APP-{n:04}", ("Hull", "Leeds", "Łódź", "York")[n % 7 % 4]) for n in range(97)
    ]
    secret, public_value = hashlib.sha256(b"sealed").digest(), "draw 4021: 3 9 17 22 31 48"
    outcome = draw(entries, places=31, seed=seed_of(secret, public_value))
    published = published_form(outcome, secret=secret, public_value=public_value)
    script, file = Path(__file__).with_name("redraw.py"), tmp_path / "published.json"
    for tampered, status in ((False, 0), (True, 1)):
        if tampered:
            published["assigned"][0], published["waiting"][0] = "APP-0000", "APP-0001"
        file.write_text(json.dumps(published), encoding="utf-8")
        done = subprocess.run([sys.executable, "-I", str(script), str(file)], check=False)
        assert done.returncode == status


def test_the_order_is_that_of_the_keyed_hashes():
    order = drawn_order(["b", "a", "\u00e9", "e\u0301"], SEED)
    assert order == sorted(
        ["a", "b", "\u00e9", "e\u0301"],
        key=lambda words: hmac.new(SEED, words.encode(), hashlib.sha256).digest(),
    )


@pytest.mark.parametrize(
    ("sizes", "places", "quotas"),
    [
        ({"a": 1, "b": 1, "c": 1}, 1, {"a": 1, "b": 0, "c": 0}),
        ({"c": 1, "b": 1, "a": 1}, 2, {"a": 1, "b": 1, "c": 0}),
        ({"b": 1, "B": 1, "é": 1, "~": 1}, 2, {"B": 1, "b": 1, "~": 0, "é": 0}),
        ({"10": 5, "9": 5}, 5, {"10": 3, "9": 2}),
        ({"small": 1, "large": 99}, 50, {"large": 50, "small": 0}),
        ({"x": 2, "y": 3}, 5, {"x": 2, "y": 3}),
        ({"x": 2, "y": 3}, 0, {"x": 0, "y": 0}),
        ({}, 0, {}),
    ],
)
def test_places_are_shared_by_largest_remainder(sizes, places, quotas):
    assert share_places(sizes, places) == quotas
    assert list(share_places(sizes, places)) == sorted(sizes)


def test_large_numbers_are_shared_without_rounding():
    third = 10**17
    assert share_places({"a": third, "b": third, "c": third}, 3 * third - 1) == {
        "a": third,
        "b": third,
        "c": third - 1,
    }


def test_the_list_is_sorted_by_line_and_ended_by_line_feeds():
    lines = frozen_lines([Entry("é", "x"), Entry("b", "x"), Entry("B", "x"), Entry("B!", "x")])
    assert lines == ("B!,x", "B,x", "b,x", "é,x")
    assert list_sha256(["b,", "é,"]) == hashlib.sha256(b"b,\n\xc3\xa9,\n").hexdigest()


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([], "empty"),
        ([Entry("a"), Entry("b"), Entry("a")], "“a” stands on the list 2 times"),
        ([Entry("")], "reference on the list is empty"),
        ([Entry("a,b")], "comma"),
        ([Entry("a\r")], "line break"),
        ([Entry("a", "x\ny")], "line break"),
        ([Entry("a", "x"), Entry("b")], "stratum of “b” is empty"),
        ([Entry("a\ud800")], "UTF-8"),
    ],
)
def test_a_list_that_breaks_a_rule_is_refused(entries, words):
    with pytest.raises(Invalid, match=words):
        draw(entries, places=0, seed=SEED)


def test_nothing_is_trimmed_or_normalised():
    names = ["a", " a", "a ", "A", "\u00e9", "e\u0301", "\ufeffa"]
    assert set(draw([Entry(name) for name in names], places=7, seed=SEED).assigned) == set(names)


@pytest.mark.parametrize(("places", "words"), [(-1, "negative"), (3, "3 places and only 2")])
def test_places_are_at_most_those_on_the_list(places, words):
    with pytest.raises(Invalid, match=words):
        draw([Entry("a"), Entry("b")], places=places, seed=SEED)


@pytest.mark.parametrize(
    "words", ["", "00", "0" * 63, "0" * 65, "g" * 64, " " + "0" * 63, "٠" * 64]
)
def test_a_seed_is_thirty_two_bytes(words):
    with pytest.raises(Invalid, match="64 hex digits"):
        parse_hex(words)


def test_a_short_seed_is_refused():
    with pytest.raises(Invalid, match="31 bytes"):
        draw([Entry("a")], places=1, seed=SEED[:31])


def test_the_case_of_hex_digits_does_not_matter():
    assert parse_hex("AB" * 32) == parse_hex("ab" * 32) == b"\xab" * 32


def binomial_p(successes: int, trials: int, chance: float) -> float:
    """The exact two-sided p-value: all counts that are no likelier than the one that was seen."""

    def log_mass(k: int) -> float:
        ways = math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        return ways + k * math.log(chance) + (trials - k) * math.log1p(-chance)

    seen = log_mass(successes) + 1e-9
    return math.fsum(math.exp(m) for m in map(log_mass, range(trials + 1)) if m <= seen)


def test_it_is_uniform_over_twenty_thousand_seeds():
    """Every order of four, and everybody's chance in strata of unlike size, by the exact test."""
    four = ["A", "B", "C", "D"]
    strata = [Entry(f"n{i}", "north") for i in range(5)] + [
        Entry(f"s{i}", "south") for i in range(3)
    ]
    orders, winners = Counter(), Counter()
    for number in range(SEEDS):
        seed = hashlib.sha256(b"uniform %d" % number).digest()
        orders[tuple(drawn_order(four, seed))] += 1
        winners.update(draw(strata, places=4, seed=seed).assigned)
    chances = {"north": 3 / 5, "south": 1 / 3}
    assert share_places({"north": 5, "south": 3}, 4) == {"north": 3, "south": 1}
    found = [binomial_p(orders[order], SEEDS, 1 / 24) for order in permutations(four)]
    found += [binomial_p(winners[name], SEEDS, chances[stratum]) for name, stratum in strata]
    assert len(found) == 32
    assert min(found) > 0.01 / len(found)


def test_the_exact_test_finds_a_draw_that_favours_somebody():
    assert binomial_p(10_000, SEEDS, 0.5) == pytest.approx(1)
    assert binomial_p(10_300, SEEDS, 0.5) < 0.01 / 32
