"""The checks before paying: what stops a claim, who may clear it, what is asked when sending."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.payments import make_approved_claim, make_confirmed_claim, make_payment
from tests.factories.scheme import AT, make_member, make_provider
from tests.factories.screening import listed_line, sanctions_file
from tests.together import lockable
from voucher.accounts.roles import Role
from voucher.businesses.models import Business
from voucher.claims.jobs import look_parties_up, screen_claims
from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations import approve
from voucher.claims.operations.doubts import answer
from voucher.claims.operations.screening import screen
from voucher.core.db import transaction
from voucher.core.errors import Conflict, NotPermitted
from voucher.integrations.companies_house.errors import RegisterUnavailable, Unavailability
from voucher.payments.models import PaymentStatus
from voucher.payments.operations.queueing import release
from voucher.payments.operations.taking import take_up_transfer
from voucher.providers.models import ConnectedAccount, Provider
from voucher.screening import queries
from voucher.screening.list_file import read_list
from voucher.screening.matching import Index
from voucher.screening.models import Gate, Outcome, Referral, ReferralStatus, ScreeningCheck, Stage
from voucher.screening.operations.lists import import_list
from voucher.screening.queries import latest_checks, party_record


def approving(claim):
    approve(claim=claim, by=make_officer(Role.APPROVER).id, at=AT)


def reviewed(claim, at=AT):
    screen(claim=claim, stage=Stage.REVIEW, by=None, at=at)
    return {gate: check.outcome for gate, check in latest_checks(claim.id).items()}


def the_referral(session):
    return session.execute(select(Referral)).scalar_one()


def say(claim, referral, clears=True, by=None):
    by = by or make_officer(Role.APPROVER).id
    answer(claim=claim, referral=referral, clears=clears, note="Looked at it.", by=by, at=AT)


def rename_account(session, claim, name):
    query = select(ConnectedAccount).where(ConnectedAccount.provider_id == claim.provider_id)
    session.execute(query).scalar_one().holder_name = name
    session.flush()


def test_a_claim_without_doubts_passes_every_gate_and_says_so(session):
    claim = make_confirmed_claim()
    approving(claim)
    assert claim.status is ClaimStatus.APPROVED
    checks = latest_checks(claim.id)
    assert {check.outcome for check in checks.values()} == {Outcome.PASS}
    assert set(checks) == set(Gate)
    assert checks[Gate.SANCTIONS].inputs["names"]


def test_a_provider_that_is_gone_is_refused(session):
    claim = make_confirmed_claim()
    record = party_record("provider", claim.provider_id)
    record.company_status = "dissolved"
    assert reviewed(claim)[Gate.COMPANY] is Outcome.REFUSE
    with pytest.raises(Conflict, match="dissolved"):
        approving(claim)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("administration", "is in administration at"),
        ("voluntary-arrangement", "is in voluntary arrangement at"),
        ("open", "is open at"),
    ],
)
def test_what_a_company_is_in_is_said_as_people_say_it(session, status, words):
    claim = make_confirmed_claim()
    party_record("business", claim.business_id).company_status = status
    assert reviewed(claim)[Gate.COMPANY] is Outcome.REFER
    assert words in latest_checks(claim.id)[Gate.COMPANY].reasons[0]


def test_what_the_register_said_too_long_ago_is_pending_and_not_failed(session):
    claim = make_confirmed_claim()
    party_record("business", claim.business_id).read_at = AT - timedelta(days=8)
    outcomes = reviewed(claim)
    assert outcomes[Gate.COMPANY] is Outcome.PENDING
    assert outcomes[Gate.SANCTIONS] is Outcome.PENDING
    with pytest.raises(Conflict, match="waits"):
        approving(claim)


def test_a_payee_of_another_name_goes_to_a_person_who_clears_it(session):
    claim = make_confirmed_claim()
    rename_account(session, claim, "Somebody Else Entirely")
    assert reviewed(claim)[Gate.PAYEE] is Outcome.REFER
    with pytest.raises(Conflict, match="Somebody Else"):
        approving(claim)
    say(claim, the_referral(session))
    approving(claim)
    assert claim.status is ClaimStatus.APPROVED


def test_an_answer_counts_for_what_was_found_and_nothing_else(session):
    claim = make_confirmed_claim()
    rename_account(session, claim, "Somebody Else Entirely")
    reviewed(claim)
    say(claim, the_referral(session))
    rename_account(session, claim, "A Third Person")
    with pytest.raises(Conflict, match="Third"):
        approving(claim)


def test_a_refused_doubt_is_never_approved(session):
    claim = make_confirmed_claim()
    rename_account(session, claim, "Somebody Else Entirely")
    reviewed(claim)
    say(claim, the_referral(session), clears=False)
    with pytest.raises(Conflict):
        approving(claim)
    with pytest.raises(Conflict, match="already"):
        say(claim, the_referral(session))


def test_a_member_of_a_party_answers_nothing(session):
    claim = make_confirmed_claim()
    rename_account(session, claim, "Somebody Else Entirely")
    reviewed(claim)
    with pytest.raises(NotPermitted):
        say(claim, the_referral(session), by=claim.submitted_by_id)


def list_director(claim, name="Pyotr Examplov"):
    record = party_record("provider", claim.provider_id)
    record.officers = [{"name": "EXAMPLOV, Pyotr", "role": "director", "born": "1960-02"}]
    content = sanctions_file(listed_line("77001", *reversed(name.split())), updated="10/06/2026")
    import_list(content=read_list(content), file_name="new.csv", by=None, at=AT)


def test_a_sanctions_hit_on_an_officer_takes_two_to_clear(session):
    claim = make_confirmed_claim()
    list_director(claim)
    assert reviewed(claim)[Gate.SANCTIONS] is Outcome.REFER
    referral = the_referral(session)
    assert referral.inputs["hits"][0]["group_id"] == "77001"
    first = make_officer(Role.APPROVER).id
    say(claim, referral, by=first)
    assert referral.status is ReferralStatus.SECOND
    with pytest.raises(Conflict):
        approving(claim)
    with pytest.raises(NotPermitted, match="second person"):
        say(claim, referral, by=first)
    say(claim, referral)
    assert referral.status is ReferralStatus.CLEARED
    approving(claim)


def test_a_shared_director_is_flagged_never_refused(session):
    claim = make_confirmed_claim()
    for party, row_id in (("business", claim.business_id), ("provider", claim.provider_id)):
        officers = [{"name": "NEUMANN, Ada", "role": "director", "born": "1970-01"}]
        party_record(party, row_id).officers = officers
    assert reviewed(claim)[Gate.LINKS] is Outcome.REFER
    (reason,) = the_referral(session).reasons
    assert "NEUMANN" in reason


def test_a_mail_domain_is_shared_unless_it_is_everybodys(session):
    claim = make_confirmed_claim()
    assert reviewed(claim)[Gate.LINKS] is Outcome.PASS
    for kind, place in (("business", Business), ("provider", Provider)):
        row = session.get_one(place, getattr(claim, f"{kind}_id"))
        role = Role(kind)
        make_member(role, **{kind: row}, email=f"{kind}@shared.example")
    assert reviewed(claim)[Gate.LINKS] is Outcome.REFER


def test_the_same_invoice_written_differently_is_found(session):
    provider = make_provider()
    make_confirmed_claim(provider=provider, invoice_number="INV-0077")
    claim = make_confirmed_claim(provider=provider, invoice_number="inv 77")
    assert reviewed(claim)[Gate.DUPLICATE] is Outcome.REFER


def test_two_claims_of_one_enterprise_within_a_month_are_found(session):
    first, second = make_confirmed_claim(), make_confirmed_claim()
    second.business_id = first.business_id
    session.flush()
    assert reviewed(second)[Gate.SPLIT] is Outcome.REFER


def take_up(payment):
    return take_up_transfer(payment_id=payment.id, environment="test", at=AT)


def test_a_doubt_that_arises_after_approval_holds_the_payment_until_it_is_cleared(session):
    claim = make_approved_claim()
    payment = make_payment(claim)
    list_director(claim)
    assert take_up(payment) is None
    assert payment.status is PaymentStatus.ON_HOLD
    stages = session.execute(select(ScreeningCheck.stage)).scalars().all()
    assert Stage.SENDING in stages
    assert not release(payment_id=payment.id, at=AT)
    for _ in range(2):
        say(claim, the_referral(session))
    assert release(payment_id=payment.id, at=AT)
    assert take_up(payment) is not None


class Register:
    """A register that is down, or knows every company as active."""

    def __init__(self, down):
        self.down = down

    def read_company(self, number):
        if self.down:
            raise RegisterUnavailable(Unavailability.TIMED_OUT, "no answer")
        from tests.factories.register import profile

        return profile(number)

    def read_officers(self, number):
        return ()


def test_an_outage_of_the_register_leaves_the_claim_waiting(session):
    with transaction():
        claim = make_confirmed_claim()
        record = party_record("business", claim.business_id)
        record.read_at = record.tried_at = AT - timedelta(days=8)
        record.answer = "found"
        claim_id, business_id = claim.id, claim.business_id
    assert look_parties_up(Register(down=True), AT) == 1
    assert party_record("business", business_id).trouble == "timed-out"
    assert screen_claims(AT) == 1
    assert latest_checks(claim_id)[Gate.COMPANY].outcome is Outcome.PENDING
    assert look_parties_up(Register(down=True), AT) == 0


def test_claims_that_wait_for_an_answer_keep_no_new_one_waiting(session):
    with transaction():
        waiting = make_confirmed_claim()
        record = party_record("business", waiting.business_id)
        record.read_at = record.tried_at = AT - timedelta(days=8)
        record.answer, record.trouble = "found", "timed-out"
    assert screen_claims(AT) == 1
    with transaction():
        new_id = make_confirmed_claim().id
    assert screen_claims(AT, limit=1) == 1
    assert latest_checks(new_id)


def test_a_new_list_is_read_while_the_claim_can_be_locked(app, session, monkeypatch):
    with transaction():
        claim_id = make_confirmed_claim().id
        newer = sanctions_file(listed_line("70002", "Nemoscu"), updated="02/06/2026")
        import_list(content=read_list(newer), file_name="newer.csv", by=None, at=AT)
    built = []

    def building(targets):
        assert lockable(app, Claim, claim_id)
        built.append(Index(targets))
        return built[-1]

    monkeypatch.setattr(queries, "Index", building)
    assert screen_claims(AT) == 1
    assert len(built) == 1
    assert latest_checks(claim_id)[Gate.SANCTIONS].inputs["names"]
