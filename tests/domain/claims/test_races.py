"""Two people, or a person and the worker, on the same agreement or claim at the same moment.

Whoever comes second is refused in words or finds it done: never both, never half of either.
"""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import CODE_KEY, make_officer
from tests.factories.scheme import AT
from tests.factories.work import LATER, PDF, agree, confirmed, drafted, make_job, submitted
from tests.together import at_once
from voucher.accounts.roles import Role
from voucher.claims import operations
from voucher.claims.models import Amendment, AmendmentStatus, Claim, ClaimStatus
from voucher.claims.rules import ClaimProblems
from voucher.core.db import session, transaction
from voucher.core.errors import DomainError
from voucher.integrations.storage.store import ContentStore
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.matching import operations as matching
from voucher.matching.models import Match, MatchStatus, Variation, VariationStatus
from voucher.providers.models import Departure, Provider, ProviderStatus
from voucher.providers.operations import mark_gone
from voucher.vouchers.jobs import leave_gone_providers
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus
from voucher.vouchers.operations import redeem
from voucher.vouchers.operations.departure import leave_gone_provider
from voucher.vouchers.queries import code_of

OVER = LATER + timedelta(days=15)
BOTH_ORDERS = pytest.mark.parametrize("first", [0, 1])


@pytest.fixture
def ids(app):
    """What the threads need to know of a job that `arranged` makes, as plain ids."""
    with app.app_context():
        yield {}


def arranged(ids, make):
    """Make a job in a transaction of its own and keep its ids."""
    with transaction():
        job = make()
        ids |= {
            name: getattr(job, name).id
            for name in ("voucher", "match", "redemption", "claim", "owner", "worker", "provider")
            if getattr(job, name) is not None
        }
        ids["round"] = job.round_.id
        ids["code"] = code_of(voucher=job.voucher, code_key=CODE_KEY)
        ids["officer"] = make_officer(Role.APPROVER).id
    return job


def race(app, first, *acts):
    """Both acts at once, either of them handed over first; the refusals."""
    session.remove()
    answers = at_once(app, *(acts if first == 0 else reversed(acts)))
    session.remove()
    return [one for one in answers if isinstance(one, DomainError)]


def the(model, ids, name):
    return session.get_one(model, ids[name])


def seen_before(ids):
    """The rows a page has read before it asks for anything, as every request does."""
    claim = the(Claim, ids, "claim")
    session.get_one(Redemption, claim.redemption_id)
    return claim


def books(ids):
    kinds = (AccountKind.RESERVED, AccountKind.COMMITTED, AccountKind.PAYABLE)
    return tuple(total(kind, round_id=ids["round"]) for kind in kinds)


def offered(tmp_path):
    job = drafted(make_job(), tmp_path)
    operations.offer_less(
        claim=job.claim, net_price_pence=120_000, words="Less.", by=job.worker.id, at=LATER
    )
    return job


def agree_to_offer(ids):
    def act():
        claim = seen_before(ids)
        query = select(Amendment.id).where(Amendment.claim_id == claim.id)
        offer_id = session.execute(query).scalar_one()
        operations.agree_amendment(claim=claim, offer_id=offer_id, by=ids["owner"], at=LATER)

    return act


@BOTH_ORDERS
def test_a_claim_is_never_sent_with_amounts_that_are_being_agreed(app, ids, tmp_path, first):
    arranged(ids, lambda: offered(tmp_path))

    def send():
        operations.submit(claim=seen_before(ids), by=ids["worker"], at=LATER)

    refused = race(app, first, send, agree_to_offer(ids))
    assert not any(isinstance(error, ClaimProblems) for error in refused)
    claim, redemption = the(Claim, ids, "claim"), the(Redemption, ids, "redemption")
    assert session.execute(select(Amendment.status)).scalar_one() is AmendmentStatus.AGREED
    assert (claim.voucher_pence, redemption.voucher_pence) == (60_000, 60_000)
    assert books(ids) == (0, 60_000, 0)
    assert claim.status in (ClaimStatus.DRAFT, ClaimStatus.SUBMITTED)


