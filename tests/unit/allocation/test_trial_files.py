"""Test applications as a file: read, written, and every bad line named."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.allocation.trials.files import EXAMPLE, read, sha256_of, write
from voucher.allocation.trials.rules import MOST_ENTRANTS, Entrant
from voucher.businesses.models import HeadcountBand
from voucher.businesses.outcome_areas import OutcomeArea

HEAD = "reference,decided_at,award\n"


def problems(text):
    entrants, found = read(text.encode() if isinstance(text, str) else text)
    assert entrants == []
    return [str(each) for each in found]


def test_the_example_is_read_as_it_stands():
    entrants, found = read(EXAMPLE.encode())
    assert found == []
    first, second, third = entrants
    assert first == Entrant(
        reference="TEST-001",
        decided_at=datetime(2026, 6, 1, tzinfo=UTC),
        award_pence=150_000,
        council="Leeds",
        areas=("stock-and-supply",),
        size=HeadcountBand.TWO_TO_NINE,
        sector="Retail",
        totals=(7_200, 6_850),
    )
    assert second.decided_at == datetime(2026, 6, 1, 14, 30, tzinfo=UTC)
    assert second.totals == (5_500, 8_100, 6_000)
    assert third.size is HeadcountBand.ONE


def test_columns_in_any_order_with_marks_of_spreadsheets():
    text = '\ufeffAward, Decided_At ,REFERENCE\r\n"£1,000.50",2026-06-01,A-1\r\n,,\r\n'
    entrants, found = read(text.encode())
    assert found == []
    assert [(each.reference, each.award_pence) for each in entrants] == [("A-1", 100_050)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",2026-06-01,10", "Line 2: The reference must be"),
        ("=A1,2026-06-01,10", "Line 2: The reference must be"),
        ("A,1 June,10", "Line 2: decided_at “1 June” is not a day"),
        ("A,0001-01-01T00:00+14:00,10", "Line 2: decided_at"),
        ("A,2026-06-01,-1", "Line 2: award “-1” is not an amount"),
        ("A,2026-06-01,0", "Line 2: award “0” is not an amount"),
        ("A,2026-06-01,10.005", "Line 2: award"),
        ("A,2026-06-01,1000000000000", "Line 2: award"),
        ("A,2026-06-01", "Line 2: award “” is not an amount"),
        ("A,2026-06-01,10,x", "Line 2: It has 4 cells and the first line has 3."),
    ],
)
def test_a_bad_line_is_named(row, words):
    [found] = problems(HEAD + row + "\n")
    assert found.startswith(words)


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("council", "x" * 61, "council must be up to 60 characters"),
        ("sector", "a\u202eb", "sector must be up to 60 characters"),
        ("outcome_areas", "stock-and-supply blockchain", "“blockchain” is no code"),
        ("size", "lots", "size “lots” is none of"),
        ("marks_1", "70", "Marks are given by two scorers or three"),
    ],
)
def test_a_bad_cell_is_named(column, cell, words):
    [found] = problems(f"reference,decided_at,award,{column}\nA,2026-06-01,10,{cell}\n")
    assert words in found


@pytest.mark.parametrize("mark", ["101", "100.01", "-1", "70.555", "high", "７０"])
def test_a_bad_mark_is_named(mark):
    [found] = problems(f"reference,decided_at,award,marks_1,marks_2\nA,2026-06-01,10,50,{mark}\n")
    assert f"The mark “{mark}” is not a number from 0 to 100" in found


def test_marks_are_filled_from_the_first():
    head = "reference,decided_at,award,marks_1,marks_2,marks_3\n"
    [found] = problems(f"{head}A,2026-06-01,10,50,,60\n")
    assert "fill marks_1 and marks_2 first" in found


def test_every_problem_is_told_at_once():
    found = problems(HEAD + "A,never,0\nB,2026-06-01,10\nA,2026-06-01,10\n")
    assert [each.split(":")[0] for each in found] == ["Line 2", "Line 2", "Line 4"]
    assert "stood on a line before" in found[-1]


def test_bad_headings():
    found = problems("reference,award,award,colour\nA,10,10,red\n")
    assert found == [
        "Line 1: There is no column “decided_at”.",
        "Line 1: “colour” is not a column of this file.",
        "Line 1: The column “award” is there twice.",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "There is no column"),
        (HEAD.encode(), "The file holds no application."),
        (b"\xff\xfe", "not text in UTF-8"),
        (HEAD.encode() + b"A\0,2026-06-01,10", "NUL character"),
        (HEAD.encode() + b'"A,2026-06-01,10', "a quotation mark is not closed"),
    ],
)
def test_files_that_are_none(content, words):
    assert words in problems(content)[0]


def test_too_many_lines():
    rows = "".join(f"A{n},2026-06-01,10\n" for n in range(MOST_ENTRANTS + 1))
    assert problems(HEAD + rows) == ["The file has more than 5,000 applications."]


def test_the_hash_is_that_of_the_bytes():
    assert sha256_of(b"abc").startswith("ba7816bf")


TEXTS = st.text("abc ,\"'é", max_size=20).map(lambda text: " ".join(text.split()))


@given(
    st.lists(
        st.builds(
            Entrant,
            reference=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_/.-]{0,39}", fullmatch=True).filter(
                str.isascii
            ),
            decided_at=st.datetimes(datetime(1990, 1, 1), timezones=st.just(UTC)),
            award_pence=st.integers(1, 100_000_000),
            council=TEXTS,
            areas=st.lists(st.sampled_from([one.value for one in OutcomeArea]), max_size=3).map(
                tuple
            ),
            size=st.none() | st.sampled_from(list(HeadcountBand)),
            sector=TEXTS,
            totals=st.just(()) | st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda each: each.reference,
    )
)
def test_what_is_written_is_read_back(entrants):
    again, found = read(write(entrants).encode())
    assert found == []
    assert again == entrants


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: HEAD.encode() + text.encode())
)
def test_nothing_that_a_file_may_hold_breaks_it(content):
    entrants, found = read(content)
    assert bool(entrants) != bool(found)
