"""Places left before issue: who has them next, by the plan, once."""

import pytest
from sqlalchemy import func, select

from tests.factories.cases import CODE_KEY
from tests.factories.draws import DRAWN_AT, arm, make_lottery
from tests.factories.scheme import AT, make_business, stored
from tests.together import at_once
from voucher.accounts.models import Membership
from voucher.accounts.roles import Role
from voucher.allocation.models import Arm, Assignment, Draw, DrawReplacement
from voucher.allocation.operations.replace import offer_again, replace
from voucher.allocation.queries import drawn_place, places_left, places_not_offered, steps_of_round
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.operations.submit import decline_award, withdraw
from voucher.businesses.models import Business
from voucher.core.db import session as scoped
from voucher.core.errors import Conflict, DomainError, NotPermitted
from voucher.programmes.models import StratumBasis
from voucher.subsidy.queries import latest_notice
from voucher.vouchers.operations import award_on_confirmation

HALF_WAITS = [arm(Arm.VOUCHER, 5000), arm(Arm.WAITING, 5000)]


def drawn(count=8, **values):
    values = {"arms": HALF_WAITS, "draw_replaces": True, **values}
    lottery = make_lottery(count, **values)
    lottery.draw()
    return lottery, steps_of_round(lottery.round.id).draw


def in_arm(session, draw, arm_, stratum="2 to 9"):
    query = (
        select(Application)
        .join(Assignment, Assignment.application_id == Application.id)
        .where(Assignment.draw_id == draw.id, Assignment.arm == arm_, Assignment.stratum == stratum)
        .order_by(Assignment.position)
    )
    return session.execute(query).scalars().all()


def leave(case):
    withdraw(application=case, by=case.started_by_id, at=DRAWN_AT)
    return case


def give_on(draw, case, lottery):
    return replace(draw=draw, leaver_reference=case.reference, by=lottery.manager.id, at=DRAWN_AT)


def confirm(case):
    notice = latest_notice(case.id)
    return award_on_confirmation(
        notice=notice,
        text_version=notice.text_version,
        by=case.started_by_id,
        at=DRAWN_AT,
        code_key=CODE_KEY,
    )


def test_the_next_of_the_same_stratum_has_the_place(session):
    lottery, draw = drawn()
    leaver = leave(in_arm(session, draw, Arm.VOUCHER)[0])
    first, second = in_arm(session, draw, Arm.WAITING)
    assert drawn_place(second.id).number == 2
    replaced = give_on(draw, leaver, lottery)
    assert (replaced.leaver_id, replaced.successor_id) == (leaver.id, first.id)
    session.refresh(first)
    assert first.status is ApplicationStatus.APPROVED
    assert drawn_place(first.id).took_over
    assert drawn_place(second.id).number == 1
    assert confirm(first).application_id == first.id


def test_a_place_declined_and_one_taken_over_are_given_on_too(session):
    lottery, draw = drawn()
    leaver = in_arm(session, draw, Arm.VOUCHER)[0]
    decline_award(
        application=leaver, notice=latest_notice(leaver.id), by=leaver.started_by_id, at=DRAWN_AT
    )
    give_on(draw, leaver, lottery)
    first, second = in_arm(session, draw, Arm.WAITING)
    session.refresh(first)
    give_on(draw, leave(first), lottery)
    session.refresh(second)
    assert second.status is ApplicationStatus.APPROVED


def test_who_left_the_waiting_list_is_passed_over(session):
    lottery, draw = drawn()
    leaver = leave(in_arm(session, draw, Arm.VOUCHER)[0])
    first, second = in_arm(session, draw, Arm.WAITING)
    leave(first)
    assert give_on(draw, leaver, lottery).successor_id == second.id


def test_a_place_is_given_on_once_and_only_if_it_was_left(session):
    lottery, draw = drawn()
    leaver, stays = in_arm(session, draw, Arm.VOUCHER)
    leave(leaver)
    give_on(draw, leaver, lottery)
    for case in (leaver, stays, in_arm(session, draw, Arm.WAITING)[1]):
        with pytest.raises(Conflict, match="not left before issue"):
            give_on(draw, case, lottery)


