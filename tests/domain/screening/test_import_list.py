"""Taking in a sanctions list: whole, once, never an older one."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.factories.scheme import AT
from tests.factories.screening import listed_line, sanctions_file, uk_file, uk_line
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict, Invalid
from voucher.screening.list_file import read_list
from voucher.screening.matching import Subject, hits
from voucher.screening.models import SanctionsEntry, SanctionsList
from voucher.screening.operations.lists import import_list
from voucher.screening.queries import index_of, list_warning, newest_list

FILE = sanctions_file(
    listed_line("77001", "Examplov", "Pyotr"),
    listed_line("77001", "Examploff", "Peter", alias="AKA"),
    listed_line("77002", "FICTIONAL SHIPPING", kind="Entity"),
)


def taken_in(content=FILE, at=AT):
    return import_list(content=read_list(content), file_name="ConList.csv", by=None, at=at)


def test_a_list_is_kept_with_its_targets_and_an_event(session):
    made = taken_in()
    assert (made.entries, made.published_on.isoformat()) == (2, "2026-06-01")
    assert session.execute(select(func.count()).select_from(SanctionsEntry)).scalar_one() == 2
    assert newest_list() is made
    assert hits([Subject("Pyotr Examplov", "x", True)], index_of(made))
    actions = session.execute(select(AuditEvent.action)).scalars().all()
    assert "sanctions.imported" in actions


def test_the_same_file_twice_is_refused(session):
    taken_in()
    with pytest.raises(Conflict, match="imported already"):
        taken_in()


def test_an_older_list_and_one_of_the_future_are_refused(session):
    taken_in()
    older = sanctions_file(listed_line("1", "Examplov"), updated="31/05/2026")
    with pytest.raises(Invalid, match="older"):
        taken_in(older)
    future = sanctions_file(listed_line("1", "Examplov"), updated="16/06/2026")
    with pytest.raises(Invalid, match="future"):
        taken_in(future)
    taken_in(future, at=AT + timedelta(days=1))


def test_the_command_names_every_bad_line_and_changes_nothing(app, session, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_bytes(sanctions_file("x,y", listed_line("", "Examplov")))
    outcome = app.test_cli_runner().invoke(args=["voucher", "import-sanctions", str(bad)])
    assert outcome.exit_code == 1
    assert "Line 3" in outcome.output
    assert "Line 4" in outcome.output
    assert session.execute(select(SanctionsList)).first() is None


def test_the_command_takes_a_list_in(app, session, tmp_path):
    good = tmp_path / "good.csv"
    good.write_bytes(FILE)
    outcome = app.test_cli_runner().invoke(args=["voucher", "import-sanctions", str(good)])
    assert "2 targets" in outcome.output, outcome.output


def full_list(count, day):
    return uk_file(*(uk_line(f"FIC{one:04d}", f"Examplov{one}") for one in range(count)), day=day)


def test_the_uk_sanctions_list_takes_the_place_of_the_list_before_it(session):
    taken_in()
    made = taken_in(full_list(3, "10-Jun-2026"))
    assert newest_list() is made
    assert hits([Subject("Examplov2", "x", True)], index_of(made))


def test_a_list_that_looks_cut_off_is_not_taken_in(session):
    taken_in(full_list(120, "09-Jun-2026"))
    cut = full_list(59, "10-Jun-2026")
    with pytest.raises(Invalid, match="59 targets and the one in use 120"):
        taken_in(cut)
    assert newest_list().entries == 120
    taken_in(full_list(60, "10-Jun-2026"))


def test_the_command_takes_a_shorter_list_when_told(app, session, tmp_path):
    taken_in(full_list(120, "01-Jun-2026"))
    session.commit()
    short = tmp_path / "short.csv"
    short.write_bytes(full_list(2, "10-Jun-2026"))
    run = app.test_cli_runner().invoke
    assert "It looks cut" in run(args=["voucher", "import-sanctions", str(short)]).output
    told = run(args=["voucher", "import-sanctions", "--accept-fewer", str(short)])
    assert "2 targets" in told.output, told.output


def test_a_weak_alias_is_known_as_such(session):
    content = uk_file(uk_line("FIC0001", "The Teacher", alias="Alias", strength="Low quality"))
    index = index_of(taken_in(content))
    assert hits([Subject("The Teacher", "x", True)], index)
    assert not hits([Subject("Ada Teacher Neumann", "x", True)], index)


def test_finance_is_warned_of_no_list_and_of_an_old_one(session):
    assert "no sanctions list" in list_warning(date(2026, 6, 15))
    taken_in()
    assert list_warning(date(2026, 6, 15)) is None
    assert "15 days old, of 1 June 2026" in list_warning(date(2026, 6, 16))
