"""A trial of the ways of sharing: from a past round or a file, kept, and nothing decided by it."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.factories.cases import make_case, make_decision, make_officer
from tests.factories.scheme import AT, make_business, make_round, stored
from voucher.accounts.roles import Role
from voucher.allocation.scored.models import (
    Scorer,
    Scoring,
    ScoringAnswer,
    ScoringEntry,
    ScoringPlan,
    ScoringProposal,
    ScoringSlot,
    SlotStatus,
)
from voucher.allocation.trials.files import EXAMPLE, sha256_of, write
from voucher.allocation.trials.operations import (
    BadLines,
    from_file,
    from_round,
    new_seed,
    try_out,
)
from voucher.allocation.trials.queries import (
    entrants_of,
    rounds_to_try,
    trial_by_reference,
    trials_of,
)
from voucher.allocation.trials.rules import Terms
from voucher.applications.models import Application, ApplicationStatus, DecisionOutcome
from voucher.audit.models import AuditEvent
from voucher.businesses.models import HeadcountBand
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.core.paging import PAGE_ROWS
from voucher.programmes.models import RoundStatus

SEED = bytes(range(32))


@pytest.fixture
def manager(session):
    return make_officer(Role.PROGRAMME_MANAGER)


@pytest.fixture
def draft(session):
    return make_round(status=RoundStatus.DRAFT, value_cap_pence=120_000)


@pytest.fixture
def past(session):
    """Two that qualified (of different sizes), one refused, one whose second person waits."""
    round_ = make_round()
    for number, band in enumerate((HeadcountBand.ONE, HeadcountBand.TWO_TO_NINE)):
        business = make_business(headcount_band=band, local_authority="Leeds", sector="Retail")
        case = make_case(round_, business, status=ApplicationStatus.AWARDED)
        at = AT + timedelta(days=2 - number)
        make_decision(case, award_pence=100_000 + 50_000 * number, decided_at=at)
    refused = make_case(round_, status=ApplicationStatus.REFUSED)
    make_decision(refused, DecisionOutcome.REFUSE)
    proposed = make_case(round_, status=ApplicationStatus.PROPOSED)
    make_decision(proposed, needs_second=True)
    return round_


def terms(**values):
    return Terms(**{"budget_pence": 10**7, "places": 1, "draws": 10, "seed": SEED, **values})


def test_entrants_are_those_that_qualified_in_the_order_of_decisions(past):
    found = entrants_of(past.id, 120_000)
    assert [each.size for each in found] == [HeadcountBand.TWO_TO_NINE, HeadcountBand.ONE]
    assert [each.award_pence for each in found] == [120_000, 100_000]
    assert {each.council for each in found} == {"Leeds"}
    assert {each.areas for each in found} == {("taking-bookings-and-orders",)}
    [(round_, _, count)] = rounds_to_try()
    assert (round_.id, count) == (past.id, 2)


def test_a_trial_is_kept_and_changes_nothing(session, draft, past, manager):
    before = sorted((each.id, each.status) for each in session.query(Application))
    source = from_round(draft, past)
    made = try_out(round_=draft, source=source, terms=terms(), by=manager.id, at=AT)
    kept = trial_by_reference(made.reference)
    assert (kept.entries, kept.source_round.id, kept.file_name) == (2, past.id, "")
    assert kept.inputs_sha256 == sha256_of(write(entrants_of(past.id, 120_000)).encode())
    assert (kept.figures["rolling"], kept.figures["scored"]) == (1, None)
    assert kept.terms["places"] == 1
    assert (kept.seed, kept.ran_by_id, kept.ran_at) == (SEED.hex(), manager.id, AT)
    assert [each.id for each in trials_of(draft.id).rows] == [made.id]
    [event] = session.query(AuditEvent).filter_by(action="trial.run")
    assert event.details["inputs_sha256"] == kept.inputs_sha256
    assert sorted((each.id, each.status) for each in session.query(Application)) == before
    assert (draft.status, past.reserved_pence) == (RoundStatus.DRAFT, 0)


def test_every_trial_is_found_however_many_there_were(draft, past, manager):
    source = from_round(draft, past)
    made = [
        try_out(round_=draft, source=source, terms=terms(), by=manager.id, at=AT).id
        for _ in range(PAGE_ROWS + 1)
    ]
    first, second = trials_of(draft.id), trials_of(draft.id, 2)
    assert [each.id for each in (*first.rows, *second.rows)] == made[::-1]
    assert (first.total, first.pages) == (PAGE_ROWS + 1, 2)


def test_the_same_seed_gives_the_same_figures(draft, past, manager):
    source = from_round(draft, past)
    first, again = (
        try_out(round_=draft, source=source, terms=terms(), by=manager.id, at=AT) for _ in range(2)
    )
    assert first.figures == again.figures
    assert first.reference != again.reference
    assert len(new_seed()) == 32


def test_a_file_with_marks(draft, manager):
    source = from_file("Test.csv", EXAMPLE.encode())
    made = try_out(round_=draft, source=source, terms=terms(), by=manager.id, at=AT)
    assert (made.file_name, made.source_round_id, made.entries) == ("Test.csv", None, 3)
    assert made.figures["scored"] == 1
    assert made.inputs_sha256 == sha256_of(EXAMPLE.encode())


def test_a_file_with_bad_lines_is_not_tried(session):
    with pytest.raises(BadLines) as refused:
        from_file("Test.csv", b"reference,decided_at,award\nA,never,10\n")
    assert refused.value.field == "upload"
    assert [each.line for each in refused.value.problems] == [2]


def test_a_round_that_has_opened_takes_no_trial(past, manager):
    source = from_file("Test.csv", EXAMPLE.encode())
    with pytest.raises(Conflict):
        try_out(round_=past, source=source, terms=terms(), by=manager.id, at=AT)
    assert trials_of(past.id).total == 0


def test_terms_that_make_no_sense_are_refused(draft, manager):
    source = from_file("Test.csv", EXAMPLE.encode())
    with pytest.raises(Invalid):
        try_out(round_=draft, source=source, terms=terms(draws=0), by=manager.id, at=AT)
    assert trials_of(draft.id).total == 0


def test_a_trial_can_not_be_changed_afterwards(session, draft, manager):
    source = from_file("Test.csv", EXAMPLE.encode())
    try_out(round_=draft, source=source, terms=terms(), by=manager.id, at=AT)
    for statement in ("UPDATE allocation_trial SET entries = 9", "DELETE FROM allocation_trial"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement))


def test_an_unknown_trial(session):
    with pytest.raises(NotFound):
        trial_by_reference("TRL-0000-0000")


def test_marks_of_a_scored_round_are_taken_along(session, past):
    """A total is out of 10,000 × the highest mark: 36,250 of 50,000 is 72.5 points."""
    first, second, *_ = session.query(Application).filter_by(round_id=past.id).order_by("id")
    officers = [make_officer().id for _ in range(3)]
    plan = stored(
        ScoringPlan(
            round_id=past.id,
            version=1,
            criteria=[],
            highest_mark=5,
            apart_bps=2_000,
            least_bps=0,
            replaces=False,
            set_at=AT,
            set_by_id=officers[0],
        )
    )
    secrets = {"secret_nonce": "0" * 64, "secret_sha256": "0" * 64}
    scoring = stored(
        Scoring(
            reference="SCO-0000-0001",
            round_id=past.id,
            entries=2,
            begun_at=AT,
            begun_by_id=officers[0],
            **secrets,
        )
    )
    scorers = [
        stored(Scorer(scoring_id=scoring.id, user_id=each, declared_at=AT)) for each in officers
    ]
    for number, (case, totals) in enumerate(((first, (36_250, 40_001)), (second, (50_000,))), 1):
        entry = stored(ScoringEntry(scoring_id=scoring.id, application_id=case.id, number=number))
        for place, total in enumerate(totals, 1):
            stored(
                ScoringSlot(
                    entry_id=entry.id,
                    place=place,
                    scorer_id=scorers[place].id,
                    status=SlotStatus.HANDED_IN,
                    taken_at=AT,
                    handed_in_at=AT,
                    plan_id=plan.id,
                    total=total,
                )
            )

    def totals():
        return {each.reference: each.totals for each in entrants_of(past.id, 10**6)}

    assert totals() == {first.reference: (), second.reference: ()}, "not before it is settled"
    proposal = stored(
        ScoringProposal(
            scoring_id=scoring.id, number=1, ranking={}, proposed_at=AT, proposed_by_id=officers[0]
        )
    )
    stored(
        ScoringAnswer(
            scoring_id=scoring.id,
            proposal_id=proposal.id,
            agreed=True,
            note="",
            proposed_by_id=officers[0],
            answered_at=AT,
            answered_by_id=officers[1],
        )
    )
    assert totals() == {first.reference: (7_250, 8_000), second.reference: ()}
