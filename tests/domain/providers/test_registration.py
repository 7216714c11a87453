"""Registering, proving, being checked by two people, approved, suspended; never by one's own."""

from datetime import date, timedelta

import pytest

from tests.factories.scheme import (
    AT,
    make_member,
    make_offering,
    make_provider,
    make_user,
    next_number,
    reference,
)
from voucher.accounts.operations import join_provider
from voucher.accounts.roles import Role
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.files.models import StoredFile
from voucher.providers import operations, queries
from voucher.providers.models import DueDiligenceKind, DueDiligenceStatus, ProviderStatus
from voucher.providers.operations.registration import items_of
from voucher.providers.queries import terms_in_use
from voucher.providers.rules import may_work

TODAY = AT.date()
UNTIL = TODAY + timedelta(days=300)
PROFILE = {
    "description": "Sets up software.",
    "address_line": "2 Fictional Road",
    "town": "Leeds",
    "postcode": "ls1 4ap",
    "contact_name": "Fictional Person",
    "contact_email": "work@example.org",
}


def make_paper(provider, session):
    file = StoredFile(
        reference=reference("FIL", next_number()),
        subject_kind="provider",
        subject_id=provider.id,
        purpose="due_diligence",
        name="Certificate.pdf",
        media_type="application/pdf",
        size_bytes=10,
        sha256="0" * 64,
        provider_id=provider.id,
        uploaded_at=AT,
    )
    session.add(file)
    session.flush()
    return file


def begin(session):
    person = make_user()
    provider = operations.register(name="  Fictional   Apps ", by=person.id, at=AT)
    join_provider(user_id=person.id, provider_id=provider.id, at=AT)
    return provider, person


def provide(provider, person, session, kind, **values):
    if kind is DueDiligenceKind.TERMS:
        return operations.agree_to_terms(
            provider=provider, version=terms_in_use().version, by=person.id, at=AT
        )
    given = {
        "statement": "Here it is.",
        "file": make_paper(provider, session) if kind is DueDiligenceKind.INSURANCE else None,
        "expires_on": UNTIL,
        **values,
    }
    return operations.provide_item(provider=provider, kind=kind, by=person.id, at=AT, **given)


def send(session):
    provider, person = begin(session)
    operations.save_profile(provider=provider, values=PROFILE, by=person.id, at=AT)
    for kind in DueDiligenceKind:
        provide(provider, person, session, kind)
    operations.submit(provider=provider, by=person.id, at=AT)
    return provider, person


def pass_all(provider, officer):
    for item in items_of(provider.id):
        operations.check_item(
            item=item, passed=True, note="", expires_on=UNTIL, by=officer.id, at=AT
        )


def approved(session):
    provider, person = send(session)
    pass_all(provider, make_member(Role.CASEWORKER))
    operations.approve(provider=provider, by=make_member(Role.APPROVER).id, at=AT)
    return provider, person


def test_from_a_name_to_approval(session):
    provider, _ = approved(session)
    assert provider.name == "Fictional Apps"
    assert provider.postcode == "LS1 4AP"
    assert provider.outcode == "LS1"
    assert provider.status is ProviderStatus.APPROVED
    assert may_work(provider, items_of(provider.id), TODAY)


def test_it_is_sent_when_everything_is_there(session):
    provider, person = begin(session)
    with pytest.raises(Invalid) as caught:
        operations.submit(provider=provider, by=person.id, at=AT)
    assert caught.value.field == "description"
    operations.save_profile(provider=provider, values=PROFILE, by=person.id, at=AT)
    with pytest.raises(Conflict, match="every line"):
        operations.submit(provider=provider, by=person.id, at=AT)
    assert provider.status is ProviderStatus.DRAFT


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 161}, "name"),
        ({"postcode": "nowhere"}, "postcode"),
        ({"company_number": "12"}, "company_number"),
        ({"vat_registered": True}, "vat_number"),
        ({"vat_number": "GB980780684"}, "vat_number"),
        ({"vat_registered": True, "vat_number": "123"}, "vat_number"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"contact_phone": "phone"}, "contact_phone"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"description": "x" * 2001}, "description"),
        ({"town": "x" * 81}, "town"),
    ],
)
def test_what_can_not_be_right_is_refused_at_its_field(session, values, field):
    provider, person = begin(session)
    with pytest.raises(Invalid) as caught:
        operations.save_profile(provider=provider, values=values, by=person.id, at=AT)
    assert caught.value.field == field


def test_what_was_checked_is_fixed(session):
    provider, person = approved(session)
    with pytest.raises(Conflict, match="Ask us"):
        operations.save_profile(provider=provider, values={"name": "Another"}, by=person.id, at=AT)
    operations.save_profile(
        provider=provider, values={"name": provider.name, "town": "York"}, by=person.id, at=AT
    )
    assert provider.town == "York"


@pytest.mark.parametrize(
    "swapped",
    [
        {"name": "Another"},
        {"company_number": "01234567"},
        {"vat_registered": True, "vat_number": "GB980780684"},
    ],
)
def test_whoever_turns_into_another_after_the_checks_is_checked_again(session, swapped):
    provider, person = send(session)
    pass_all(provider, make_member(Role.CASEWORKER))
    operations.save_profile(provider=provider, values=swapped, by=person.id, at=AT)
    approver = make_member(Role.APPROVER)
    with pytest.raises(Conflict, match="Every line"):
        operations.approve(provider=provider, by=approver.id, at=AT)
    pass_all(provider, make_member(Role.CASEWORKER))
    operations.save_profile(provider=provider, values={"town": "York"}, by=person.id, at=AT)
    operations.approve(provider=provider, by=approver.id, at=AT)


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        (DueDiligenceKind.INSURANCE, {"file": None}, "upload"),
        (DueDiligenceKind.INSURANCE, {"expires_on": None}, "expires_on"),
        (DueDiligenceKind.INSURANCE, {"expires_on": TODAY - timedelta(days=1)}, "expires_on"),
        (DueDiligenceKind.INSURANCE, {"expires_on": TODAY.replace(year=2099)}, "expires_on"),
        (DueDiligenceKind.REFERENCES, {"statement": " "}, "statement"),
        (DueDiligenceKind.REFERENCES, {"statement": "x" * 2001}, "statement"),
    ],
)
def test_a_proof_is_whole(session, kind, values, field):
    provider, person = begin(session)
    with pytest.raises(Invalid) as caught:
        provide(provider, person, session, kind, **values)
    assert caught.value.field == field


