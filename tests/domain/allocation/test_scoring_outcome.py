"""The ranked list: proposed by one, settled by another; places within the money; replacements."""

import json

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from tests.factories.cases import CODE_KEY, make_approved
from tests.factories.scheme import AT, make_round, stored
from tests.factories.scoring import (
    KEY,
    SETTLED_AT,
    begun_contest,
    rule_with,
)
from tests.together import at_once
from voucher.accounts.models import Membership
from voucher.accounts.roles import Role
from voucher.allocation.models import Arm, Assignment
from voucher.allocation.scored.models import (
    Scoring,
    ScoringAnswer,
    ScoringProposal,
    ScoringReplacement,
)
from voucher.allocation.scored.operations import outcome
from voucher.allocation.scored.operations.replace import offer_again, replace
from voucher.allocation.scored.queries import (
    open_scorings,
    places_left,
    places_not_offered,
    proposals_of,
    ranked_place,
    replacements_of,
    settled_list,
    waiting_list,
)
from voucher.allocation.scoring import Candidate, rank
from voucher.applications.models import ApplicationStatus
from voucher.applications.operations.assess import hold, release_hold
from voucher.applications.operations.submit import decline_award, withdraw
from voucher.audit.models import AuditEvent
from voucher.core.db import session as scoped
from voucher.core.errors import Conflict, DomainError, Invalid, NotPermitted
from voucher.programmes.models import AllocationMethod
from voucher.subsidy.queries import latest_notice
from voucher.vouchers.operations import award_on_confirmation

_A = ApplicationStatus
TWO_PLACES = rule_with(places=2, least_bps=4_000)


def settled(*marks, rule=TWO_PLACES, **values):
    """A contest whose cases have these marks, settled."""
    contest = begun_contest(len(marks), rule=rule, **values)
    contest.score_all(*marks)
    contest.settle()
    return contest


def leave(case):
    withdraw(application=case, by=case.started_by_id, at=SETTLED_AT)


def confirm(case):
    notice = latest_notice(case.id)
    return award_on_confirmation(
        notice=notice,
        text_version=notice.text_version,
        by=case.started_by_id,
        at=SETTLED_AT,
        code_key=CODE_KEY,
    )


def give_on(contest, case):
    return replace(
        scoring=contest.begun,
        leaver_reference=case.reference,
        by=contest.manager.id,
        at=SETTLED_AT,
    )


def test_places_go_from_the_top_and_everybody_has_an_answer(session):
    contest = settled(5, 4, 3, 1)
    statuses = [case.status for case in contest.cases]
    assert statuses == [_A.APPROVED, _A.APPROVED, _A.ELIGIBLE, _A.UNPLACED]
    rows = session.execute(select(Assignment).order_by(Assignment.position)).scalars().all()
    assert [row.application_id for row in rows] == [case.id for case in contest.cases]
    assert [(row.arm, row.arm_code) for row in rows] == [
        (Arm.VOUCHER, "offered"),
        (Arm.VOUCHER, "offered"),
        (Arm.WAITING, "waiting"),
        (Arm.INFORMATION, "below"),
    ]
    assert all(latest_notice(case.id) for case in contest.cases[:2])
    assert not any(latest_notice(case.id) for case in contest.cases[2:])
    assert open_scorings() == []
    query = select(AuditEvent.action).where(AuditEvent.action.like("application.%"))
    actions = session.execute(query.order_by(AuditEvent.id)).scalars().all()
    assert actions == [
        "application.ranked_waiting",
        "application.unplaced",
        "application.approved",
        "application.approved",
    ]


def test_without_replacement_nobody_waits(session):
    contest = settled(5, 4, 3, replaces=False)
    assert contest.cases[2].status is _A.UNPLACED
    assert ranked_place(contest.cases[2].id).outcome == "unplaced"
    leave(contest.cases[0])
    with pytest.raises(Conflict, match="does not replace"):
        give_on(contest, contest.cases[0])


def test_the_file_can_be_worked_out_again(session):
    contest = settled(5, 4, 4, 2)
    file = json.loads(json.dumps(settled_list(contest.begun.id).ranking))
    rule = rule_with(**{k: v for k, v in file["rule"].items() if k != "criteria"})
    for row in file["ranked"]:
        totals = [
            sum(one["weight_bps"] * sheet["marks"][one["code"]] for one in file["rule"]["criteria"])
            for sheet in row["sheets"]
        ]
        assert totals == [sheet["total"] for sheet in row["sheets"]]
        assert row["doubled"] == sum(totals)
    again = rank(
        rule,
        [Candidate(r["reference"], r["doubled"], r["award_pence"]) for r in file["ranked"]],
        free_pence=file["free_pence"],
        seed=bytes.fromhex(file["seed"]),
    )
    assert [one.reference for one in again.offered] == [
        row["reference"] for row in file["ranked"] if row["outcome"] == "offered"
    ]
    assert [one.reference for one in (*again.offered, *again.waiting, *again.below)] == [
        row["reference"] for row in file["ranked"]
    ]
    assert [row["points"] for row in file["ranked"]] == ["100", "80", "80", "40"]


