"""How a text falls into the words it is found by."""

import pytest

from voucher.core.search import LONGEST_WORD, joined, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fictional Bakery Ltd", ["fictional", "bakery", "ltd"]),
        ("O’Brien & Söhne", ["obrien", "sohne"]),
        ("Smith-Jones (Straße)", ["smith", "jones", "strasse"]),
        ("CAFÉ Noir", ["cafe", "noir"]),
        ("M1 1AE", ["m1", "1ae"]),
        ("01234567", ["1234567"]),
        ("000", ["0"]),
        ("snake_case", ["snake", "case"]),
        ("\uff26\uff55\uff4c\uff4c width", ["full", "width"]),
        ("עסק בדיוני", ["עסק", "בדיוני"]),
        ("", []),
        ("% _ 🎟 ! \x00", []),
    ],
)
def test_words(text, words):
    assert words_of(text) == words


def test_accents_typed_apart_are_the_same():
    assert words_of("Cafe\u0301") == words_of("Café")


def test_a_word_is_cut_where_the_table_ends():
    assert words_of("x" * 100) == ["x" * LONGEST_WORD]
    assert len(joined("x 1 " * 100)) == LONGEST_WORD


@pytest.mark.parametrize(
    ("text", "word"), [("M1 1AE", "m11ae"), ("0123 4567", "1234567"), ("sc 123456", "sc123456")]
)
def test_groups_are_one_word(text, word):
    assert joined(text) == word
