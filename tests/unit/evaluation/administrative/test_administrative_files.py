"""Files of official figures: what is read, and how each bad line is named."""

from datetime import date

import pytest

from voucher.evaluation.administrative.files import EXAMPLE, MOST_LINES, read, sha256_of
from voucher.evaluation.administrative.models import Measure

TODAY = date(2026, 11, 23)
HEAD = "company_number,measure,value,period_end,source\n"


def read_text(text):
    return read(text.encode(), TODAY)


def test_the_example_can_be_read():
    found = read_text(EXAMPLE)
    assert (found.problems, found.lines, len(found.figures)) == ([], 3, 3)
    first = found.figures[0]
    assert (first.line, first.company_number, first.measure) == (2, "01234567", Measure.TURNOVER)
    assert (first.value, first.period_end_on) == (412_000, date(2026, 3, 31))
    assert first.source == "HMRC VAT returns"
    assert not first.was_normalised


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (EXAMPLE.replace(",", ";").encode(), "semicolons between its columns"),
        (EXAMPLE.replace(",", "\t").encode(), "tabs between its columns"),
        (EXAMPLE.replace(",", "|").encode(), "There is no column “company_number”."),
        (b"PK\x03\x04\x14\x00\xff", "is a spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is a spreadsheet"),
        (EXAMPLE.encode("utf-16"), "not text in UTF-8"),
    ],
)
def test_a_file_saved_otherwise_is_told_how_to_save_it(content, words):
    found = read(content, TODAY)
    assert found.lines == 0
    assert words in str(found.problems[0])
    assert len(found.problems) == 1 or "|" in content.decode()


def test_columns_may_stand_in_any_order_and_a_number_is_normalised():
    found = read_text(
        "\ufeffSource, Period_End ,VALUE,measure,company_number\n"
        "HMRC,2026-03-31,0,STAFF,sc 12345\n\n , ,,,\n"
    )
    (figure,) = found.figures
    assert (figure.company_number, figure.typed, figure.value) == ("SC012345", "sc 12345", 0)
    assert figure.was_normalised
    assert found.lines == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1,turnover,1,2026-03-31,HMRC", "“1” is no company number"),
        ("01234567,profit,1,2026-03-31,HMRC", "“profit” is neither turnover nor staff"),
        ("01234567,turnover,-1,2026-03-31,HMRC", "“-1” is not a whole number from 0 to"),
        ("01234567,turnover,1.5,2026-03-31,HMRC", "“1.5” is not a whole number"),
        ("01234567,turnover,£900,2026-03-31,HMRC", "“£900” is not a whole number"),
        ("01234567,turnover,٣,2026-03-31,HMRC", "is not a whole number"),
        ("01234567,turnover,100000000001,2026-03-31,HMRC", "is not a whole number from 0 to 100"),
        ("01234567,staff,1000001,2026-03-31,HMRC", "is not a whole number from 0 to 1,000,000"),
        (f"01234567,staff,{'9' * 400},2026-03-31,HMRC", "is not a whole number"),
        ("01234567,turnover,,2026-03-31,HMRC", "“” is not a whole number"),
        ("01234567,turnover,1,31/03/2026,HMRC", "“31/03/2026” is not a day like"),
        ("01234567,turnover,1,2026-02-30,HMRC", "“2026-02-30” is not a day like"),
        ("01234567,turnover,1,1999-12-31,HMRC", "“1999-12-31” is not a day like"),
        ("01234567,turnover,1,2026-11-24,HMRC", "2026-11-24 lies in the future"),
        ("01234567,turnover,1,2026-03-31,", "source must be 1 to 120 characters"),
        (f"01234567,turnover,1,2026-03-31,{'s' * 121}", "source must be 1 to 120 characters"),
        ("01234567,turnover,1,2026-03-31,\u202eH", "source must be 1 to 120 characters"),
        ("01234567,turnover,1,2026-03-31", "It has 4 cells and the first line has 5"),
        ("01234567,turnover,1,2026-03-31,a,b", "It has 6 cells and the first line has 5"),
        ("x,y,z,w,", "neither turnover nor staff. value “z” is not a whole number, without"),
    ],
)
def test_a_bad_line_is_named_with_all_that_is_wrong_and_the_others_are_read(line, words):
    found = read_text(HEAD + "01234567,staff,3,2026-03-31,HMRC\n" + line + "\n")
    (problem,) = found.problems
    assert problem.line == 3
    assert words in problem.reason
    assert len(found.figures) == 1
    assert found.lines == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"a,\x00b", "NUL character"),
        (b'"open', "quotation mark is not closed"),
        (b"", "There is no column “company_number”"),
        (HEAD.encode(), "The file holds no figure"),
        (b"company_number,measure,value,period_end\n", "There is no column “source”"),
        ((HEAD.strip() + ",name\n").encode(), "“name” is not a column"),
        ((HEAD.strip() + ",value\n").encode(), "“value” is there twice"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(content, words):
    found = read(content, TODAY)
    assert any(words in each.reason for each in found.problems)
    assert (found.figures, found.lines) == ((), 0)


def test_a_file_has_a_limit():
    found = read_text(HEAD + "01234567,staff,3,2026-03-31,HMRC\n" * (MOST_LINES + 1))
    assert "more than" in found.problems[0].reason


def test_nothing_is_read_beyond_the_limit_and_empty_lines_are_not_kept():
    line = "01234567,staff,3,2026-03-31,HMRC\n"
    found = read_text(HEAD + line * (MOST_LINES + 1) + '"never closed')
    assert [each.reason for each in found.problems] == ["The file has more than 50,000 lines."]
    assert (found.figures, found.lines) == ((), 0)
    full = read_text(HEAD + "\n" * 9 + line * MOST_LINES + "\n" * 9)
    assert (full.lines, len(full.figures), full.problems) == (MOST_LINES, MOST_LINES, [])
    assert full.figures[0].line == 11


def test_a_quotation_mark_left_open_after_sound_lines_refuses_the_whole_file():
    found = read_text(HEAD + "01234567,staff,3,2026-03-31,HMRC\n" + '"open')
    assert "quotation mark is not closed" in found.problems[0].reason
    assert found.figures == ()


def test_a_first_line_of_very_many_cells_is_one_problem():
    found = read_text(HEAD.strip() + ",x" * 100_000 + "\n")
    (problem,) = found.problems
    assert problem.line == 1
    assert problem.reason == "The first line has 100,005 cells. This file has 5 columns."


def test_the_hash_is_that_of_the_bytes():
    assert sha256_of(b"abc").startswith("ba7816bf8f01cfea414140de5dae2223")
