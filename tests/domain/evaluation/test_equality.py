"""Equality answers: given once, taken back, counted by stage, forgotten; and no trace left."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.factories.cases import make_case, make_voucher
from tests.factories.evaluation import make_redeemed
from tests.factories.scheme import AT, make_round
from tests.together import at_once
from voucher.applications.models import Application, ApplicationStatus
from voucher.audit.models import AuditEvent
from voucher.core.db import transaction
from voucher.core.errors import Conflict
from voucher.equality.models import EqualityAnswer, EqualityTables
from voucher.equality.operations import answer, take_back
from voucher.equality.queries import counts_by_stage, has_answered, rounds_with_tables, versions_of
from voucher.equality.rules import Stage
from voucher.evaluation.monitoring.jobs import forget_answers, make_tables
from voucher.evaluation.monitoring.section import equality_section
from voucher.programmes.models import RoundStatus

KEY = b"a key of the tests"


def say(application, **answers):
    answer(application=application, answers=answers or {"sex": "female"}, key=KEY, on=AT.date())


def test_an_application_answers_once_and_can_take_it_back(session):
    case = make_case()
    assert not has_answered(case, KEY)
    say(case)
    assert has_answered(case, KEY)
    session.commit()
    with pytest.raises(Conflict, match="have been answered"):
        say(case, sex="male")
    take_back(application=case, key=KEY)
    assert not has_answered(case, KEY)
    take_back(application=case, key=KEY)
    say(case, disability="no")
    assert session.scalars(select(EqualityAnswer)).one().sex is None


@pytest.mark.parametrize("status", [ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN])
def test_only_what_was_sent_and_stands_is_asked(session, status):
    case = make_case(status=status, check=None)
    with pytest.raises(Conflict, match="once an application has been sent"):
        say(case)


def test_neither_answering_nor_deleting_leaves_an_event(session):
    case = make_case()
    before = session.scalar(select(func.count()).select_from(AuditEvent))
    say(case)
    take_back(application=case, key=KEY)
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_two_that_answer_at_once_answer_once(app):
    with app.app_context():
        with transaction():
            case = make_case()
            number = case.id

        def now():
            from voucher.core.db import session

            say(session.get_one(Application, number))

        given = at_once(app, now, now)
        assert sorted(type(each).__name__ for each in given) == ["Conflict", "NoneType"]


def test_counts_by_stage(session):
    round_ = make_round()
    redeemed = make_redeemed(round_)
    awarded = make_voucher(round_)
    cases = [session.get_one(Application, each.application_id) for each in (awarded,)]
    used = session.scalars(
        select(Application).where(Application.round_id == round_.id).order_by(Application.id)
    ).first()
    say(used, sex="female", leadership="women")
    say(cases[0], sex="male")
    say(make_case(round_, status=ApplicationStatus.COMPARISON), sex="male")
    make_case(round_, status=ApplicationStatus.REFUSED)
    make_case(round_, status=ApplicationStatus.DRAFT, check=None)
    found = counts_by_stage(round_.id, KEY)
    assert [found[stage].applications for stage in Stage] == [4, 3, 2, 1]
    assert [found[stage].answered for stage in Stage] == [3, 3, 2, 1]
    assert found[Stage.ELIGIBLE].answers["sex", "male"] == 2
    assert found[Stage.APPLIED].answers["sex", "blank"] == 1
    assert found[Stage.REDEEMED].answers["leadership", "women"] == 1
    assert redeemed.id
    assert counts_by_stage(round_.id, b"another key")[Stage.APPLIED].answered == 0


def answered_round(status=RoundStatus.CLOSED, many=24):
    round_ = make_round(status=status)
    for number in range(many):
        say(make_case(round_), sex="female" if number % 2 else "male")
    return round_


def test_tables_are_made_of_closed_rounds_and_seldom(app):
    with app.app_context():
        with transaction():
            closed, open_ = answered_round(), answered_round(RoundStatus.OPEN, many=1)
            ids = closed.id, open_.id
        assert make_tables(KEY, AT) == 1
        section = equality_section(ids[0])
        assert section["made_at"] == AT.isoformat()
        assert section["questions"][0]["lines"][0]["counts"][0] == 12
        assert equality_section(ids[1]) is None
        assert [row[0] for row in rounds_with_tables()] == [closed.reference]


def first_count(round_id, version):
    made = next(each for each in versions_of(round_id) if each.version == version)
    return made.content["questions"][0]["lines"][0]["counts"][0]


def test_a_version_stays_and_none_is_made_that_tells_of_few(app):
    """Thirteen women after twelve would tell what the one who answered since has answered."""
    with app.app_context():
        with transaction():
            round_ = answered_round()
            number = round_.id
        assert make_tables(KEY, AT) == 1
        with transaction():
            say(make_case(round_))
        assert make_tables(KEY, AT + timedelta(days=30)) == 0
        assert equality_section(number)["made_at"] == AT.isoformat()
        with transaction():
            for _ in range(6):
                say(make_case(round_))
        assert make_tables(KEY, AT + timedelta(days=29)) == 0
        assert make_tables(KEY, AT + timedelta(days=30)) == 1
        assert [first_count(number, version) for version in (1, 2)] == [12, 19]
        assert len(rounds_with_tables()) == 1


def test_answers_are_forgotten_and_the_tables_stay(app):
    with app.app_context():
        with transaction():
            round_ = answered_round()
            number, closes = round_.id, round_.closes_on
        make_tables(KEY, AT)
        late = AT + (closes - AT.date()) + timedelta(days=730)
        assert forget_answers(late - timedelta(days=1)) == 0
        assert forget_answers(late) == 1
        from voucher.core.db import session

        assert session.scalar(select(func.count()).select_from(EqualityAnswer)) == 0
        assert session.scalar(select(EqualityTables.round_id)) == number
        assert make_tables(KEY, late) == 0


def test_late_answers_neither_come_in_nor_change_the_tables(app):
    """Answers that came after the others were deleted once replaced the whole round's tables."""
    with app.app_context():
        with transaction():
            round_ = answered_round()
            number, closes = round_.id, round_.closes_on
        make_tables(KEY, AT)
        late = AT + (closes - AT.date()) + timedelta(days=730)
        forget_answers(late)
        with pytest.raises(Conflict, match="asked no more"):
            answer(application=make_case(round_), answers={"sex": "male"}, key=KEY, on=late.date())
        with transaction():
            say(make_case(round_))
        assert make_tables(KEY, late) == 0
        assert [each.made_at for each in versions_of(number)] == [AT]
