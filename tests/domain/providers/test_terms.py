"""Versions of the provider terms: agreeing, and being asked again."""

import hashlib
from datetime import timedelta

import pytest

from tests.factories.scheme import AT, make_member, make_provider
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid
from voucher.providers.models import (
    DueDiligenceKind,
    DueDiligenceStatus,
    ProviderStatus,
    TermsAgreement,
)
from voucher.providers.operations import add_terms, agree_to_terms, check_item
from voucher.providers.operations.registration import items_of
from voucher.providers.queries import (
    last_agreement,
    open_offerings,
    providers_on_show,
    terms_in_use,
    terms_versions,
)
from voucher.providers.rules import may_work, runs_out_soon

TODAY = london_date(AT)
NEEDED = TODAY + timedelta(days=30)


def terms_line(provider):
    return next(item for item in items_of(provider.id) if item.kind is DueDiligenceKind.TERMS)


@pytest.fixture
def manager(session):
    return make_member(Role.PROGRAMME_MANAGER)


def agreed_provider(**values):
    """A provider whose line of the terms has passed and has no end, as in life."""
    provider = make_provider(**values)
    terms_line(provider).expires_on = None
    session.flush()
    return provider


@pytest.fixture
def provider(session):
    return agreed_provider()


@pytest.fixture
def person(provider):
    return make_member(Role.PROVIDER, provider=provider)


def next_version(manager, text="You do more.", on=NEEDED):
    return add_terms(text=text, needed_from_on=on, by=manager.id, at=AT)


def test_what_was_agreed_to_is_kept_with_its_hash_who_and_when(session):
    provider = agreed_provider(status=ProviderStatus.DRAFT, approved_at=None)
    person = make_member(Role.PROVIDER, provider=provider)
    line = terms_line(provider)
    line.status, line.checked_at = DueDiligenceStatus.WAITING, None
    shown = terms_in_use()
    assert terms_versions() == []
    agree_to_terms(provider=provider, version=shown.version, by=person.id, at=AT)
    kept = last_agreement(provider.id)
    assert (kept.terms.version, kept.terms.text) == (1, shown.text)
    assert kept.agreement.text_sha256 == hashlib.sha256(shown.text.encode()).hexdigest()
    assert (kept.agreement.agreed_by_id, kept.agreement.agreed_at) == (person.id, AT)
    assert terms_line(provider).status is DueDiligenceStatus.PROVIDED
    event = session.query(AuditEvent).order_by(AuditEvent.id.desc()).first()
    assert event.action == "provider.terms_agreed"
    assert event.details["sha256"] == kept.agreement.text_sha256


def test_a_new_version_asks_again_and_stops_new_work_from_its_day(manager, provider):
    before = NEEDED - timedelta(days=1)
    next_version(manager)
    assert may_work(provider, items_of(provider.id), before)
    assert runs_out_soon(terms_line(provider), TODAY - timedelta(days=60))
    assert not runs_out_soon(terms_line(provider), NEEDED)
    assert not may_work(provider, items_of(provider.id), NEEDED)
    assert providers_on_show(before, 1).total == 1
    assert providers_on_show(NEEDED, 1).total == 0
    assert open_offerings(NEEDED) == []


def test_a_day_that_was_missed_is_not_undone_by_a_further_version(manager, provider):
    next_version(manager)
    late = NEEDED + timedelta(days=30)
    later = {"by": manager.id, "at": AT + timedelta(days=31)}
    add_terms(text="You do more still.", needed_from_on=late, **later)
    assert terms_line(provider).expires_on == NEEDED - timedelta(days=1)
    assert not may_work(provider, items_of(provider.id), NEEDED + timedelta(days=1))


def test_a_day_that_is_still_to_come_moves_with_a_further_version(manager, provider):
    next_version(manager)
    next_version(manager, "You do more still.", NEEDED + timedelta(days=7))
    assert terms_line(provider).expires_on == NEEDED + timedelta(days=6)


def test_agreeing_again_needs_no_officer_and_holds_without_end(manager, provider, person):
    added = next_version(manager)
    agree_to_terms(provider=provider, version=added.version, by=person.id, at=AT)
    line = terms_line(provider)
    assert (line.status, line.expires_on) == (DueDiligenceStatus.PASSED, None)
    assert may_work(provider, items_of(provider.id), NEEDED)
    assert last_agreement(provider.id).terms.id == added.id
    with pytest.raises(Conflict, match="agreed to these terms already"):
        agree_to_terms(provider=provider, version=added.version, by=person.id, at=AT)


def test_the_version_that_was_read_must_be_the_newest(manager, provider, person):
    read = terms_in_use().version
    next_version(manager)
    for version in (read, 3, 0):
        with pytest.raises(Conflict, match="replaced while you read them"):
            agree_to_terms(provider=provider, version=version, by=person.id, at=AT)
    assert session.query(TermsAgreement).count() == 0


def test_who_waits_to_be_checked_agrees_anew(manager, person):
    provider = agreed_provider(status=ProviderStatus.SUBMITTED, submitted_at=AT, approved_at=None)
    line = terms_line(provider)
    line.status, line.checked_at = DueDiligenceStatus.PROVIDED, None
    session.flush()
    added = next_version(manager)
    assert terms_line(provider).status is DueDiligenceStatus.WAITING
    agree_to_terms(provider=provider, version=added.version, by=person.id, at=AT)
    officer = make_member(Role.CASEWORKER)
    check_item(
        item=terms_line(provider), passed=True, note="", expires_on=None, by=officer.id, at=AT
    )
    assert terms_line(provider).status is DueDiligenceStatus.PASSED


def test_who_passed_in_a_registration_can_agree_before_approval(manager, person):
    provider = agreed_provider(status=ProviderStatus.SUBMITTED, submitted_at=AT, approved_at=None)
    added = next_version(manager)
    agree_to_terms(provider=provider, version=added.version, by=person.id, at=AT)
    assert terms_line(provider).expires_on is None


def test_versions_count_up_and_stay(manager):
    first = terms_in_use().text
    next_version(manager)
    next_version(manager, text="You do even more.")
    assert [(each.version, each.text) for each in terms_versions()] == [
        (3, "You do even more."),
        (2, "You do more."),
        (1, first),
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": terms_in_use}, "text"),
        ({"on": TODAY}, "needed_from_on"),
        ({"on": TODAY + timedelta(days=366)}, "needed_from_on"),
    ],
)
def test_what_makes_no_version_is_refused_at_its_field(manager, provider, values, field):
    if callable(values.get("text")):
        values = {"text": terms_in_use().text}
    with pytest.raises(Invalid) as refused:
        next_version(manager, **values)
    assert refused.value.field == field
    assert terms_line(provider).expires_on is None
