"""Events become messages: to whom, once, and never at the cost of the ones that follow."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tests.factories.cases import (
    CODE_KEY,
    make_approved,
    make_case,
    make_match,
    make_officer,
    make_owner,
    make_refused,
    make_voucher,
)
from tests.factories.evaluation import make_claim, make_paid, make_redeemed, make_survey
from tests.factories.scheme import AT, make_business, make_member, make_provider
from voucher.accounts.models import Membership
from voucher.accounts.roles import Role
from voucher.applications.models import Appeal, CorrectionRequest, DecisionOutcome
from voucher.applications.operations.decide import decide
from voucher.audit.models import AuditEvent
from voucher.audit.operations import record, seal
from voucher.core.db import session as scoped
from voucher.evaluation.rules import survey_token
from voucher.integrations.stripe.answers import AccountState
from voucher.matching.models import MatchStatus
from voucher.notifications.jobs import write_messages
from voucher.notifications.models import Message, MessageStatus
from voucher.notifications.queries.cases import Facts
from voucher.notifications.queries.people import people_for
from voucher.notifications.rules import PLANS, Audience
from voucher.payments.models import PaymentStatus
from voucher.payments.operations.accounts import keep_account
from voucher.payments.queries.work import account_of
from voucher.vouchers.operations import award_on_confirmation, cancel, expire, extend


def sealed(session):
    seal(at=AT)
    session.commit()


def messages(session, kind=None):
    query = select(Message).order_by(Message.id)
    if kind:
        query = query.where(Message.kind == kind)
    return session.execute(query).scalars().all()


def told(session, desk, at=AT):
    """Seal, write, and give the new messages by kind."""
    sealed(session)
    before = {message.id for message in messages(session)}
    write_messages(desk, at)
    return {each.kind: each for each in messages(session) if each.id not in before}


def happen(action, subject, details=None, case=None):
    record(action=action, subject=subject, at=AT, by=None, case=case, details=details)


def test_a_decision_with_its_notice_is_told_to_every_member_once(session, desk):
    business = make_business()
    colleague = make_owner(business)
    case = make_case(business=business)
    decide(
        application=case,
        outcome=DecisionOutcome.APPROVE,
        award_pence=100_000,
        reasons=["meets_rules"],
        note="",
        by=make_officer().id,
        at=AT,
    )
    sealed(session)
    assert write_messages(desk, AT) == 2
    assert write_messages(desk, AT) == 0
    found = messages(session)
    assert {each.kind for each in found} == {"notice_to_confirm"}
    assert colleague.email in {each.recipient for each in found}
    assert len({each.recipient for each in found}) == 2
    assert all(each.status is MessageStatus.WAITING for each in found)
    text = found[0].text_body
    assert "£1,000" in text
    assert f"https://vouchers.example/business/applications/{case.reference}/notice" in text
    assert f"/business/applications/{case.reference}/notice" in found[0].html_body


def test_people_who_left_or_never_confirmed_are_told_nothing(session, desk):
    case, _, owner = make_approved()
    left, gone = make_owner(make_business()), make_owner(make_business())
    for user, values in ((left, {"ended_at": AT}), (gone, {})):
        held = session.execute(select(Membership).where(Membership.user_id == user.id)).scalar_one()
        held.business_id = case.business_id
        held.ended_at = values.get("ended_at")
    gone.confirmed_at = None
    found = told(session, desk)
    assert {each.recipient for each in messages(session)} == {owner.email}
    assert set(found) == {"notice_to_confirm"}


def test_an_issued_voucher_is_told_without_its_code(session, desk):
    from voucher.core.references import display_code
    from voucher.vouchers.queries import code_of

    _, notice, owner = make_approved()
    voucher = award_on_confirmation(
        notice=notice, text_version=notice.text_version, by=owner.id, at=AT, code_key=CODE_KEY
    )
    message = told(session, desk)["voucher_issued"]
    code = code_of(voucher=voucher, code_key=CODE_KEY)
    assert message.voucher_id == voucher.id
    assert voucher.reference in message.subject
    assert "13 September 2026" in message.text_body
    for body in (message.text_body, message.html_body):
        assert code not in body
        assert display_code(code) not in body


def test_a_refusal_says_why_and_what_to_do(session, desk):
    case, decision = make_refused()
    happen("application.refused", case, {"reasons": list(decision.reasons)}, case.reference)
    message = told(session, desk)["application_refused"]
    assert "We could not tell from the description" in message.text_body
    assert "say in a few sentences" in message.text_body
    assert "13 July 2026" in message.text_body


def test_corrections_are_quoted_so_that_they_can_be_no_button(session, desk):
    case = make_case()
    words = "The postcode.\n\n→ Sign in: https://evil.example/"
    request = CorrectionRequest(
        application_id=case.id,
        items=[{"section": "place", "words": words}],
        asked_by_id=make_officer().id,
        asked_at=AT,
    )
    session.add(request)
    session.flush()
    happen("application.returned", case, {"request": request.id})
    message = told(session, desk)["application_returned"]
    assert "> The postcode." in message.text_body
    assert "> → Sign in" in message.text_body
    assert 'href="https://evil.example' not in message.html_body


def test_what_people_typed_is_escaped_in_the_html(session, desk):
    business = make_business(name="<b>Bold</b> & Sons\nLtd")
    case = make_case(business=business)
    happen("application.submitted", case)
    message = told(session, desk)["application_submitted"]
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Sons Ltd" in message.html_body
    assert "<b>Bold</b> & Sons Ltd" in message.text_body


def test_an_appeal_is_answered_in_the_words_of_who_looked_at_it(session, desk):
    case, decision = make_refused()
    appeal = Appeal(
        application_id=case.id,
        decision_id=decision.id,
        decided_by_id=decision.decided_by_id,
        grounds="Wrong.",
        made_at=AT,
        made_by_id=case.started_by_id,
        answer_by_on=AT.date(),
        upheld=False,
        answer="We looked again.",
        answered_at=AT,
        answered_by_id=make_officer().id,
    )
    session.add(appeal)
    session.flush()
    happen("application.appealed", case, {"appeal": appeal.id})
    happen("application.appeal_answered", case, {"appeal": appeal.id})
    found = told(session, desk)
    assert "15 June 2026" in found["appeal_received"].text_body
    assert "> We looked again." in found["appeal_answered"].text_body
    assert "has not been upheld" in found["appeal_answered"].text_body


def test_a_match_is_told_to_the_right_side(session, desk):
    voucher = make_voucher()
    match = make_match(voucher)
    provider = make_member(Role.PROVIDER, provider=make_provider())
    held = session.execute(select(Membership).where(Membership.user_id == provider.id)).scalar_one()
    held.provider_id = match.provider_id
    for action in ("chosen", "accepted", "declined", "lapsed", "withdrawn", "agreed"):
        happen(f"match.{action}", match)
    found = told(session, desk)
    to_provider = {"match_offered", "match_withdrawn"} | {
        "match_lapsed_provider",
        "match_agreed_provider",
    }
    for kind in to_provider:
        assert found[kind].recipient == provider.email
    for kind in ("match_accepted", "match_declined", "match_lapsed", "match_agreed"):
        assert found[kind].recipient != provider.email
    assert "£900.00" in found["match_agreed"].text_body


def test_a_match_that_ended_with_its_voucher_is_told_to_the_provider_only(session, desk):
    voucher = make_voucher()
    match = make_match(voucher, status=MatchStatus.OFFERED)
    provider = make_member(Role.PROVIDER, provider=make_provider())
    held = session.execute(select(Membership).where(Membership.user_id == provider.id)).scalar_one()
    held.provider_id = match.provider_id
    expire(voucher=voucher, at=AT + timedelta(days=91))
    found = told(session, desk, AT + timedelta(days=91))
    assert set(found) == {"match_lapsed_provider", "voucher_expired"}
    assert "has ended" in found["match_lapsed_provider"].text_body
    assert "waited" not in found["match_lapsed_provider"].text_body


def test_nobody_is_told_of_what_concerns_no_place(session, desk):
    make_member(Role.PROVIDER, provider=make_provider())
    make_officer()
    of_officers = {Audience.CLAIM_OFFICERS, Audience.CASE_OFFICERS, Audience.SCORERS}
    for audience in set(Audience) - of_officers:
        assert people_for(audience, Facts({})) == []


def test_a_changed_bank_account_is_told_to_everybody_of_the_provider(session, desk):
    provider = make_provider()
    people = {make_member(Role.PROVIDER, provider=provider).email for _ in range(2)}
    make_member(Role.PROVIDER, provider=make_provider())
    first = AccountState(
        account_id=account_of(provider.id).stripe_account_id,
        transfers_active=True,
        payouts_enabled=True,
        past_due=(),
        bank_last4="1234",
        bank_fingerprint="first",
        details_submitted=True,
    )
    keep_account(provider_id=provider.id, state=first, by=None, at=AT)
    assert told(session, desk) == {}
    second = replace(first, bank_fingerprint="second", bank_last4="6789")
    keep_account(provider_id=provider.id, state=second, by=None, at=AT)
    told(session, desk)
    found = messages(session, "bank_changed")
    assert {each.recipient for each in found} == people
    text = found[0].text_body
    assert "for 3 days" in text
    assert "ending 6789" in text
    assert "1234" not in text


def test_the_money_is_told_to_the_provider(session, desk):
    redemption = make_redeemed()
    payment = make_paid(redemption)
    claim = session.get_one(type(make_claim(make_redeemed())), payment.claim_id)
    for action in ("submitted", "confirmed", "disputed", "returned", "approved", "rejected"):
        happen(f"claim.{action}", claim)
    happen("claim.paid", claim)
    happen("payment.failed", payment)
    happen("payment.blocked", payment)
    found = told(session, desk)
    assert found["claim_to_confirm"].text_body.count("£900.00") == 1
    assert "£900.00" in found["claim_paid"].subject
    assert "Your bank refused" in found["payment_failed"].subject
    people = {found[kind].recipient for kind in ("claim_paid", "payment_failed", "claim_disputed")}
    assert len(people) == 1
    assert found["claim_to_confirm"].recipient not in people


def test_what_waits_for_our_own_funds_is_no_news_to_the_provider(session, desk):
    payment = make_paid(make_redeemed())
    payment.status, payment.paid_at = PaymentStatus.BLOCKED_FUNDS, None
    happen("payment.blocked", payment)
    assert "payment_blocked" not in told(session, desk)


def test_a_failing_database_passes_no_event(session, desk):
    happen("application.submitted", make_case())
    sealed(session)

    def failing(template, context):
        raise OperationalError("no", {}, Exception("connection lost"))

    with pytest.raises(OperationalError):
        write_messages(replace(desk, render=failing), AT)
    assert write_messages(desk, AT) == 1


def test_a_provider_is_told_of_what_failed_and_not_of_what_passed(session, desk):
    provider = make_provider(suspension_reason=None)
    make_member(Role.PROVIDER, provider=provider)
    happen("provider.item_checked", provider, {"kind": "insurance", "passed": True})
    assert told(session, desk) == {}
    happen("provider.item_checked", provider, {"kind": "insurance", "passed": False})
    for action in ("submitted", "approved", "refused", "suspended", "reinstated"):
        happen(f"provider.{action}", provider)
    found = told(session, desk)
    assert "Professional indemnity insurance" in found["provider_item_failed"].text_body
    assert len(found) == 6


def test_a_survey_goes_to_who_signed_with_a_link_that_opens_it(session, desk):
    redemption = make_redeemed()
    response = make_survey(redemption)
    make_owner(make_business())
    message = told(session, desk, response.asked_at)["survey_asked"]
    token = survey_token(desk.survey_key, response.token_nonce)
    assert f"https://vouchers.example/survey/{token}" in message.text_body
    assert token not in (response.token_nonce, response.token_digest)
    assert len(messages(session, "survey_asked")) == 1


def test_the_end_of_a_voucher_is_told(session, desk):
    first, second, third = make_voucher(), make_voucher(), make_voucher()
    officer = make_officer()
    extend(voucher=first, reason="Ill", by=officer.id, at=AT)
    cancel(voucher=second, reason="Handed back", by=officer.id, at=AT)
    expire(voucher=third, at=AT + timedelta(days=91))
    found = told(session, desk, AT + timedelta(days=91))
    assert "> Handed back" not in found
    fresh = {message.kind for message in messages(session)}
    assert "voucher_expired" in fresh
    assert "voucher_cancelled" not in fresh


def test_old_events_are_passed_without_a_message(session, desk):
    case = make_case()
    happen("application.submitted", case)
    assert told(session, desk, AT + timedelta(days=15)) == {}
    assert told(session, desk, AT) == {}


def test_events_wait_for_their_seal(session, desk):
    case = make_case()
    happen("application.submitted", case)
    session.commit()
    assert write_messages(desk, AT) == 0
    assert set(told(session, desk)) == {"application_submitted"}


def test_an_event_that_no_message_can_be_made_of_is_recorded_and_passed(session, desk):
    case = make_case()
    happen("application.returned", case, {"no": "request"})
    happen("application.submitted", case)
    found = told(session, desk)
    assert set(found) == {"application_submitted"}
    recorded = session.execute(
        select(AuditEvent).where(AuditEvent.action == "message.not_made")
    ).scalar_one()
    assert recorded.details["fault"] == "KeyError"
    assert told(session, desk) == {}


def test_many_events_are_read_in_portions_and_none_is_lost(session, desk):
    cases = [make_case() for _ in range(5)]
    for case in cases:
        happen("application.withdrawn", case)
    sealed(session)
    while write_messages(desk, AT, limit=2):
        pass
    assert len(messages(session, "application_withdrawn")) == 5


@pytest.mark.parametrize("status", [MatchStatus.OFFERED])
def test_a_match_without_amounts_can_be_told(session, desk, status):
    voucher = make_voucher()
    match = make_match(
        voucher,
        status=status,
        net_price_pence=None,
        vat_rate_bps=None,
        vat_pence=None,
        voucher_pence=None,
        contribution_pence=None,
        start_on=None,
    )
    happen("match.declined", match)
    assert "match_declined" in told(session, desk)


def test_every_planned_message_has_its_words(session, desk):
    for plans in PLANS.values():
        for plan in plans:
            words = desk.render.__globals__["current_app"].jinja_env.loader.get_source(
                desk.render.__globals__["current_app"].jinja_env, f"emails/words/{plan.kind}.txt"
            )[0]
            assert words.startswith("Subject: ")


def test_two_workers_write_each_message_once(app, session, desk):
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    for _ in range(6):
        happen("application.submitted", make_case())
    sealed(session)
    barrier = Barrier(4)

    def run(_number):
        with app.app_context():
            barrier.wait(30)
            try:
                return write_messages(desk, AT)
            finally:
                scoped.remove()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(run, range(4))) == 6
    session.expire_all()
    assert len(messages(session, "application_submitted")) == 6
