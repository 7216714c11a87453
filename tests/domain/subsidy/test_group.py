"""Several entries of one enterprise, and enterprises under one control: one sum, nothing twice."""

from datetime import date

import pytest

from tests.factories.applications import ANSWERS, fill_in, make_draft
from tests.factories.cases import (
    make_approved,
    make_case,
    make_officer,
    make_owner,
    make_voucher,
)
from tests.factories.scheme import AT, make_business
from voucher.accounts.roles import Role
from voucher.applications.models import Application, ApplicationStatus, DecisionOutcome
from voucher.applications.operations.appeal import answer_appeal, appeal
from voucher.applications.operations.decide import award_room, decide
from voucher.applications.operations.draft import save_section
from voucher.applications.operations.papers import add_support
from voucher.applications.operations.submit import submit, withdraw
from voucher.applications.queries.drafts import whole_application
from voucher.applications.queries.facts import facts_of, register_before_asking
from voucher.businesses.models import Business
from voucher.core.errors import Conflict, Invalid
from voucher.programmes.models import Programme, Round
from voucher.subsidy.operations import (
    Declaration,
    declare,
    record_award,
    record_redeemed,
    send_notice,
    set_aside,
    stand_behind,
)
from voucher.subsidy.queries import (
    cumulation_of,
    group_of,
    headroom,
    latest_notice,
    own_cumulation_of,
)
from voucher.subsidy.rules import AssistanceLabel, Finding, Relation

ON = date(2026, 6, 15)
CAP = 31_500_000


def piece(pence=100_000, **values):
    defaults = {
        "label": AssistanceLabel.MFA,
        "amount_pence": pence,
        "given_on": date(2025, 5, 1),
        "given_by": "Fictional Growth Hub",
        "recipient": "Fictional Joinery Ltd",
        "relation": Relation.SELF,
    }
    return Declaration(**{**defaults, **values})


def tell(business, *pieces, sent=True):
    """Declare, and (unless told otherwise) send an application that stands behind it."""
    declare(business=business, records=pieces, by=make_owner(business).id, at=AT)
    if sent:
        stand_behind(business_id=business.id, at=AT)
    return business


def twin_of(business, **values):
    return make_business(company_number=business.company_number, **values)


def counted(business):
    return cumulation_of(business.id, ON).counted_pence


def findings(business):
    return [line.finding for line in cumulation_of(business.id, ON).lines]


def test_what_a_sibling_entry_declared_counts_for_every_entry(session):
    one = tell(make_business(), piece(100_000))
    two = tell(twin_of(one), piece(30_000, given_by="A fictional council"))
    assert counted(one) == counted(two) == 130_000
    assert counted(make_business()) == 0


@pytest.mark.parametrize("column", ["charity_number", "utr", "vat_number"])
def test_any_shared_number_joins_two_entries(session, column):
    numbers = {"company_number": None, column: "1955839661"}
    one = tell(make_business(legal_form=None, **numbers), piece(100_000))
    assert counted(make_business(legal_form=None, **numbers)) == 100_000
    assert counted(one) == 100_000


def test_exactly_the_cap_over_two_entries_passes_and_a_penny_more_does_not(session):
    case = make_draft()
    tell(case.business, piece(10_000_000))
    tell(twin_of(case.business), piece(CAP - 10_150_000, given_by="A fictional council"))
    assert headroom(case.business_id, ON) == 150_000
    propose = {
        "business_id": case.business_id,
        "application_id": case.id,
        "answer_by_on": date(2026, 6, 29),
        "scheme_name": "Fictional vouchers",
        "at": AT,
        "by": case.started_by_id,
    }
    with pytest.raises(Conflict, match="over the subsidy limit"):
        send_notice(gross_pence=150_001, **propose)
    assert send_notice(gross_pence=150_000, **propose).gross_pence == 150_000


def test_an_award_is_refused_when_a_sibling_reached_the_cap_meanwhile(session):
    case, notice, owner = make_approved(award_pence=100_000)
    notice.confirmed_at, notice.confirmed_by_id = AT, owner.id
    notice.confirmed_text_version = notice.text_version
    business = case.business_id
    give = {"notice": notice, "amount_pence": 100_000, "given_on": ON, "scheme_name": "Vouchers"}
    twin = tell(twin_of(session.get_one(Business, business)), piece(CAP - 99_999))
    with pytest.raises(Conflict, match="over the subsidy limit"):
        record_award(**give)
    tell(twin, piece(CAP - 100_000))
    assert record_award(**give).amount_pence == 100_000
    assert headroom(business, ON) == 0


