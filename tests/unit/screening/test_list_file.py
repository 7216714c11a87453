"""Reading a list: names gathered by target, and every bad line named."""

import io

import pytest

from tests.factories.screening import listed_line, sanctions_file, uk_file, uk_line
from voucher.screening.list_file import UnreadableList, read_list


def test_the_lines_of_one_group_are_one_target():
    content = sanctions_file(
        listed_line("77001", "Examplov", "Pyotr", births="(1) 01/02/1960. (2) 00/00/1961."),
        listed_line("77001", "Examploff", "Peter", alias="AKA", script="Пётр Примеров"),
        listed_line("77002", "FICTIONAL SHIPPING", kind="Entity"),
    )
    found = read_list(content)
    assert found.published_on.isoformat() == "2026-06-01"
    assert [target.group_id for target in found.targets] == ["77001", "77002"]
    names = [one["name"] for one in found.targets[0].names]
    assert names == ["Pyotr Examplov", "Peter Examploff", "Пётр Примеров"]
    assert found.targets[0].births == ["01/02/1960", "00/00/1961"]
    assert found.targets[1].target == "entity"


def test_every_bad_line_is_named():
    content = sanctions_file(
        listed_line("77001", "Examplov", "Pyotr"),
        listed_line("no number", "Examplov"),
        listed_line("77002", ""),
        listed_line("77003", "Examplov", kind="Robot"),
        "one,cell",
    )
    with pytest.raises(UnreadableList) as caught:
        read_list(content)
    assert [problem.line for problem in caught.value.problems] == [4, 5, 6, 7]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"\x00\x01", 1),
        (b"Name 6,Name 1\n", 1),
        (b"Last Updated,31/02/2026\n", 1),
        (b"Last Updated,01/06/2026\nName 6,Name 1\n", 2),
        (sanctions_file(), 3),
        (sanctions_file('"a"b'), 3),
    ],
)
def test_what_is_no_list_is_refused(content, line):
    with pytest.raises(UnreadableList) as caught:
        read_list(content)
    assert caught.value.problems[0].line == line


def test_a_list_of_the_windows_kind_is_read_too():
    content = sanctions_file(listed_line("77001", "Éxamplov", "Zoë")).decode().encode("cp1252")
    assert read_list(content).targets[0].names[0]["name"] == "Zoë Éxamplov"


def test_the_uk_sanctions_list_is_read_by_its_own_columns():
    content = uk_file(
        uk_line("RUS9001", "EXAMPLOV", "Pyotr", births="01/02/1960", script="Пётр Примеров"),
        uk_line("RUS9001", "EXAMPLOFF", "Peter", alias="Primary name variation", births="1961"),
        uk_line("RUS9001", "THE TEACHER", alias="Alias", strength="Low quality"),
        uk_line("AFG9002", "FICTIONAL SHIPPING", kind="Entity"),
        uk_line("AFG9003", "FICTIONAL STAR", kind="Ship"),
        day="18-Aug-2026",
    )
    found = read_list(content)
    assert found.published_on.isoformat() == "2026-08-18"
    assert [target.group_id for target in found.targets] == ["RUS9001", "AFG9002", "AFG9003"]
    person = found.targets[0]
    assert [one["name"] for one in person.names] == [
        *("Pyotr EXAMPLOV", "Пётр Примеров", "Peter EXAMPLOFF", "THE TEACHER")
    ]
    assert [one.get("strength") for one in person.names] == [None, None, None, "weak"]
    assert person.births == ["01/02/1960", "1961"]
    assert person.regime == "The Fictional (Sanctions) Regulations 2019"
    assert person.listed_on.isoformat() == "2024-01-05"
    assert [target.target for target in found.targets] == ["individual", "entity", "ship"]


def test_a_name_repeated_for_another_address_is_one_name_and_weak_only_if_always():
    found = read_list(
        uk_file(
            uk_line("RUS9001", "EXAMPLOV", "Pyotr", strength="Low quality"),
            uk_line("RUS9001", "EXAMPLOV", "Pyotr", strength="Good quality"),
        )
    )
    assert found.targets[0].names == [{"name": "Pyotr EXAMPLOV", "kind": "Primary Name"}]


def test_a_target_known_only_in_another_script_is_kept():
    found = read_list(uk_file(uk_line("RUS9001", "", script="Пётр Примеров")))
    assert [one["name"] for one in found.targets[0].names] == ["Пётр Примеров"]


def test_a_file_is_read_from_where_it_lies_and_left_open():
    source = io.BytesIO(uk_file(uk_line("RUS9001", "EXAMPLOV", "Pyotr")))
    assert read_list(source).sha256 == read_list(source.getvalue()).sha256
    assert not source.closed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><body>Service unavailable</body></html>", "of which day the list is"),
        (b"Report Date: 31-Feb-2026\r\n", "of which day the list is"),
        (b"Report Date: 18-Aug-2026\r\nName,Country\r\n", "not the columns of the UK Sanctions"),
        (
            uk_file().replace(b"Name non-latin script", b"Another name"),
            "columns of the UK Sanctions List are missing: Name non-latin script",
        ),
        (uk_file(uk_line("RUS9001", "EXAMPLOV").rsplit(",", 9)[0]), "49 cells, and the header 58"),
        (uk_file(uk_line("RUS9001", "EXAMPLOV")[:-40]), "cut off in the middle of a line"),
        (uk_file(uk_line("", "EXAMPLOV")), "is not a Unique ID"),
        (uk_file(uk_line("RUS9001", "EXAMPLOV", kind="Robot")), "is not a Designation Type"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_words(content, words):
    with pytest.raises(UnreadableList, match=words):
        read_list(content)


def test_empty_cells_beyond_the_columns_do_no_harm():
    assert read_list(uk_file(uk_line("RUS9001", "EXAMPLOV") + ",,")).targets
    with pytest.raises(UnreadableList, match="60 cells"):
        read_list(uk_file(uk_line("RUS9001", "EXAMPLOV") + ",,more"))


def test_of_a_file_that_is_wrong_all_over_fifty_lines_are_named():
    with pytest.raises(UnreadableList) as caught:
        read_list(uk_file(*[uk_line("", "EXAMPLOV")] * 60))
    assert len(caught.value.problems) == 50
