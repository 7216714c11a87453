"""Reading a list: names gathered by target, and every bad line named."""

import pytest

from tests.factories.screening import listed_line, sanctions_file
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
