"""Importing official figures: looked at first, kept once, superseded and never changed."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from tests.factories.applications import make_draft
from tests.factories.cases import make_case, make_officer
from tests.factories.scheme import AT, make_business, make_round
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.core.db import db, transaction
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.evaluation.administrative.models import (
    AdministrativeFigure,
    AdministrativeImport,
    Measure,
)
from voucher.evaluation.administrative.operations import BadFile, import_figures, preview
from voucher.evaluation.administrative.queries import (
    figures_of,
    import_by_reference,
    imports,
    known_businesses,
)
from voucher.evaluation.administrative.rules import DOUBTS, Kind
from voucher.screening.models import PartyRecord

HEAD = "company_number,measure,value,period_end,source\n"


def csv_of(*lines):
    return (HEAD + "".join(f"{line}\n" for line in lines)).encode()


def line(business, value=400_000, measure="turnover", ended="2026-03-31"):
    return f"{business.company_number},{measure},{value},{ended},HMRC"


def make_applicant(round_=None, **values):
    """A business with an application that was sent."""
    business = make_business(**values)
    case = make_case(round_, business)
    case.baseline = {"turnover_band": "250k-1m", "staff": 5}
    case.submitted_at = AT
    return business, case


def take(content, *, accepted=(), expected=1, by=None, at=AT, name="figures.csv"):
    by = by or make_officer(Role.EVALUATOR).id
    return import_figures(
        file_name=name, content=content, accepted=accepted, expected=expected, by=by, at=at
    )


def count(session, model):
    return session.execute(select(func.count()).select_from(model)).scalar_one()


def test_a_preview_stores_nothing(session):
    business, _ = make_applicant()
    session.commit()
    seen = preview(content=csv_of(line(business), "00000009,staff,1,2026-03-31,HMRC"), at=AT)
    assert (seen.sorted.sound, seen.sorted.counts) == (1, {Kind.UNMATCHED: 1})
    assert not session.new
    assert not session.dirty
    assert count(session, AdministrativeImport) == count(session, AdministrativeFigure) == 0


def test_an_import_keeps_the_figures_their_source_and_who_brought_them(session):
    business, case = make_applicant()
    evaluator = make_officer(Role.EVALUATOR)
    content = csv_of(line(business), line(business, 6, "staff"), "00000009,staff,1,2026-03-31,HMRC")
    made = take(content, expected=2, by=evaluator.id)
    assert (made.lines, made.taken, made.counts) == (3, 2, {"unmatched": 1})
    assert (made.imported_by_id, made.file_name) == (evaluator.id, "figures.csv")
    found = figures_of(case.round_id, AT)[case.id]
    assert {(each.measure, each.value, each.line) for each in found} == {
        (Measure.TURNOVER, 400_000, 2),
        (Measure.STAFF, 6, 3),
    }
    assert {(each.source, each.import_id) for each in found} == {("HMRC", made.id)}
    (entry,) = session.execute(
        select(AuditEvent).where(AuditEvent.action == "official_figures.imported")
    ).scalars()
    assert entry.details == {"lines": 3, "taken": 2, "file_sha256": made.file_sha256}
    assert import_by_reference(made.reference) is made
    assert [each.id for each in imports(1).rows] == [made.id]
    with pytest.raises(NotFound):
        import_by_reference("ADM-NONE")


def test_the_very_same_file_is_refused_by_its_hash(session):
    business, _ = make_applicant()
    content = csv_of(line(business))
    made = take(content)
    session.commit()
    for attempt in (lambda: take(content), lambda: preview(content=content, at=AT)):
        with pytest.raises(Conflict, match=f"imported on .* as {made.reference}"), transaction():
            attempt()
    assert count(session, AdministrativeFigure) == 1


def test_a_later_import_supersedes_and_what_was_known_before_can_be_read(session):
    business, case = make_applicant()
    take(csv_of(line(business)))
    later = AT + timedelta(days=30)
    assert preview(content=csv_of(line(business, 410_000)), at=later).replacing == 1
    take(csv_of(line(business, 410_000)), at=later)
    of = figures_of(case.round_id, later)[case.id]
    assert [each.value for each in of] == [410_000]
    assert [each.value for each in figures_of(case.round_id, AT)[case.id]] == [400_000]
    assert figures_of(case.round_id, AT - timedelta(seconds=1)) == {}
    assert count(session, AdministrativeFigure) == 2


def test_figures_are_those_of_the_rounds_own_applications(session):
    first, second = make_round(), make_round()
    business, case = make_applicant(first)
    other, _ = make_applicant(second)
    take(csv_of(line(business), line(other)), expected=2)
    assert set(figures_of(first.id, AT)) == {case.id}


def test_doubtful_lines_are_taken_only_where_somebody_says_so(session):
    business, case = make_applicant()
    content = csv_of(line(business, 90_000_000))
    with pytest.raises(Invalid, match="No line would be taken"):
        take(content, expected=0)
    take(content, accepted=DOUBTS)
    (kept,) = figures_of(case.round_id, AT)[case.id]
    assert kept.doubts == ["leap"]


def test_a_kind_that_is_no_doubt_can_not_be_accepted(session):
    make_applicant()
    with pytest.raises(Invalid, match="No line would be taken"):
        take(csv_of("00000009,staff,1,2026-03-31,HMRC"), accepted=Kind)


def test_while_a_line_is_bad_nothing_is_kept(session):
    business, _ = make_applicant()
    session.commit()
    content = csv_of(line(business), line(business, "1.5", "staff"))
    with pytest.raises(Invalid, match="can’t be read"), transaction():
        take(content)
    with pytest.raises(BadFile) as refused:
        preview(content=b"x", at=AT)
    assert refused.value.problems
    assert count(session, AdministrativeImport) == 0


def test_what_has_changed_since_the_preview_is_looked_at_again(session):
    business, _ = make_applicant()
    number = "99888777"
    content = csv_of(line(business), f"{number},staff,3,2026-03-31,HMRC")
    make_applicant(company_number=number)
    with pytest.raises(Conflict, match="changed since the preview"):
        take(content, expected=1)


def test_only_who_sent_an_application_is_matched_and_its_latest_baseline_counts(session):
    business, _case = make_applicant()
    make_draft()
    again = make_case(make_round(), business)
    again.baseline, again.submitted_at = {"staff": 9}, AT
    _no_number, _ = make_applicant(company_number=None)
    session.flush()
    found = known_businesses()
    assert set(found) == {business.company_number}
    (known,) = found[business.company_number]
    assert (known.business_id, known.baseline, known.is_gone) == (business.id, {"staff": 9}, False)


def test_a_company_that_the_register_calls_gone_is_a_doubt(session):
    business, _ = make_applicant()
    query = select(PartyRecord).where(
        PartyRecord.party == "business", PartyRecord.party_id == business.id
    )
    session.execute(query).scalar_one().company_status = "dissolved"
    session.flush()
    seen = preview(content=csv_of(line(business)), at=AT)
    assert seen.sorted.counts == {Kind.GONE: 1}


def test_statements_do_not_grow_with_the_lines(session):
    pairs = [make_applicant() for _ in range(12)]
    by = make_officer(Role.EVALUATOR).id
    session.commit()

    def statements(lines, name):
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            with transaction():
                take(csv_of(*lines), expected=len(lines), by=by, name=name)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    few = statements([line(pairs[0][0])], "few.csv")
    many = statements([line(business) for business, _ in pairs[1:]], "many.csv")
    assert many == few <= 12
