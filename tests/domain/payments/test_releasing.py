"""Payments that finance lets go: tried out, released once, above the threshold by two."""

import pytest
from sqlalchemy import select

from tests.domain.payments.test_clawback import Desk
from tests.domain.payments.world import PENCE
from tests.factories.cases import make_officer
from tests.factories.payments import make_approved_claim
from tests.factories.scheme import AT, make_provider, make_round
from tests.together import together
from voucher.accounts.roles import Role
from voucher.applications.models import Application
from voucher.claims.models import Claim
from voucher.core.db import session, transaction
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.ledger.models import AccountKind
from voucher.payments.clawbacks.jobs import set_off_debts
from voucher.payments.clawbacks.operations import owing
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.queueing import cancel, queue_claim
from voucher.payments.runs.models import PaymentRun, PaymentRunItem, RunStatus
from voucher.payments.runs.operations import releasing
from voucher.payments.runs.queries import free_to_release, ready_page, releases_of, try_out
from voucher.payments.runs.rules import COUNTS_FOR, needs_second
from voucher.programmes.models import ReleaseMethod, Round

pytestmark = pytest.mark.both_databases


def ready(count=1, **round_values):
    values = {"release_method": ReleaseMethod.BY_FINANCE, **round_values}
    with transaction():
        round_, provider = make_round(**values), make_provider()
        made = []
        for _ in range(count):
            payment = queue_claim(claim_id=make_approved_claim(round_, provider).id, at=AT)
            made.append(payment.id)
    return made


def officer(role=Role.FINANCE):
    with transaction():
        return make_officer(role).id


def let_go(payment_ids, by=None):
    with transaction():
        return releasing.release(payment_ids=payment_ids, by=by or officer(), at=AT).id


def agree(run_id, by):
    with transaction():
        releasing.agree(run=session.get(PaymentRun, run_id), by=by, at=AT)


def statuses():
    session.rollback()
    return session.execute(select(Payment.status).order_by(Payment.id)).scalars().all()


def test_it_waits_for_finance_and_is_then_queued(session):
    payment_ids = ready(2)
    assert statuses() == [PaymentStatus.READY] * 2
    run = session.get(PaymentRun, let_go(payment_ids))
    assert statuses() == [PaymentStatus.QUEUED] * 2
    assert (run.status, run.payment_count, run.total_pence) == (RunStatus.RELEASED, 2, 2 * PENCE)
    assert run.reference.startswith("RUN-")


def test_an_automatic_round_asks_nobody(session):
    ready(1, release_method=ReleaseMethod.AUTOMATIC)
    assert statuses() == [PaymentStatus.QUEUED]


def test_a_double_click_releases_once(session):
    payment_ids = ready(2)
    let_go(payment_ids)
    with pytest.raises(Conflict):
        let_go(payment_ids)
    assert session.query(PaymentRun).count() == 1


def test_two_officers_at_once_release_once(app, session):
    payment_ids = ready(3)
    officers = [officer(), officer()]
    answers = together(app, *(lambda by=by: let_go(payment_ids, by) for by in officers))
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    assert session.query(PaymentRun).count() == 1
    assert session.query(PaymentRunItem).count() == 3


@pytest.mark.parametrize(
    ("payments", "needed"),
    [
        ([(1, 99, 100)], False),
        ([(1, 100, 100)], True),
        ([(1, 50, 100), (1, 50, 100)], True),
        ([(1, 99, 100), (2, 99, 100)], False),
        ([(1, 10**9, None)], False),
    ],
)
def test_when_a_second_person_is_needed(payments, needed):
    assert needs_second(payments) is needed


@pytest.mark.parametrize(
    ("payments", "alone", "needed"),
    [
        ([(1, 50, 100)], {1: 50}, True),
        ([(1, 50, 100)], {1: 49, 2: 99}, False),
        ([(1, 50, None)], {1: 10**9}, False),
    ],
)
def test_what_was_let_go_alone_counts_too(payments, alone, needed):
    assert needs_second(payments, alone) is needed