def test_the_same_award_told_by_two_entries_counts_once(session):
    one = tell(make_business(), piece(CAP, given_by="The Fictional  Growth-Hub"))
    two = tell(twin_of(one), piece(CAP, given_by="fictional growth hub"))
    for each in (one, two):
        assert counted(each) == CAP
        assert findings(each) == [Finding.COUNTED, Finding.REPEATED]


@pytest.mark.parametrize(
    "other",
    [
        {"given_by": "Another fictional council"},
        {"given_on": date(2025, 5, 2)},
        {"amount_pence": 100_001},
        {"label": AssistanceLabel.SPEI},
    ],
)
def test_what_differs_in_giver_date_amount_or_label_is_another_award(session, other):
    one = tell(make_business(), piece())
    tell(twin_of(one), piece(**other))
    assert findings(one) == [Finding.COUNTED, Finding.COUNTED]


def test_one_entry_that_tells_the_same_twice_means_two_awards(session):
    one = tell(make_business(), piece(), piece())
    tell(twin_of(one), piece(), piece(), piece())
    assert counted(one) == 300_000
    assert findings(one).count(Finding.REPEATED) == 2


def test_two_companies_that_each_got_the_same_amount_got_two_awards(session):
    parent = make_business()
    tell(
        parent,
        piece(relation=Relation.GROUP_MEMBER, recipient="Sister", recipient_number="01234567"),
        piece(),
    )
    sister = tell(make_business(company_number="01234567"), piece())
    assert counted(parent) == counted(sister) == 200_000
    assert findings(parent).count(Finding.REPEATED) == 1


def test_a_declared_group_member_brings_its_own_support_and_its_vouchers(session):
    sister = make_business(company_number="01234567")
    make_voucher(business=sister, award_pence=40_000)
    tell(sister, piece(7_000, given_by="A fictional council"))
    parent = tell(
        make_business(),
        piece(100, relation=Relation.GROUP_MEMBER, recipient="S", recipient_number="01234567"),
    )
    cousin = tell(
        make_business(),
        piece(20, relation=Relation.MERGED_IN, recipient="S", recipient_number="01234567"),
    )
    assert group_of(parent.id) == {
        parent.id: Relation.SELF,
        sister.id: Relation.GROUP_MEMBER,
        cousin.id: Relation.GROUP_MEMBER,
    }
    assert group_of(cousin.id)[sister.id] is Relation.MERGED_IN
    for each in (parent, sister, cousin):
        assert counted(each) == 47_120


def test_a_voucher_of_this_programme_that_is_declared_too_counts_once(session):
    voucher = make_voucher(award_pence=40_000)
    case = session.get_one(Application, voucher.application_id)
    business = session.get_one(Business, case.business_id)
    scheme = session.get_one(Round, case.round_id).programme_id
    giver = session.get_one(Programme, scheme).name
    one = tell(twin_of(business), piece(40_000, given_on=ON, given_by=giver))
    assert counted(one) == counted(business) == 40_000
    record_redeemed(notice_id=latest_notice(case.id).id, pence=25_000)
    assert counted(one) == counted(business) == 25_000


def test_a_draft_says_nothing_for_other_entries_until_it_is_sent(session):
    rival = make_business()
    pretender = tell(twin_of(rival), piece(CAP), sent=False)
    assert counted(rival) == 0
    assert counted(pretender) == CAP
    stand_behind(business_id=pretender.id, at=AT)
    assert counted(rival) == CAP
    set_aside(business_id=pretender.id)
    assert counted(rival) == 0


def test_sending_an_application_makes_its_declaration_count(session):
    draft = make_draft()
    rival = twin_of(draft.business)
    fill_in(draft, business={"company_number": rival.company_number})
    add_support(application=draft, declaration=piece(), by=draft.started_by_id, at=AT)
    assert counted(rival) == 0
    submit(application=draft, by=draft.started_by_id, at=AT)
    assert counted(rival) == 100_000


def sent_naming(rival, **values):
    """An application that was sent and names the rival as of its own group."""
    draft = fill_in(make_draft(**values))
    named = {"relation": Relation.GROUP_MEMBER, "recipient_number": rival.company_number}
    add_support(application=draft, declaration=piece(CAP, **named), by=draft.started_by_id, at=AT)
    return submit(application=draft, by=draft.started_by_id, at=AT)


def test_what_is_taken_back_unseen_uses_up_nobodys_limit(session):
    rival = make_business()
    case = sent_naming(rival)
    assert headroom(rival.id, ON) == 0
    withdraw(application=case, by=case.started_by_id, at=AT)
    assert headroom(rival.id, ON) == CAP
    assert counted(session.get_one(Business, case.business_id)) == CAP


