"""Confirmation, award and voucher: all of it, or nothing, however many press at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import func, select

from tests.factories.cases import (
    CODE_KEY,
    make_approved,
    make_check,
    make_decision,
    make_officer,
    make_owner,
    make_voucher,
)
from tests.factories.scheme import AT, make_business, make_programme, make_round
from voucher.accounts.models import User
from voucher.allocation.models import Arm, Assignment
from voucher.applications.models import Application, ApplicationStatus
from voucher.audit.models import AuditEvent
from voucher.core.db import session as scoped
from voucher.core.db import transaction
from voucher.core.errors import Conflict, DomainError, NotPermitted
from voucher.core.references import code_digest, is_wellformed
from voucher.eligibility.models import CheckOutcome
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.programmes.models import AllocationMethod, Round
from voucher.subsidy.models import ProgrammeAssistance, SubsidyNotice
from voucher.subsidy.operations import decline_notice, send_notice
from voucher.vouchers.models import Award, Voucher, VoucherStatus
from voucher.vouchers.operations import award_on_confirmation, cancel, code_of


def confirm(notice, owner, **changed):
    values = {"text_version": notice.text_version, "at": AT, "code_key": CODE_KEY}
    return award_on_confirmation(notice=notice, by=owner.id, **{**values, **changed})


def count(session, model):
    return session.execute(select(func.count()).select_from(model)).scalar_one()


def test_it_confirms_assigns_reserves_awards_and_issues(session):
    case, notice, owner = make_approved(award_pence=120_000)
    voucher = confirm(notice, owner)
    round_ = session.get(Round, case.round_id)
    award = session.get(Award, voucher.award_id)
    assignment = session.execute(select(Assignment)).scalar_one()
    assistance = session.execute(select(ProgrammeAssistance)).scalar_one()
    assert case.status is ApplicationStatus.AWARDED
    assert (notice.confirmed_at, notice.confirmed_by_id) == (AT, owner.id)
    assert assignment.arm is Arm.VOUCHER
    assert (award.max_pence, award.terms_id) == (120_000, round_.terms_id)
    assert round_.reserved_pence == 120_000
    assert total(AccountKind.RESERVED, round_id=round_.id) == 120_000
    assert (assistance.amount_pence, assistance.given_on) == (120_000, date(2026, 6, 15))
    assert voucher.status is VoucherStatus.ISSUED
    assert (voucher.cap_pence, voucher.share_bps) == (120_000, 5_000)
    assert voucher.expires_on == date(2026, 9, 13)


def test_every_step_is_in_the_record_of_the_case(session):
    case, notice, owner = make_approved()
    confirm(notice, owner)
    query = select(AuditEvent.action).where(AuditEvent.case_reference == case.reference)
    actions = session.execute(query.order_by(AuditEvent.id)).scalars().all()
    assert actions[-3:] == ["notice.confirmed", "award.made", "voucher.issued"]


def test_the_award_names_the_officer_who_had_the_last_word(session):
    case, notice, owner = make_approved()
    second = make_officer()
    make_decision(case, second_by_id=second.id, second_at=AT, second_agreed=True)
    voucher = confirm(notice, owner)
    assert session.get(Award, voucher.award_id).awarded_by_id == second.id


def test_the_code_is_wellformed_and_stored_only_as_a_digest(session):
    voucher = make_voucher()
    code = code_of(voucher=voucher, code_key=CODE_KEY)
    assert is_wellformed(code)
    assert voucher.code_digest == code_digest(CODE_KEY, code)
    assert code not in (voucher.code_nonce, voucher.code_digest, voucher.reference)
    assert code_of(voucher=voucher, code_key=b"another key of sixteen") != code


def test_a_second_confirmation_is_refused(session):
    _, notice, owner = make_approved()
    confirm(notice, owner)
    with pytest.raises(Conflict, match="confirmed already"):
        confirm(notice, owner)
    assert count(session, Voucher) == 1


def test_a_held_case_is_not_awarded(session):
    _, notice, owner = make_approved(held_at=AT, hold_reason="Looking at the bank account")
    with pytest.raises(Conflict):
        confirm(notice, owner)


@pytest.mark.parametrize(
    "status",
    [ApplicationStatus.SUBMITTED, ApplicationStatus.PROPOSED, ApplicationStatus.WITHDRAWN],
)
def test_only_an_approved_application_is_awarded(session, status):
    case, notice, owner = make_approved()
    case.status = status
    session.flush()
    with pytest.raises(Conflict):
        confirm(notice, owner)
    assert count(session, Award) == 0


def test_somebody_of_another_business_cannot_confirm(session):
    _, notice, _ = make_approved()
    with pytest.raises(NotPermitted):
        confirm(notice, make_owner(make_business()))
    with pytest.raises(NotPermitted):
        confirm(notice, make_officer())


def test_an_old_notice_is_refused_when_a_newer_one_was_sent(session):
    case, notice, owner = make_approved()
    newer = send_notice(
        business_id=case.business_id,
        application_id=case.id,
        gross_pence=100_000,
        answer_by_on=date(2026, 7, 8),
        scheme_name="Fictional programme",
        at=AT,
        by=None,
    )
    with pytest.raises(Conflict, match="newer notice"):
        confirm(notice, owner)
    assert confirm(newer, owner).status is VoucherStatus.ISSUED


def test_a_notice_of_another_amount_than_was_decided_is_refused(session):
    case, notice, owner = make_approved(award_pence=100_000)
    make_decision(case, award_pence=90_000)
    with pytest.raises(Conflict, match="what was decided"):
        confirm(notice, owner)


def test_a_declined_notice_cannot_be_confirmed(session):
    _, notice, owner = make_approved()
    decline_notice(notice=notice, by=owner.id, at=AT)
    with pytest.raises(Conflict, match="declined"):
        confirm(notice, owner)


def test_another_version_of_the_text_is_refused(session):
    _, notice, owner = make_approved()
    with pytest.raises(Conflict, match="changed since"):
        confirm(notice, owner, text_version="2020-9")


def test_a_round_that_draws_lots_does_not_award_as_it_goes(session):
    round_ = make_round(allocation_method=AllocationMethod.RANDOM)
    _, notice, owner = make_approved(round_)
    with pytest.raises(Conflict, match="draw"):
        confirm(notice, owner)


def test_a_business_with_a_live_voucher_gets_no_second_one_in_the_programme(session):
    programme, business = make_programme(), make_business()
    make_voucher(make_round(programme), business)
    _, notice, owner = make_approved(make_round(programme), business)
    with pytest.raises(Conflict, match="live voucher"):
        confirm(notice, owner)


def test_an_enterprise_entered_twice_gets_no_second_voucher_in_the_programme(session):
    programme = make_programme()
    first, again = (make_business(company_number="99555555") for _ in "ab")
    make_voucher(make_round(programme), first)
    _, notice, owner = make_approved(make_round(programme), again)
    with pytest.raises(Conflict, match="live voucher"):
        confirm(notice, owner)


def test_once_the_voucher_is_cancelled_the_business_can_have_another(session):
    programme, business = make_programme(), make_business()
    first = make_voucher(make_round(programme), business)
    cancel(voucher=first, reason="Handed back", by=make_officer().id, at=AT)
    _, notice, owner = make_approved(make_round(programme), business)
    assert confirm(notice, owner).status is VoucherStatus.ISSUED


def test_what_the_round_has_not_left_is_not_awarded(session):
    round_ = make_round(budget_pence=250_000, value_cap_pence=100_000)
    cases = [make_approved(round_) for _ in range(3)]
    for _, notice, owner in cases[:2]:
        confirm(notice, owner)
    with pytest.raises(Conflict, match="not enough money"):
        confirm(*cases[2][1:])


def test_over_the_subsidy_limit_nothing_is_awarded(session):
    business = make_business()
    programmes = [make_round(value_cap_pence=20_000_000, budget_pence=50_000_000) for _ in "ab"]
    approved = [make_approved(each, business, award_pence=16_000_000) for each in programmes]
    confirm(*approved[0][1:])
    with pytest.raises(Conflict, match="subsidy limit"):
        confirm(*approved[1][1:])


def test_a_refusal_changes_no_balance_and_no_paper(app, session):
    round_ = make_round(budget_pence=150_000, value_cap_pence=100_000)
    first, second = make_approved(round_), make_approved(round_)
    confirm(*first[1:])
    session.commit()
    with pytest.raises(Conflict), transaction():
        confirm(session.get(SubsidyNotice, second[1].id), second[2])
    session.expire_all()
    assert session.get(Round, round_.id).reserved_pence == 100_000
    assert total(AccountKind.RESERVED, round_id=round_.id) == 100_000
    assert session.get(SubsidyNotice, second[1].id).confirmed_at is None
    assert session.get(Application, second[0].id).status is ApplicationStatus.APPROVED
    assert count(session, Voucher) == count(session, Award) == 1


def at_once(app, notices):
    """Confirm every (notice id, user id) in a thread of its own; the outcomes."""
    barrier = Barrier(len(notices))

    def run(pair):
        with app.app_context():
            barrier.wait(30)
            try:
                with transaction():
                    found = scoped.get_one(SubsidyNotice, pair[0])
                    confirm(found, scoped.get_one(User, pair[1]))
            except DomainError as error:
                return str(error)
            return "awarded"

    with ThreadPoolExecutor(len(notices)) as pool:
        return list(pool.map(run, notices))


def test_fifty_confirmations_of_one_notice_at_once_give_one_voucher(app, session):
    _, notice, owner = make_approved()
    pair = (notice.id, owner.id)
    session.commit()
    outcomes = at_once(app, [pair] * 50)
    session.expire_all()
    assert outcomes.count("awarded") == 1
    assert {each for each in outcomes if each != "awarded"} == {
        "This notice has been confirmed already, and the voucher was issued."
    }
    assert count(session, Voucher) == count(session, Award) == 1


def test_one_business_confirming_in_many_rounds_at_once_has_one_live_voucher(app, session):
    programme, business = make_programme(), make_business()
    approved = [make_approved(make_round(programme), business) for _ in range(12)]
    pairs = [(notice.id, owner.id) for _, notice, owner in approved]
    session.commit()
    outcomes = at_once(app, pairs)
    session.expire_all()
    assert outcomes.count("awarded") == 1
    assert count(session, Voucher) == 1
    rounds = session.execute(select(func.sum(Round.reserved_pence))).scalar_one()
    assert rounds == 100_000


def test_an_enterprise_entered_often_has_one_live_voucher_in_many_rounds_at_once(app, session):
    programme = make_programme()
    entries = [make_business(company_number="99555555") for _ in range(8)]
    approved = [make_approved(make_round(programme), entry) for entry in entries]
    pairs = [(notice.id, owner.id) for _, notice, owner in approved]
    session.commit()
    outcomes = at_once(app, pairs)
    session.expire_all()
    assert outcomes.count("awarded") == 1
    assert count(session, Voucher) == 1


def confirm_all_at_once(app, session, *, applicants, affordable):
    round_ = make_round(budget_pence=affordable * 100_000, value_cap_pence=100_000)
    approved = [make_approved(round_) for _ in range(applicants)]
    pairs = [(notice.id, owner.id) for _, notice, owner in approved]
    session.commit()
    outcomes = at_once(app, pairs)
    session.expire_all()
    round_ = session.get(Round, round_.id)
    assert outcomes.count("awarded") == affordable
    assert round_.reserved_pence == round_.budget_pence == affordable * 100_000
    assert total(AccountKind.RESERVED, round_id=round_.id) == round_.reserved_pence
    assert count(session, Voucher) == count(session, ProgrammeAssistance) == affordable


def test_sixteen_confirmations_at_once_share_out_the_money_for_four(app, session):
    confirm_all_at_once(app, session, applicants=16, affordable=4)


def test_sixty_four_confirmations_at_once_share_out_the_money_for_ten(app, session):
    confirm_all_at_once(app, session, applicants=64, affordable=10)


def test_a_check_that_turned_pending_after_the_approval_does_not_undo_it(session):
    case, notice, owner = make_approved()
    make_check(case, CheckOutcome.PENDING)
    assert confirm(notice, owner).status is VoucherStatus.ISSUED