def test_after_issue_no_place_is_left(session):
    lottery, draw = drawn()
    case = in_arm(session, draw, Arm.VOUCHER)[0]
    confirm(case)
    assert places_left(draw.id) == []
    with pytest.raises(Conflict, match="before issue"):
        give_on(draw, case, lottery)


def test_a_plan_that_does_not_replace_is_kept_to(session):
    lottery, draw = drawn(draw_replaces=False)
    leaver = leave(in_arm(session, draw, Arm.VOUCHER)[0])
    with pytest.raises(Conflict, match="does not replace"):
        give_on(draw, leaver, lottery)
    assert session.execute(select(func.count()).select_from(DrawReplacement)).scalar_one() == 0


def test_an_empty_waiting_list_leaves_the_place_free(session):
    lottery, draw = drawn(2, draw_stratum=StratumBasis.NONE)
    leave(in_arm(session, draw, Arm.WAITING, "")[0])
    leaver = leave(in_arm(session, draw, Arm.VOUCHER, "")[0])
    with pytest.raises(Conflict, match="Nobody waits"):
        give_on(draw, leaver, lottery)


def test_two_officers_at_once_give_two_places_to_two(app, session):
    lottery, draw = drawn()
    leavers = [leave(case) for case in in_arm(session, draw, Arm.VOUCHER)]
    draw_id, by = draw.id, lottery.manager.id
    references = [case.reference for case in leavers]
    session.commit()

    def act(reference):
        return lambda: (
            replace(
                draw=scoped.get_one(Draw, draw_id), leaver_reference=reference, by=by, at=DRAWN_AT
            ).successor_id
        )

    answers = at_once(app, *[act(reference) for reference in references * 2])
    assert sum(isinstance(answer, DomainError) for answer in answers) == 2
    given = session.execute(select(DrawReplacement.successor_id)).scalars().all()
    assert len(set(given)) == 2


def test_who_waits_or_is_compared_gets_no_voucher(session):
    _, draw = drawn()
    place, waits = in_arm(session, draw, Arm.VOUCHER)[0], in_arm(session, draw, Arm.WAITING)[0]
    notice = latest_notice(place.id)
    notice.application_id, notice.business_id = waits.id, waits.business_id
    session.flush()
    waits.status = ApplicationStatus.APPROVED
    session.flush()
    with pytest.raises(Conflict, match="waiting list"):
        confirm(waits)


def test_an_offer_that_was_barred_is_made_again_once(session):
    lottery = make_lottery(2, arms=[arm(Arm.VOUCHER, 10_000), arm(Arm.WAITING, 0)])
    lottery.seal()
    lottery.freeze()
    held = lottery.cases[0]
    held.held_at, held.hold_reason = DRAWN_AT, "A question"
    lottery.enter()
    lottery.carry_out()
    draw = steps_of_round(lottery.round.id).draw
    again = {
        "draw": draw,
        "reference": held.reference,
        "by": lottery.manager.id,
        "at": DRAWN_AT,
    }
    with pytest.raises(Conflict, match="on hold"):
        offer_again(**again)
    held.held_at = held.hold_reason = None
    session.flush()
    assert [case.id for case in places_not_offered(draw.id)] == [held.id]
    offer_again(**again)
    session.refresh(held)
    assert held.status is ApplicationStatus.APPROVED
    with pytest.raises(Conflict, match="offered already"):
        offer_again(**again)


def join_another_entry(user_id, case):
    """The person joins a second entry of the case's enterprise, under the same company number."""
    number = scoped.get_one(Business, case.business_id).company_number
    other = make_business(company_number=number)
    stored(Membership(user_id=user_id, business_id=other.id, role=Role.BUSINESS, joined_at=AT))


@pytest.mark.parametrize("of", ["leaver", "successor"])
def test_nobody_gives_a_place_of_their_own_enterprise_on(session, of):
    lottery, draw = drawn()
    leaver = leave(in_arm(session, draw, Arm.VOUCHER)[0])
    next_one = in_arm(session, draw, Arm.WAITING)[0]
    join_another_entry(lottery.manager.id, leaver if of == "leaver" else next_one)
    with pytest.raises(NotPermitted, match="You belong to this business"):
        give_on(draw, leaver, lottery)
    assert session.execute(select(func.count(DrawReplacement.id))).scalar_one() == 0