@pytest.mark.parametrize("other", ["approved", "submitted"])
def test_what_officers_approved_or_still_look_at_counts_after_one_is_taken_back(session, other):
    rival = make_business()
    case = sent_naming(rival)
    if other == "approved":
        case.status = ApplicationStatus.APPROVED
    else:
        make_case(business=session.get_one(Business, case.business_id))
    session.flush()
    withdraw(application=case, by=case.started_by_id, at=AT)
    assert headroom(rival.id, ON) == 0


def save_business(draft, **changed):
    values = {**ANSWERS["business"], **changed}
    by = draft.started_by_id
    save_section(application=draft, section="business", values=values, by=by, at=AT)


def test_what_was_sent_under_another_number_says_nothing_for_a_rival_whose_number_is_typed(session):
    rival = make_business(vat_number="123456789")
    pretender = tell(make_business(), piece(CAP))
    draft = make_draft(pretender)
    save_business(draft, company_number=rival.company_number)
    assert counted(rival) == 0
    stand_behind(business_id=pretender.id, at=AT)
    assert counted(rival) == CAP


def draft_after_an_award(session):
    """A new draft of a business that holds a voucher."""
    voucher = make_voucher(award_pence=40_000)
    case = session.get_one(Application, voucher.application_id)
    return make_draft(session.get_one(Business, case.business_id))


def test_who_has_an_award_keeps_the_number_it_proved(session):
    draft, rival = draft_after_an_award(session), make_business()
    with pytest.raises(Invalid) as refused:
        save_business(draft, company_number=rival.company_number)
    assert refused.value.field == "company_number"


def test_who_has_an_award_stays_the_kind_of_organisation_it_was(session):
    draft = draft_after_an_award(session)
    values, by = {"legal_form": "charity"}, draft.started_by_id
    with pytest.raises(Invalid) as refused:
        save_section(application=draft, section="form", values=values, by=by, at=AT)
    assert refused.value.field == "legal_form"


def test_who_has_an_award_may_tell_the_rest_anew(session):
    draft = draft_after_an_award(session)
    own = draft.business.company_number
    save_business(draft, company_number=own, name="A new name", vat_number="GB 220 4302 31")
    business = session.get_one(Business, draft.business_id)
    assert (business.company_number, business.name) == (own, "A new name")


def test_who_could_not_be_told_is_set_aside_until_an_appeal_is_upheld(session):
    rival = make_business()
    pretender = tell(twin_of(rival), piece(CAP))
    case = make_case(business=pretender)
    decision = {"award_pence": None, "note": "", "at": AT, "by": make_officer().id}
    decide(
        application=case,
        outcome=DecisionOutcome.REFUSE,
        reasons=["identity_unproved"],
        **decision,
    )
    assert counted(rival) == 0
    made = appeal(application=case, grounds="It is us", by=case.started_by_id, at=AT)
    by = make_officer(Role.APPROVER).id
    answer_appeal(appeal=made, uphold=True, answer="It is", by=by, at=AT)
    assert counted(rival) == CAP
    decision["by"] = make_officer().id
    decide(
        application=case, outcome=DecisionOutcome.REFUSE, reasons=["problem_unclear"], **decision
    )
    assert counted(rival) == CAP


def test_officers_see_the_sum_of_the_group_and_the_business_its_own(session):
    case = make_case()
    tell(twin_of(session.get_one(Business, case.business_id)), piece(CAP - 50_000))
    whole = whole_application(case.id)
    assert award_room(application=whole, round_=whole.round, at=AT).headroom_pence == 50_000
    known = {"on": ON, "register": register_before_asking(whole.business)}
    assert facts_of(whole, holds_live_voucher=False, **known).mfa_headroom_pence == 50_000
    preview = facts_of(whole, holds_live_voucher=False, whole_group=False, **known)
    assert preview.mfa_headroom_pence == CAP
    assert own_cumulation_of(case.business_id, ON).lines == ()


def test_a_number_of_whoever_received_it_must_be_a_company_number(session):
    business = make_business()
    with pytest.raises(Invalid) as refused:
        tell(business, piece(relation=Relation.GROUP_MEMBER, recipient_number="12"))
    assert refused.value.field == "recipient_number"
    tell(business, piece(relation=Relation.GROUP_MEMBER, recipient_number="sc 123456"))
    assert cumulation_of(business.id, ON).lines[0].record.recipient_number == "SC123456"
