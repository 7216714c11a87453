"""The sieve before comparing lets nothing through its mesh that would be a hit."""

import random

import pytest

from voucher.screening.index import ORGANISATION_HIT, Named, NameIndex, Texts
from voucher.screening.names import likeness, may_be_same

WORDS = (
    "pyotr",
    "petr",
    "pjotr",
    "examplov",
    "examploff",
    "al",
    "ali",
    "aly",
    "mohamed",
    "mohammed",
)
BODIES = ("fictional", "fictionel", "shipping", "shiping", "works", "fsc", "ltd", "north")


def made_up(words, seed):
    dice = random.Random(seed)
    return [" ".join(dice.choices(words, k=dice.randint(1, 4))) for _ in range(120)]


def names_of(found):
    return {one.name for one in found}


@pytest.mark.parametrize("seed", range(5))
def test_no_person_that_would_hit_is_missed(seed):
    listed = made_up(WORDS, seed)
    index = NameIndex(Named(name, None) for name in listed)
    for asked in made_up(WORDS, seed + 100):
        hit = {name for name in listed if may_be_same(asked, name)}
        assert hit <= names_of(index.like_a_person(asked))


@pytest.mark.parametrize("seed", range(5))
def test_no_organisation_that_would_hit_is_missed(seed):
    listed = made_up(BODIES, seed)
    index = NameIndex(Named(name, None) for name in listed)
    for asked in made_up(BODIES, seed + 100):
        hit = {name for name in listed if likeness(asked, name) >= ORGANISATION_HIT}
        assert hit <= names_of(index.like_an_organisation(asked))


@pytest.mark.parametrize("seed", range(3))
def test_of_long_names_only_those_are_let_through_whose_every_word_is_like_one(seed):
    """A name of many listed words would else be compared with nearly the whole list."""
    listed = [name for name in made_up(WORDS, seed) if len(name.split()) > 1]
    index, dice = NameIndex(Named(name, None) for name in listed), random.Random(seed)
    for _ in range(40):
        asked = " ".join(dice.sample(WORDS, 6))
        hit = {name for name in listed if may_be_same(asked, name)}
        found = names_of(index.like_a_person(asked))
        assert hit <= found
        assert all(
            any(may_be_same(f"{word} filler", f"{other} filler") for other in asked.split())
            for name in found
            for word in name.split()
        )


def test_few_others_are_let_through():
    index = NameIndex(
        Named(name, None) for name in ("Pyotr Examplov", "Ada Neumann", "Ada Examplov")
    )
    assert names_of(index.like_a_person("Pyotr Ivanovich Examplov")) == {"Pyotr Examplov"}
    assert names_of(index.like_a_person("")) == set()
    assert names_of(index.like_an_organisation("!")) == set()


def test_texts_of_another_length_are_left_out():
    texts = Texts(["examplov", "examplova", "ex", "examplovsky-longer"])
    assert texts.alike("examplov", 85) == {0, 1}
    assert texts.alike("nothing like it", 85) == set()