def test_one_release_after_the_other_does_not_avoid_the_second_person(session):
    one, two, three, four = ready(4, second_release_pence=2 * PENCE)
    first, other = officer(), officer()
    let_go([one], first)
    assert try_out([two], AT, first).needs_second
    assert not try_out([two], AT, other).needs_second
    run_id = let_go([two], first)
    let_go([three], other)
    assert statuses() == [PaymentStatus[name] for name in ("QUEUED", "READY", "QUEUED", "READY")]
    agree(run_id, other)
    with transaction():
        later = AT + COUNTS_FOR
        releasing.release(payment_ids=[four], by=first, at=later)
    assert statuses() == [PaymentStatus.QUEUED] * 4


def test_what_was_held_back_is_let_go_by_name_alone(session):
    held, other = ready(2)
    let_go([held])
    by = officer()
    with transaction():
        releasing.hold_back(payment=session.get(Payment, held), reason="Ask.", by=by, at=AT)
    assert free_to_release() == [other]
    reference = session.get(Payment, held).reference
    assert free_to_release([reference]) == [held]


def test_what_nobody_released_is_held_back_with_a_reason_that_stays(session):
    [payment_id] = ready()
    by = officer()

    def hold():
        with transaction():
            payment = session.get(Payment, payment_id)
            releasing.hold_back(payment=payment, reason="They rang.", by=by, at=AT)

    hold()
    [(run, item)] = releases_of(session.get(Payment, payment_id))
    assert (run.status, run.note) == (RunStatus.WITHDRAWN, "They rang.")
    assert (item.reason, item.taken_out_by_id) == ("They rang.", by)
    assert session.get(Payment, payment_id).status_note == "Held back: They rang."
    assert free_to_release() == []
    with pytest.raises(Conflict, match="held back already"):
        hold()
    let_go([payment_id])
    assert statuses() == [PaymentStatus.QUEUED]
    assert len(releases_of(session.get(Payment, payment_id))) == 2


def test_what_waits_for_a_second_person_is_not_held_back(session):
    [payment_id] = ready(1, second_release_pence=1)
    let_go([payment_id])
    by = officer()
    payment = session.get(Payment, payment_id)
    session.rollback()
    with pytest.raises(Conflict, match="second person"), transaction():
        releasing.hold_back(payment=payment, reason="They rang.", by=by, at=AT)


def test_two_releases_of_one_officer_at_once_are_counted_together(app, session):
    payment_ids, by = ready(2, second_release_pence=2 * PENCE), officer()
    together(app, *(lambda one=one: let_go([one], by) for one in payment_ids))
    assert sorted(statuses()) == [PaymentStatus.QUEUED, PaymentStatus.READY]


def test_above_the_threshold_another_person_agrees(session):
    payment_ids = ready(1, second_release_pence=PENCE)
    first = officer()
    run_id = let_go(payment_ids, first)
    assert statuses() == [PaymentStatus.READY]
    with pytest.raises(NotPermitted):
        agree(run_id, first)
    agree(run_id, officer(Role.APPROVER))
    assert statuses() == [PaymentStatus.QUEUED]
    assert session.get(PaymentRun, run_id).status is RunStatus.RELEASED


def test_who_approved_the_claim_is_not_the_second_person(session):
    payment_ids = ready(1, second_release_pence=1)
    run_id = let_go(payment_ids)
    approver = session.execute(select(Claim.approved_by_id)).scalar_one()
    with pytest.raises(NotPermitted, match="approved one of these claims"):
        agree(run_id, approver)
    assert statuses() == [PaymentStatus.READY]


def test_what_waits_for_a_second_person_is_in_no_other_release(session):
    payment_ids = ready(1, second_release_pence=1)
    run_id = let_go(payment_ids)
    assert free_to_release() == []
    with pytest.raises(Conflict, match="Somebody else"):
        let_go(payment_ids)
    with transaction():
        run = session.get(PaymentRun, run_id)
        releasing.withdraw(run=run, reason="Wrong month.", by=officer_in(), at=AT)
    assert free_to_release() == payment_ids
    let_go(payment_ids)


def officer_in():
    return make_officer(Role.FINANCE).id


