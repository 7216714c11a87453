"""What `verify-draw` finds in a published file that was changed."""

import copy
import hashlib

import pytest

from voucher.allocation.draw import Entry, draw, seed_of
from voucher.allocation.rules import arm_references, first_difference, published_form
from voucher.core.errors import Invalid

SECRET, PUBLIC_VALUE = bytes(range(32)), "Ziehung 17: 4 8 15"
ENTRIES = [Entry(f"APP-{n:02}", "north" if n % 3 else "south") for n in range(20)]
OUTCOME = draw(ENTRIES, places=7, seed=seed_of(SECRET, PUBLIC_VALUE))
PUBLISHED = published_form(OUTCOME, secret=SECRET, public_value=PUBLIC_VALUE)


def changed(**values):
    return copy.deepcopy(PUBLISHED) | values


def test_nothing_differs_in_what_was_published():
    assert first_difference(PUBLISHED) is None
    assert first_difference(changed(programme="Taster", drawn_at="2027-01-02T03:04:05Z")) is None


def test_hex_may_be_in_capitals_and_lines_may_end_with_lf():
    keys = ("seed", "secret", "list_sha256", "seed_sha256", "secret_sha256")
    capitals = {key: PUBLISHED[key].upper() for key in keys}
    lines = [f"{line}\n" for line in PUBLISHED["list"]]
    assert first_difference(changed(**capitals, list=lines)) is None


def test_without_a_published_hash_of_the_secret_the_seed_is_checked_all_the_same():
    without = {key: value for key, value in PUBLISHED.items() if key != "secret_sha256"}
    assert first_difference(without) is None
    assert first_difference(without | {"secret": "00" * 32}).startswith("seed:")


def test_a_secret_may_be_plain_words_if_its_hash_says_so():
    words = "correct horse"
    seed = hashlib.sha256((words + PUBLIC_VALUE).encode()).digest()
    outcome = draw(ENTRIES, places=7, seed=seed)
    form = published_form(outcome, secret=words.encode(), public_value=PUBLIC_VALUE)
    assert first_difference(form | {"secret": words}) is None


def test_the_published_hash_settles_how_a_secret_is_read():
    """Otherwise two seeds would fit one secret, and somebody could choose between them."""
    as_text = hashlib.sha256((SECRET.hex() + PUBLIC_VALUE).encode()).digest()
    outcome = draw(ENTRIES, places=7, seed=as_text)
    form = published_form(outcome, secret=SECRET, public_value=PUBLIC_VALUE)
    assert first_difference(form).startswith("seed:")


def swapped(names):
    return [names[1], names[0], *names[2:]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"list": PUBLISHED["list"][1:]}, "list_sha256"),
        ({"list": swapped(PUBLISHED["list"])}, "list: line 1 is “APP-01,north”"),
        ({"list": PUBLISHED["list"] + PUBLISHED["list"][-1:]}, "stands on the list 2 times"),
        ({"list": ["APP-00", *PUBLISHED["list"][1:]]}, "line 1 is not"),
        ({"list": ["A,b,c", *PUBLISHED["list"][1:]]}, "line 1 is not"),
        ({"list": []}, "list: The list is empty"),
        ({"list_sha256": "00" * 32}, "list_sha256"),
        ({"secret_sha256": "00" * 32}, "secret_sha256"),
        ({"secret": "11" * 32}, "secret_sha256"),
        ({"public_value": PUBLIC_VALUE + " "}, "seed: is"),
        ({"seed": "00" * 32}, "seed: is"),
        ({"seed_sha256": "00" * 32}, "seed_sha256"),
        ({"places": 8}, "quotas: stratum"),
        ({"places": 21}, "places: There are 21 places"),
        ({"places": -1}, "places: The number of places must not be negative"),
        ({"quotas": {"north": 7, "south": 0}}, "quotas: stratum “north” has 7"),
        ({"quotas": {"north": 5}}, "quotas: stratum “south” has none"),
        ({"quotas": PUBLISHED["quotas"] | {"x": 0}}, "quotas: stratum “x” has 0; by the rule none"),
        ({"assigned": PUBLISHED["assigned"][:-1]}, "assigned: number 7 is nobody"),
        ({"assigned": [*PUBLISHED["assigned"], "me"]}, "number 8 is “me”; by the rule nobody"),
        ({"assigned": swapped(PUBLISHED["assigned"])}, "assigned: number 1"),
        ({"waiting": swapped(PUBLISHED["waiting"])}, "waiting: number 1"),
        ({"waiting": []}, "waiting: number 1 is nobody"),
    ],
)
def test_the_first_difference_is_named(change, words):
    assert words in first_difference(changed(**change))


@pytest.mark.parametrize("key", sorted(set(PUBLISHED) - {"secret_sha256"}))
def test_a_file_that_lacks_something_is_no_published_draw(key):
    with pytest.raises(Invalid, match=f"no “{key}”"):
        first_difference({name: value for name, value in PUBLISHED.items() if name != key})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"list": "APP-00,north\n"}, "“list” of the published draw is not a list of text"),
        ({"list": [1]}, "a list of text"),
        ({"places": True}, "a whole number"),
        ({"places": 7.0}, "a whole number"),
        ({"places": "7"}, "a whole number"),
        ({"quotas": [7]}, "a whole number for each stratum"),
        ({"quotas": {"north": "5"}}, "a whole number for each stratum"),
        ({"seed": None}, "“seed” of the published draw is not text"),
        ({"seed": "12"}, "64 hex digits"),
        ({"public_value": "\ud800"}, "not text"),
        ({"secret_sha256": 1}, "“secret_sha256” of the published draw is not text"),
    ],
)
def test_a_file_of_another_form_is_refused(change, words):
    with pytest.raises(Invalid, match=words):
        first_difference(changed(**change))


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_anything_but_an_object_is_refused(value):
    with pytest.raises(Invalid, match="JSON object"):
        first_difference(value)


def with_arms(*shares):
    arms = [
        {"share_bps": share, "references": references}
        for share, references in zip(shares, arm_references(OUTCOME, shares), strict=True)
    ]
    return changed(arms=arms)


def test_the_places_are_no_more_than_the_plan_gives_the_first_arm():
    """Fewer are right: the money may pay for no more."""
    assert first_difference(with_arms(3500, 6500)) is None
    assert first_difference(with_arms(9000, 1000)) is None
    assert first_difference(with_arms(3000, 7000)) == (
        "places: 7; by the share of the first arm at most 6"
    )


def test_the_shares_of_a_plan_are_the_whole():
    assert first_difference(with_arms(8000, 8000)) == (
        "arms: their shares sum to 16000 basis points; by the rule 10000"
    )