def test_a_line_that_was_not_accepted_is_given_again(session):
    provider, person = send(session)
    officer = make_member(Role.CASEWORKER)
    item = items_of(provider.id)[0]
    with pytest.raises(Invalid, match="put right"):
        operations.check_item(
            item=item, passed=False, note=" ", expires_on=None, by=officer.id, at=AT
        )
    operations.check_item(
        item=item, passed=False, note="Wrong company.", expires_on=None, by=officer.id, at=AT
    )
    assert item.status is DueDiligenceStatus.FAILED
    with pytest.raises(Conflict, match="Nothing waits"):
        operations.check_item(
            item=item, passed=True, note="", expires_on=None, by=officer.id, at=AT
        )
    provide(provider, person, session, item.kind)
    assert item.status is DueDiligenceStatus.PROVIDED
    assert item.note == ""


def test_nobody_judges_their_own_provider(session):
    provider, _ = send(session)
    officer = make_member(Role.APPROVER)
    join_provider(user_id=officer.id, provider_id=provider.id, at=AT)
    with pytest.raises(NotPermitted):
        pass_all(provider, officer)
    for act in (operations.approve, operations.reinstate):
        with pytest.raises(NotPermitted):
            act(provider=provider, by=officer.id, at=AT)
    for act in (operations.refuse, operations.suspend):
        with pytest.raises(NotPermitted):
            act(provider=provider, reason="Why not.", by=officer.id, at=AT)


def test_one_officer_alone_brings_nobody_in(session):
    provider, _ = send(session)
    officer = make_member(Role.APPROVER)
    pass_all(provider, officer)
    with pytest.raises(NotPermitted, match="second person"):
        operations.approve(provider=provider, by=officer.id, at=AT)
    operations.approve(provider=provider, by=make_member(Role.APPROVER).id, at=AT)
    assert provider.status is ProviderStatus.APPROVED


def test_an_open_line_keeps_it_out(session):
    provider, _ = send(session)
    with pytest.raises(Conflict, match="Every line"):
        operations.approve(provider=provider, by=make_member(Role.APPROVER).id, at=AT)


def test_a_refusal_is_not_for_ever(session):
    provider, person = send(session)
    officer = make_member(Role.CASEWORKER)
    with pytest.raises(Invalid):
        operations.refuse(provider=provider, reason=" ", by=officer.id, at=AT)
    operations.refuse(provider=provider, reason="No references.", by=officer.id, at=AT)
    assert provider.refusal_reason == "No references."
    operations.submit(provider=provider, by=person.id, at=AT)
    assert provider.status is ProviderStatus.SUBMITTED
    assert provider.refusal_reason is None


def test_a_suspension_takes_it_off_every_list_at_once(session):
    provider = make_provider()
    offering = make_offering(provider)
    officer = make_member(Role.APPROVER)
    shown = [each.id for each in queries.open_offerings(TODAY)]
    assert shown == [offering.id]
    operations.suspend(provider=provider, reason="A complaint.", by=officer.id, at=AT)
    assert queries.open_offerings(TODAY) == []
    assert queries.directory(queries.DirectoryFilter(), TODAY, 1).total == 0
    assert queries.providers_on_show(TODAY, 1).total == 0
    with pytest.raises(Conflict):
        operations.approve(provider=provider, by=make_member(Role.APPROVER).id, at=AT)
    operations.reinstate(provider=provider, by=officer.id, at=AT)
    assert [each.id for each in queries.open_offerings(TODAY)] == [offering.id]
    assert provider.suspended_at is None


def test_a_renewal_does_not_take_away_the_proof_before_it(session):
    provider, person = approved(session)
    make_offering(provider)
    renewed = provide(
        provider, person, session, DueDiligenceKind.INSURANCE, expires_on=UNTIL + timedelta(365)
    )
    assert renewed.expires_on == UNTIL
    assert may_work(provider, items_of(provider.id), UNTIL)
    assert not may_work(provider, items_of(provider.id), UNTIL + timedelta(days=1))
    assert len(queries.open_offerings(UNTIL)) == 1
    assert queries.open_offerings(UNTIL + timedelta(days=1)) == []
    with pytest.raises(Conflict, match="accepted this"):
        provide(provider, person, session, DueDiligenceKind.IDENTITY)


def test_the_list_of_officers_finds_what_waits(session):
    waiting, _ = send(session)
    make_provider()
    work = queries.provider_list("work", "", TODAY, 1)
    assert [row[0].id for row in work.rows] == [waiting.id]
    assert queries.provider_list("approved", "", TODAY, 1).total == 1
    shortly_before = date(2027, 12, 10)
    assert queries.provider_list("work", "", shortly_before, 1).total == 2
    by_name = queries.provider_list("all", "fictional apps", TODAY, 1)
    assert [row[0].id for row in by_name.rows] == [waiting.id]
    assert queries.provider_list("all", waiting.reference.lower(), TODAY, 1).total == 1
