"""What texts are compared by: runs of letters, telling words, topics, words that keep company."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.matching.likeness.company import company_of
from voucher.matching.likeness.letters import LONGEST, SHORTEST, letter_runs
from voucher.matching.likeness.space import Shape, count_terms, space_of
from voucher.matching.likeness.topics import our_topics, read_topics
from voucher.matching.likeness.words import (
    number_of,
    stems_of,
    surface_forms,
    telling_words,
)

COSINE = Shape(slope=1.0, rarity=1.0)


def runs_by_hand(text):
    words = [f" {word} " for word in text.casefold().split()]
    return [
        word[start : start + length]
        for length in range(SHORTEST, LONGEST + 1)
        for word in words
        for start in range(len(word) - length + 1)
    ]


@given(st.text(max_size=60))
def test_the_runs_of_a_text_are_those_one_would_cut_by_hand(text):
    by_hand = runs_by_hand(text)
    found = letter_runs(text)
    assert len(found) == len(by_hand)
    assert len(set(found.tolist())) == len(set(by_hand))


def terms(*words):
    return count_terms(np.array([number_of(word) for word in words], dtype=np.uint64))


def test_a_space_gives_the_cosine_of_damped_rare_terms():
    texts = [["till", "till", "stock"], ["stock", "diary"], ["diary"]]
    space = space_of([terms(*text) for text in texts], COSINE)
    rarity = {
        "till": math.log(4 / 2) + 1,
        "stock": math.log(4 / 3) + 1,
        "diary": math.log(4 / 3) + 1,
    }
    first = {"till": (1 + math.log(2)) * rarity["till"], "stock": rarity["stock"]}
    length = math.hypot(*first.values())
    assert space.likeness(terms("till"))[0] == pytest.approx(first["till"] / length)
    assert space.likeness(terms("till")).tolist()[1:] == [0.0, 0.0]
    assert space.likeness(terms("unheard")).tolist() == [0.0, 0.0, 0.0]


def test_a_gentle_slope_forgives_a_long_text_some_of_its_length():
    texts = [["till"], ["till", *(f"w{number}" for number in range(40))]]
    strict = space_of([terms(*text) for text in texts], COSINE).likeness(terms("till"))
    gentle = space_of([terms(*text) for text in texts], Shape(0.5, 1.0)).likeness(terms("till"))
    assert gentle[1] / gentle[0] > strict[1] / strict[0]


def test_what_stands_in_most_texts_tells_nothing():
    texts = [["the", f"word{number}"] for number in range(40)]
    space = space_of([terms(*text) for text in texts], COSINE)
    assert not space.likeness(terms("the")).any()
    assert space.found_in(number_of("the")) == 40
    assert space.found_in(number_of("never")) == 0


def test_an_empty_space_answers():
    assert space_of([], COSINE).likeness(terms("till")).tolist() == []


TEXTS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6), max_size=8)


@given(TEXTS, st.data())
def test_a_change_leaves_the_texts_that_stay_where_they_were(texts, data):
    keep = np.array([data.draw(st.booleans()) for _ in texts], dtype=bool)
    space, query = space_of([terms(*text) for text in texts], COSINE), terms(*"aeijkl")
    changed = space.with_changes(keep, [terms("unheard")])
    assert changed.likeness(query)[:-1] == pytest.approx(space.likeness(query)[keep])
    assert changed.likeness(terms("unheard"))[-1] == pytest.approx(1)
    again = changed.with_changes(np.array([True] * keep.sum() + [False]), [])
    assert again.likeness(query) == pytest.approx(space.likeness(query)[keep])


@given(TEXTS, st.data())
def test_a_text_that_comes_later_lies_where_its_like_does(texts, data):
    space, query = space_of([terms(*text) for text in texts], COSINE), terms(*"aeijkl")
    added = data.draw(st.lists(st.sampled_from(range(len(texts))))) if texts else []
    keep = np.ones(len(texts), dtype=bool)
    changed = space.with_changes(keep, [terms(*texts[row]) for row in added])
    found = changed.likeness(query)
    assert found[len(texts) :] == pytest.approx(found[: len(texts)][added], rel=1e-4)


def test_american_and_british_spelling_are_one_word():
    assert stems_of(["organizing"]) == stems_of(["organising"])
    assert stems_of(["customization"]) == stems_of(["customisation"])
    assert stems_of(["prizes", "size"]) == stems_of(["prizes", "size"])
    assert stems_of(["prized"]) != stems_of(["prised"])


def test_empty_words_say_nothing_and_reasons_quote_the_persons_own_form():
    assert telling_words("We keep everything in 2 diaries") == ["diaries"]
    assert surface_forms("Bookings, booked, a booking") == {"book": "bookings"}


def test_topics_are_read_and_weighed():
    topics = read_topics(
        ["# note", "", "bookings: book, call centre", "phones: call centre, phone"]
    )
    assert topics.names == ("bookings", "phones")
    weights = topics.weights_of("Booking and booked in the call centres")
    assert weights == {0: pytest.approx(math.sqrt(2) + math.sqrt(0.5)), 1: math.sqrt(0.5)}


@pytest.mark.parametrize("line", ["no colon", ": words", "name:", "name: , ,"])
def test_a_line_of_topics_that_cannot_be_read_is_named(line):
    with pytest.raises(ValueError, match="line 2"):
        read_topics(["fine: word", line])


def test_our_own_topics_can_be_read():
    assert "bookkeep" in " ".join(our_topics().by_phrase)


def test_words_that_keep_company_bring_texts_together():
    texts = [
        ["ledger", "invoice"],
        ["ledger", "invoice", "vat"],
        ["invoice", "vat"],
        ["diary", "appointment"],
        ["diary", "appointment", "reminder"],
        ["appointment", "reminder"],
    ]
    company = company_of(space_of([terms(*text) for text in texts], COSINE))
    found = company.likeness(terms("ledger"))
    assert found[2] > 0.5  # has "invoice" and "vat", not "ledger"
    assert found[3:].max() < 0.01
    more = company.with_changes(np.array([True] * 6), [terms("vat"), terms("unheard")])
    assert more.likeness(terms("ledger"))[6] > 0.5
    assert more.likeness(terms("ledger"))[7] == 0


def test_too_few_texts_have_no_company():
    assert company_of(space_of([terms("a")], COSINE)).likeness(terms("a")).tolist() == [0.0]