def test_money_ends_the_list_before_the_places_do(session):
    contest = settled(
        5, 4, 3, rule=rule_with(), award_pence=[100_000, 150_000, 10_000], budget_pence=200_000
    )
    assert [case.status for case in contest.cases] == [_A.APPROVED, _A.ELIGIBLE, _A.ELIGIBLE]
    assert [row.id for row in waiting_list(contest.begun.id)] == [
        case.id for case in contest.cases[1:]
    ]


def test_no_list_before_everything_is_scored(session):
    contest = begun_contest(2)
    contest.score(contest.cases[0], 0, 5)
    with pytest.raises(Conflict, match="not scored yet: 2"):
        contest.propose()
    leave(contest.cases[1])
    with pytest.raises(Conflict, match="not scored yet: 1"):
        contest.propose()
    leave(contest.cases[0])
    with pytest.raises(Conflict, match="left"):
        contest.propose()


def test_who_left_is_not_ranked(session):
    contest = begun_contest(2)
    contest.score(contest.cases[0], 3, 3)
    leave(contest.cases[1])
    contest.settle()
    file = settled_list(contest.begun.id).ranking
    assert [row["reference"] for row in file["ranked"]] == [contest.cases[0].reference]
    assert file["left"] == [contest.cases[1].reference]


def test_a_second_person_settles(session):
    contest = begun_contest(1)
    contest.score_all(3)
    proposal = contest.propose()
    with pytest.raises(Conflict, match="proposed already"):
        contest.propose(contest.second)
    with pytest.raises(NotPermitted, match="You proposed"):
        contest.answer(proposal, by=contest.manager.id)
    contest.answer(proposal)
    for act in (lambda: contest.answer(proposal), contest.propose):
        with pytest.raises(Conflict, match="settled"):
            act()


def test_a_list_is_sent_back_with_words_and_proposed_again(session):
    contest = begun_contest(1)
    contest.score_all(3)
    proposal = contest.propose()
    for note in (" ", "x" * 1_001):
        with pytest.raises(Invalid) as refused:
            contest.answer(proposal, agree=False, note=note)
        assert refused.value.field == "note"
    contest.answer(proposal, agree=False, note="Ask finance about the budget first.")
    assert contest.cases[0].status is _A.ELIGIBLE
    again = contest.propose()
    assert again.number == 2
    with pytest.raises(Conflict, match="answered already"):
        contest.answer(proposal)
    contest.answer(again)
    assert [(one.number, said.agreed) for one, said in proposals_of(contest.begun.id)] == [
        (2, True),
        (1, False),
    ]


def test_a_list_that_rests_on_something_else_by_now_is_not_settled(session):
    contest = begun_contest(2)
    contest.score_all(3, 4)
    proposal = contest.propose()
    leave(contest.cases[0])
    with pytest.raises(Conflict, match="has left since"), session.begin_nested():
        contest.answer(proposal)
    contest.answer(proposal, agree=False, note="Somebody has left.")
    contest.settle()
    assert contest.cases[1].status is _A.APPROVED


def test_people_of_a_business_on_the_list_neither_propose_nor_settle(session):
    contest = begun_contest(1)
    contest.score_all(3)
    business_id = contest.cases[0].business_id
    stored(
        Membership(
            user_id=contest.second.id, business_id=business_id, role=Role.BUSINESS, joined_at=AT
        )
    )
    with pytest.raises(NotPermitted, match="belong"):
        contest.propose(contest.second)
    with pytest.raises(NotPermitted, match="belong"):
        contest.answer(contest.propose())


def test_a_held_place_is_offered_once_it_is_released(session):
    contest = begun_contest(1)
    contest.score_all(3)
    case, officer = contest.cases[0], contest.manager
    hold(application=case, reason="A doubt.", by=officer.id, at=SETTLED_AT)
    contest.settle()
    assert [row.id for row in places_not_offered(contest.begun.id)] == [case.id]
    again = {"scoring": contest.begun, "reference": case.reference, "by": officer.id}
    with pytest.raises(Conflict, match="on hold"):
        offer_again(**again, at=SETTLED_AT)
    release_hold(application=case, by=officer.id, at=SETTLED_AT)
    offer_again(**again, at=SETTLED_AT)
    assert case.status is _A.APPROVED
    with pytest.raises(Conflict, match="offered already"):
        offer_again(**again, at=SETTLED_AT)


def test_only_a_place_gets_a_voucher(session):
    contest = settled(5, 4, 3)
    assert confirm(contest.cases[0])
    place = ranked_place(contest.cases[0].id)
    assert (place.rank, place.of, place.outcome, place.took_over) == (1, 3, "offered", False)