def test_a_release_is_taken_back_while_nothing_was_sent(session):
    [payment_id] = ready()
    let_go([payment_id])
    by = officer()
    with pytest.raises(Invalid), transaction():
        releasing.hold_back(payment=session.get(Payment, payment_id), reason=" ", by=by, at=AT)
    with transaction():
        payment = session.get(Payment, payment_id)
        releasing.hold_back(payment=payment, reason="Ask first.", by=by, at=AT)
    assert statuses() == [PaymentStatus.READY]
    let_go([payment_id])
    assert statuses() == [PaymentStatus.QUEUED]


def test_what_is_ready_can_be_cancelled(session):
    [payment_id] = ready()
    by = officer()
    with transaction():
        cancel(payment=session.get(Payment, payment_id), reason="Not owed.", by=by, at=AT)
    assert statuses() == [PaymentStatus.CANCELLED]
    with pytest.raises(Conflict):
        let_go([payment_id])


def test_nothing_chosen_is_refused(session):
    with pytest.raises(Invalid):
        let_go([])


def test_a_trial_asks_the_gates_and_changes_nothing(world):
    payable, poor, held = ready_in(world)
    found = try_out([payable, poor, held], AT)
    words = [trial.kept_by for trial in found.trials]
    assert words == [None, "The programme’s balance does not cover it.", "The case is on hold."]
    assert (found.before_pence, found.sent_pence) == (PENCE + 1, PENCE)
    assert (found.after_pence, found.missing_pence) == (1, PENCE - 1)
    session.rollback()
    assert statuses() == [PaymentStatus.READY] * 3
    rows = ready_page(1, AT).rows
    assert [row.in_the_way for row in rows] == [None, None, "The case is on hold."]
    assert [trial.net_pence for trial in found.trials] == [PENCE, 0, 0]


def test_a_trial_shows_what_is_sent_after_debts_are_set_off(rich_world):
    world, desk = rich_world, Desk(rich_world)
    debts = [desk.owed(world.paid(), pence) for pence in (PENCE, 1_000)]
    for debt in debts:
        desk.do(owing.net_off, debt)
    with transaction():
        session.get(Round, world.round_id).release_method = ReleaseMethod.BY_FINANCE
    whole, part, plain = (world.queue() for _ in range(3))
    found = try_out([whole, part, plain], world.at)
    assert [one.set_off_pence for one in found.trials] == [PENCE, 1_000, 0]
    assert [one.net_pence for one in found.trials] == [0, PENCE - 1_000, PENCE]
    assert [one.kept_by for one in found.trials] == [None] * 3
    assert (found.set_off_pence, found.sent_pence) == (PENCE + 1_000, 2 * PENCE - 1_000)
    session.rollback()
    assert world.payment(whole).netted_pence == 0
    let_go([whole, part, plain])
    set_off_debts(world.at)
    world.send()
    assert world.status(whole) is PaymentStatus.NETTED
    sent = [one.amount_pence for payment_id in (part, plain) for one in world.transfers(payment_id)]
    assert sum(sent) == found.sent_pence
    assert found.after_pence == world.books(AccountKind.CASH_AT_STRIPE)


def test_a_debt_goes_to_what_was_released_before(rich_world):
    world, desk = rich_world, Desk(rich_world)
    desk.do(owing.net_off, desk.owed(world.paid(), 1_000))
    world.queue()
    with transaction():
        session.get(Round, world.round_id).release_method = ReleaseMethod.BY_FINANCE
    later = world.queue()
    found = try_out([later], world.at)
    assert [one.net_pence for one in found.trials] == [PENCE]
    assert found.before_pence == world.books(AccountKind.CASH_AT_STRIPE) - PENCE + 1_000


@pytest.fixture
def rich_world(session, emulator):
    from tests.domain.payments.world import World

    return World(emulator)


@pytest.fixture
def world(session, emulator):
    from tests.domain.payments.world import World

    return World(emulator, funds=PENCE + 1)


def ready_in(world):
    with transaction():
        session.get(Round, world.round_id).release_method = ReleaseMethod.BY_FINANCE
    made = [world.queue() for _ in range(3)]
    with transaction():
        claim = session.get(Claim, session.get(Payment, made[2]).claim_id)
        application = session.get(Application, claim.application_id)
        application.held_at = AT
        application.held_by_id = claim.approved_by_id
        application.hold_reason = "Questions."
    return made