def test_a_page_read_before_the_agreement_sends_the_amounts_agreed(app, database, ids, tmp_path):
    if database.kind == "sqlite":
        pytest.skip("whoever writes on SQLite has read nothing that somebody else changes")
    arranged(ids, lambda: offered(tmp_path))
    agree_now = agree_to_offer(ids)

    def meanwhile():
        with app.app_context(), transaction():
            agree_now()

    with transaction():
        claim = the(Claim, ids, "claim")
        read = the(Redemption, ids, "redemption")
        assert read.voucher_pence == 90_000
        with ThreadPoolExecutor(1) as pool:
            pool.submit(meanwhile).result()
        operations.submit(claim=claim, by=ids["worker"], at=LATER)
    assert the(Claim, ids, "claim").status is ClaimStatus.SUBMITTED
    assert books(ids) == (0, 60_000, 0)


@BOTH_ORDERS
def test_an_offer_lapses_or_is_agreed_and_never_both(app, ids, tmp_path, first):
    arranged(ids, lambda: offered(tmp_path))
    amendment_id = session.execute(select(Amendment.id)).scalar_one()

    def lapse():
        operations.lapse_amendment(amendment_id=amendment_id, at=OVER)

    race(app, first, lapse, agree_to_offer(ids))
    status = session.execute(select(Amendment.status)).scalar_one()
    pence = the(Redemption, ids, "redemption").voucher_pence
    assert (status, pence, books(ids)) in (
        (AmendmentStatus.AGREED, 60_000, (0, 60_000, 0)),
        (AmendmentStatus.LAPSED, 90_000, (0, 90_000, 0)),
    )


def use(ids):
    def act():
        the(Match, ids, "match")
        redeem(
            code=ids["code"],
            provider_id=ids["provider"],
            by=ids["worker"],
            at=AT,
            code_key=CODE_KEY,
        )

    return act


@BOTH_ORDERS
def test_what_is_redeemed_is_what_was_agreed_last(app, ids, first):
    def proposed():
        job = agree(make_job())
        values = {"net_price_pence": 120_000, "words": "Less.", "scope": job.match.scope}
        ids["variation"] = matching.propose_variation(
            match=job.match,
            voucher=job.voucher,
            values=values,
            by_provider=True,
            by=job.worker.id,
            at=AT,
        ).id
        return job

    arranged(ids, proposed)

    def answer():
        matching.agree_to_variation(
            match=the(Match, ids, "match"),
            voucher=the(Voucher, ids, "voucher"),
            variation_id=ids["variation"],
            by=ids["owner"],
            at=AT,
        )

    race(app, first, use(ids), answer)
    assert the(Variation, ids, "variation").status is VariationStatus.AGREED
    assert the(Match, ids, "match").voucher_pence == 60_000
    redemption = session.execute(select(Redemption)).scalar_one_or_none()
    if redemption is None:
        assert (the(Voucher, ids, "voucher").status, books(ids)) == (
            VoucherStatus.ISSUED,
            (100_000, 0, 0),
        )
    else:
        assert (redemption.voucher_pence, books(ids)) == (60_000, (0, 60_000, 0))


@BOTH_ORDERS
def test_a_provider_gone_meanwhile_has_redeemed_or_gives_the_choice_back(app, ids, first):
    arranged(ids, lambda: agree(make_job()))

    def leave():
        mark_gone(
            provider=the(Provider, ids, "provider"),
            departure=Departure.INSOLVENT,
            reason="A letter.",
            by=ids["officer"],
            at=AT,
        )

    race(app, first, use(ids), leave)
    assert the(Provider, ids, "provider").status is ProviderStatus.SUSPENDED
    session.remove()
    leave_gone_providers(AT)
    found = (the(Voucher, ids, "voucher").status, the(Match, ids, "match").status, books(ids))
    assert found in (
        (VoucherStatus.REDEEMED, MatchStatus.AGREED, (0, 90_000, 0)),
        (VoucherStatus.ISSUED, MatchStatus.WITHDRAWN, (100_000, 0, 0)),
    )