@pytest.mark.parametrize(("arm", "words"), [(None, "not been settled"), ("below", "no place")])
def test_nobody_gets_a_voucher_past_the_list(session, arm, words):
    round_ = make_round(allocation_method=AllocationMethod.SCORED)
    case, notice, owner = make_approved(round_)
    if arm:
        stored(
            Assignment(
                application_id=case.id,
                round_id=round_.id,
                arm=Arm.INFORMATION,
                arm_code=arm,
                method=AllocationMethod.SCORED,
                assigned_at=AT,
            )
        )
    with pytest.raises(Conflict, match=words):
        award_on_confirmation(
            notice=notice,
            text_version=notice.text_version,
            by=owner.id,
            at=AT,
            code_key=CODE_KEY,
        )


def test_the_next_has_a_place_that_is_left_before_issue(session):
    contest = settled(5, 4, 3, 2, 1)
    first, second, third, fourth, fifth = contest.cases
    assert ranked_place(fourth.id).number == 2
    decline_award(
        application=first, notice=latest_notice(first.id), by=first.started_by_id, at=SETTLED_AT
    )
    assert [row.id for row in places_left(contest.begun.id)] == [first.id]
    give_on(contest, first)
    assert third.status is _A.APPROVED
    assert ranked_place(third.id).took_over
    assert ranked_place(fourth.id).number == 1
    assert confirm(third)
    with pytest.raises(Conflict, match="given to the next already"):
        give_on(contest, first)
    confirm(second)
    with pytest.raises(DomainError):
        leave(second)
    row = replacements_of(contest.begun.id)[0]
    assert (row.leaver, row.successor) == (first.reference, third.reference)
    assert fifth.status is _A.UNPLACED


def test_nobody_below_the_least_replaces(session):
    contest = settled(5, 4, 1)
    leave(contest.cases[0])
    with pytest.raises(Conflict, match="Nobody waits"):
        give_on(contest, contest.cases[0])


def test_the_next_must_be_paid_for(session):
    contest = settled(5, 4, 3, award_pence=[50_000, 50_000, 150_000], budget_pence=160_000)
    leave(contest.cases[0])
    with pytest.raises(Conflict, match="The round has"):
        give_on(contest, contest.cases[0])
    assert contest.cases[2].status is _A.ELIGIBLE


def test_who_waits_can_leave(session):
    contest = settled(5, 4, 3)
    leave(contest.cases[2])
    assert waiting_list(contest.begun.id) == []
    assert ranked_place(contest.cases[2].id).number is None


def test_of_two_who_answer_at_once_one_is_told(app, session):
    contest = begun_contest(2)
    contest.score_all(3, 4)
    proposal_id, second_id = contest.propose().id, contest.second.id
    session.commit()

    def agree():
        proposal = scoped.get_one(ScoringProposal, proposal_id)
        given = {"agree": True, "note": "", "by": second_id, "at": SETTLED_AT, "key": KEY}
        return outcome.answer(proposal=proposal, **given).id

    given = at_once(app, agree, agree)
    assert sorted(isinstance(one, DomainError) for one in given) == [False, True]
    for model, wanted in ((ScoringAnswer, 1), (Assignment, 2)):
        assert session.execute(select(func.count()).select_from(model)).scalar_one() == wanted


def test_a_place_that_is_left_goes_to_one(app, session):
    contest = settled(5, 4, 3, 3)
    leave(contest.cases[0])
    scoring_id, manager_id = contest.begun.id, contest.manager.id
    leaver = contest.cases[0].reference
    session.commit()

    def give():
        scoring = scoped.get_one(Scoring, scoring_id)
        return replace(scoring=scoring, leaver_reference=leaver, by=manager_id, at=SETTLED_AT).id

    given = at_once(app, give, give)
    assert sorted(isinstance(one, DomainError) for one in given) == [False, True]
    query = select(func.count()).select_from(ScoringReplacement)
    assert session.execute(query).scalar_one() == 1


def test_the_database_wants_another_person_and_one_settled_list(session):
    contest = settled(3)
    answer = session.execute(select(ScoringAnswer)).scalar_one()
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(text("UPDATE scoring_answer SET note = 'x'"))
    again = stored(
        ScoringProposal(
            scoring_id=contest.begun.id,
            number=2,
            ranking={},
            proposed_at=AT,
            proposed_by_id=contest.manager.id,
        )
    )
    for values in ({}, {"agreed": False, "answered_by_id": contest.manager.id, "note": "x"}):
        given = {
            "scoring_id": contest.begun.id,
            "proposal_id": again.id,
            "agreed": True,
            "note": "",
            "proposed_by_id": contest.manager.id,
            "answered_at": answer.answered_at,
            "answered_by_id": contest.second.id,
            **values,
        }
        with pytest.raises(DatabaseError), session.begin_nested():
            stored(ScoringAnswer(**given))
