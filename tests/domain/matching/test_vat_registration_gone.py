"""A provider that is not registered for VAT any more charges none, whatever its offerings say."""

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import AT
from tests.factories.work import accept, choose, make_job
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict, Invalid
from voucher.matching import operations
from voucher.matching.keeping import Keeper
from voucher.providers.models import Offering, Provider
from voucher.providers.operations import correct_vat


def deregister(session, reason="HMRC’s register of today knows the number no more."):
    officer = make_officer(Role.CASEWORKER)
    provider = session.query(Provider).one()
    correct_vat(provider=provider, registered=False, number="", reason=reason, by=officer.id, at=AT)


def test_a_new_choice_has_no_vat(session):
    job = make_job()
    deregister(session)
    match = choose(job).match
    assert (match.net_price_pence, match.voucher_pence) == (180_000, 90_000)
    assert (match.vat_rate_bps, match.vat_pence, match.contribution_pence) == (0, 0, 90_000)


def test_what_was_chosen_with_vat_can_not_be_accepted_any_more(session):
    job = choose(make_job())
    deregister(session)
    with pytest.raises(Conflict, match="price"):
        operations.accept(match=job.match, start_on=AT.date(), by=job.worker.id, at=AT)


def test_what_was_accepted_with_vat_can_not_be_agreed_any_more(session):
    job = accept(make_job())
    deregister(session)
    with pytest.raises(Conflict, match="price"):
        operations.agree(match=job.match, voucher=job.voucher, by=job.owner.id, at=AT)


def test_the_ranking_knows_at_once_and_the_rate_comes_back_with_the_registration(session):
    make_job()
    keeper = Keeper()
    assert keeper.catalogue(AT.date())[0].vat.tolist() == [36_000]
    deregister(session)
    assert keeper.catalogue(AT.date())[0].vat.tolist() == [0]
    session.query(Provider).one().vat_registered = True
    session.flush()
    offering = session.query(Offering).populate_existing().one()
    assert (offering.vat_rate_bps, offering.charged_vat_bps) == (2_000, 2_000)


def test_the_event_keeps_how_the_officer_knows(session):
    make_job()
    with pytest.raises(Invalid, match="Say why"):
        deregister(session, " ")
    deregister(session)
    event = session.query(AuditEvent).filter_by(action="provider.vat_corrected").one()
    assert event.details["reason"].startswith("HMRC’s register")