@BOTH_ORDERS
def test_the_choice_is_given_back_or_redeemed_and_never_both(app, ids, first):
    arranged(ids, lambda: agree(make_job()))

    def gone_and_left():
        provider = the(Provider, ids, "provider")
        mark_gone(
            provider=provider,
            departure=Departure.CEASED,
            reason="A letter.",
            by=ids["officer"],
            at=AT,
        )
        leave_gone_provider(match_id=ids["match"], at=AT)

    race(app, first, use(ids), gone_and_left)
    found = (the(Voucher, ids, "voucher").status, the(Match, ids, "match").status)
    assert found in (
        (VoucherStatus.REDEEMED, MatchStatus.AGREED),
        (VoucherStatus.ISSUED, MatchStatus.WITHDRAWN),
    )


def take_back(ids):
    def act():
        operations.take_back(claim=seen_before(ids), by=ids["worker"], at=LATER)

    return act


@BOTH_ORDERS
def test_a_claim_taken_back_while_it_is_confirmed_is_back(app, ids, tmp_path, first):
    arranged(ids, lambda: submitted(make_job(), tmp_path))

    def confirm():
        operations.confirm(claim=seen_before(ids), by=ids["owner"], at=LATER)

    race(app, first, take_back(ids), confirm)
    claim = the(Claim, ids, "claim")
    assert claim.status is ClaimStatus.RETURNED
    assert (claim.pay_by_on, claim.confirm_by_on) == (None, None)


@BOTH_ORDERS
def test_a_claim_is_taken_back_or_approved_and_never_both(app, ids, tmp_path, first):
    arranged(ids, lambda: confirmed(make_job(), tmp_path))

    def approve():
        operations.approve(claim=seen_before(ids), by=ids["officer"], at=LATER)

    refused = race(app, first, take_back(ids), approve)
    assert len(refused) == 1
    assert (the(Claim, ids, "claim").status, books(ids)) in (
        (ClaimStatus.RETURNED, (0, 90_000, 0)),
        (ClaimStatus.APPROVED, (0, 0, 90_000)),
    )


def credit(ids, tmp_path, operation, number="CN-1", pence=120_000):
    def act():
        note = operations.CreditNote(number, pence, "Less.", io.BytesIO(PDF), "Note.pdf")
        operation(
            claim=seen_before(ids),
            credit=note,
            content_store=ContentStore(tmp_path),
            by=ids["worker"],
            at=LATER,
        )

    return act


@pytest.mark.parametrize("approved", [False, True])
def test_a_credit_note_entered_twice_counts_once(app, ids, tmp_path, approved):
    def claimed():
        job = confirmed(make_job(), tmp_path) if approved else drafted(make_job(), tmp_path)
        if approved:
            by = make_officer(Role.APPROVER).id
            operations.approve(claim=job.claim, by=by, at=LATER)
        return job

    arranged(ids, claimed)
    operation = operations.enter_credit if approved else operations.offer_credit
    act = credit(ids, tmp_path, operation)
    assert len(race(app, 0, act, act)) == 1
    kept = session.execute(select(Amendment)).scalar_one()
    assert (kept.was_net_price_pence, kept.net_price_pence) == (180_000, 60_000)


def test_two_credit_notes_at_once_never_credit_more_than_the_price(app, ids, tmp_path):
    def claimed():
        job = confirmed(make_job(), tmp_path)
        operations.approve(claim=job.claim, by=make_officer(Role.APPROVER).id, at=LATER)
        return job

    arranged(ids, claimed)
    acts = [credit(ids, tmp_path, operations.enter_credit, number) for number in ("CN-1", "CN-2")]
    refused = race(app, 0, *acts)
    assert [error.field for error in refused] == ["credited_pence"]
    assert len(session.execute(select(Amendment)).scalars().all()) == 1
