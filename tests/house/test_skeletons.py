"""What counts as the same page, whose accessibility isn't judged a second time."""

import pytest

from tests.browser import skeleton

PAGE = '<h2 id="a">APP-0000-0012</h2><p class="govuk-!-margin-bottom-6">12 of 30</p>'


@pytest.mark.parametrize(
    "other",
    [
        PAGE.replace("0012", "1012"),
        PAGE.replace("12 of 30", "13 of 40"),
        PAGE.replace("12 of 30", "30 of 30"),
        PAGE.replace("APP-0000-0012", "APP-9K3M-Q2ZD"),
    ],
)
def test_numbers_and_references_make_no_other_page(other):
    assert skeleton(other) == skeleton(PAGE)


def test_tokens_make_no_other_page():
    form = '<input name="csrf_token" value="{}">'
    first, second = "IjA1YzFk.aSJ3Vg.f3X0-pMw4", "ImZkNTQ5.aSJ4Zz.9yQ2-aKx7"
    assert skeleton(form.format(first)) == skeleton(form.format(second))


@pytest.mark.parametrize(
    "other",
    [
        PAGE.replace("h2", "h3"),
        PAGE.replace("bottom-6", "bottom-9"),
        PAGE.replace(' id="a"', ""),
        PAGE.replace(" of ", " out of "),
        PAGE.replace("govuk-!-margin-bottom-6", "govuk-!-margin-bottom-6 govuk-body"),
    ],
)
def test_anything_else_does(other):
    assert skeleton(other) != skeleton(PAGE)


def test_an_id_that_stands_twice_is_not_two_ids():
    twice, apart = "<p id='x1'><p id='x1'>", "<p id='x1'><p id='x2'>"
    assert skeleton(twice) != skeleton(apart)


def test_the_folded_menu_of_a_page_that_was_narrow_makes_no_other_page():
    button = '<button aria-controls="menu"{} hidden="">Menu</button>'
    folded = ' aria-expanded="false"'
    assert skeleton(button.format(folded)) == skeleton(button.format(""))
    assert skeleton(button.format(' aria-expanded="true"')) != skeleton(button.format(""))
