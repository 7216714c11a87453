"""Likeness of names: what is the same name, and what is not."""

import pytest

from voucher.screening.names import likeness, may_be_same, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BRONSKAYA, Élodie Marie", "Elodie Bronskaya"),
        ("Łukasz Żółtowski", "ZOLTOWSKI, Lukasz"),
        ("Søren Grønmark", "Soren Gronmark"),
        ("Muhammad Al-Fictional", "Mohammad al Fictional"),
        ("Sinéad O’Fictional", "OFICTIONAL, Sinead"),
        ("Dr Jane Examplova", "Jane Examplova"),
        ("Вымышленный Пётр", "пётр вымышленный"),
    ],
)
def test_one_person_by_two_spellings(one, other):
    assert may_be_same(one, other) >= 90
    assert may_be_same(other, one) == may_be_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("John Smithson", "Joan Smithson"),
        ("Ann Lee", "Anna Lee"),
        ("Li Na", "Li Ma"),
        ("Ali", "Ali Fictional"),
        ("Ali", "Alia"),
        ("Peter Examplov", "Peter Sampleton"),
        ("", "Peter Examplov"),
        ("...", "Peter Examplov"),
    ],
)
def test_two_people_of_similar_names(one, other):
    assert may_be_same(one, other) == 0


def test_a_short_name_matches_letter_for_letter():
    assert may_be_same("Ann Lee", "LEE, Ann") == 100


def test_legal_forms_and_titles_say_nothing_of_who_it_is():
    assert words_of("The Fictional Trading Co. Ltd") == ("fictional",)
    assert words_of("Limited") == ("limited",)
    assert likeness("Fictional Software Ltd", "FICTIONAL SOFTWARE LIMITED") == 100
    assert likeness("Soft Ware Fictional Ltd", "Fictional Software Limited") > 80
    assert likeness("Fictional Software Ltd", "Invented Plumbing Ltd") < 60


def test_a_name_without_letters_is_like_none():
    assert likeness("!!!", "???") == 0
