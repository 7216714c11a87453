"""Taking in a sanctions list: whole, once, never an older one."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.factories.scheme import AT
from tests.factories.screening import listed_line, sanctions_file
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict, Invalid
from voucher.screening.list_file import read_list
from voucher.screening.models import SanctionsEntry, SanctionsList
from voucher.screening.operations.lists import import_list
from voucher.screening.queries import index_of, newest_list

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
    assert index_of(made).candidates("Pyotr Examplov")
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
