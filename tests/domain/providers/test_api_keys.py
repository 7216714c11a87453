"""Keys of a provider: made, let in, replaced, revoked; and answers that are given again."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from tests.factories.scheme import AT, make_member, make_provider
from voucher.accounts.models import Membership
from voucher.accounts.operations import end_membership
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted
from voucher.providers.api_keys import operations
from voucher.providers.api_keys.models import ApiAnswer, ApiKey
from voucher.providers.api_keys.queries import caller_of, kept_answer, key_of, keys_of
from voucher.providers.api_keys.rules import MOST_LIVE, OVERLAP, KeyRefused, Scope, make_secret
from voucher.providers.models import Provider, ProviderStatus

DAY = timedelta(days=1)


@pytest.fixture
def worker(session):
    return make_member(Role.PROVIDER, provider=make_provider())


@pytest.fixture
def provider_id(session, worker):
    query = select(Membership.provider_id).where(Membership.user_id == worker.id)
    return session.execute(query).scalar_one()


@pytest.fixture
def made(worker, provider_id):
    return make(worker, provider_id)


def make(worker, provider_id, **values):
    given = {"name": "Till", "scopes": ["claims:read"], "life_days": 90, **values}
    return operations.make_key(provider_id=provider_id, by=worker.id, at=AT, **given)


def actions(session):
    query = select(AuditEvent.action).where(AuditEvent.record_kind == "api_key")
    return list(session.execute(query.order_by(AuditEvent.id)).scalars())


def test_a_key_is_let_in_in_its_makers_name(session, made, worker, provider_id):
    key, secret = made
    caller = caller_of(secret, AT)
    assert (caller.user_id, caller.provider_id) == (worker.id, provider_id)
    assert caller.scopes == {Scope.CLAIMS_READ}
    assert actions(session) == ["api_key.made"]
    stored = [str(value) for value in session.get(ApiKey, key.id).__dict__.values()]
    assert not any(secret[20:] in value for value in stored)


@pytest.mark.parametrize(
    "values",
    [{"name": " "}, {"scopes": []}, {"scopes": ["claims:read", "all"]}, {"life_days": 10_000}],
)
def test_a_key_says_what_it_is_for(worker, provider_id, values):
    with pytest.raises(Invalid):
        make(worker, provider_id, **values)


def test_there_are_not_too_many_keys(worker, provider_id):
    for _ in range(MOST_LIVE):
        make(worker, provider_id)
    with pytest.raises(Conflict, match="Revoke one"):
        make(worker, provider_id)


def test_what_is_no_key_is_not_let_in(made):
    for secret in ("", "x" * 58, make_secret(b"z" * 32)):
        with pytest.raises(KeyRefused) as refused:
            caller_of(secret, AT)
        assert refused.value.code == "key_unknown"


def test_a_key_ends_with_its_time(made):
    _, secret = made
    caller_of(secret, AT + 89 * DAY)
    with pytest.raises(KeyRefused) as refused:
        caller_of(secret, AT + 90 * DAY)
    assert refused.value.code == "key_expired"


def test_a_replaced_key_works_for_seven_days_more(session, made, worker):
    key, secret = made
    new, other = operations.rotate_key(key=key, by=worker.id, at=AT + DAY)
    assert (new.scopes, new.name) == (["claims:read"], "Till")
    assert new.expires_at == AT + 91 * DAY
    caller_of(other, AT + DAY)
    caller_of(secret, AT + DAY + OVERLAP - timedelta(seconds=1))
    with pytest.raises(KeyRefused):
        caller_of(secret, AT + DAY + OVERLAP)
    with pytest.raises(Conflict):
        operations.rotate_key(key=key, by=worker.id, at=AT + DAY)
    assert actions(session) == ["api_key.made", "api_key.rotated"]


def test_a_revoked_key_is_refused_at_once(session, made, worker):
    key, secret = made
    operations.revoke_key(key=key, by=worker.id, at=AT)
    with pytest.raises(KeyRefused) as refused:
        caller_of(secret, AT)
    assert refused.value.code == "key_revoked"
    for again in (operations.revoke_key, operations.rotate_key):
        with pytest.raises(Conflict):
            again(key=key, by=worker.id, at=AT)
    assert actions(session) == ["api_key.made", "api_key.revoked"]


def test_a_key_stops_with_its_maker(session, made, worker, provider_id):
    make_member(Role.PROVIDER, provider=session.get(Provider, provider_id))
    held = session.execute(select(Membership).where(Membership.user_id == worker.id)).scalar_one()
    end_membership(membership=held, by=worker.id, at=AT)
    with pytest.raises(NotPermitted) as refused:
        caller_of(made[1], AT)
    assert refused.value.code == "key_maker_left"


def test_a_key_stops_with_an_account_that_is_barred(session, made, worker):
    worker.active = False
    session.flush()
    with pytest.raises(NotPermitted):
        caller_of(made[1], AT)


def test_a_key_stops_while_the_provider_is_suspended(session, made, provider_id):
    provider = session.get(Provider, provider_id)
    provider.status, provider.suspended_at = ProviderStatus.SUSPENDED, AT
    session.flush()
    with pytest.raises(NotPermitted) as refused:
        caller_of(made[1], AT)
    assert refused.value.code == "provider_suspended"


def test_another_providers_key_is_not_found(made, provider_id):
    key, _ = made
    assert key_of(provider_id, key.reference, AT).live
    elsewhere = make_provider()
    with pytest.raises(NotFound):
        key_of(elsewhere.id, key.reference, AT)
    assert keys_of(elsewhere.id, AT) == []


def keep(caller, at=AT, **values):
    given = {"idempotency_key": "one", "request_sha256": "a" * 64, **values}
    return operations.keep_answer(
        caller=caller, status=201, body="{}", location=None, at=at, **given
    )


def ask(caller, idempotency_key="one", digest="a" * 64):
    return operations.answer_before(
        provider_id=caller.provider_id, idempotency_key=idempotency_key, request_sha256=digest
    )


def test_an_answer_is_given_again_to_the_same_request_alone(made):
    caller = caller_of(made[1], AT)
    assert ask(caller) is None
    kept = keep(caller)
    assert ask(caller).id == kept.id
    assert ask(caller, "two") is None
    with pytest.raises(Invalid) as refused:
        ask(caller, digest="b" * 64)
    assert refused.value.code == "idempotency_key_reused"


def test_an_idempotency_key_is_the_providers_own(made):
    caller = caller_of(made[1], AT)
    keep(caller)
    elsewhere = make_provider()
    _, secret = make(make_member(Role.PROVIDER, provider=elsewhere), elsewhere.id)
    assert ask(caller_of(secret, AT)) is None


def test_a_second_answer_under_one_key_is_refused(made):
    caller = caller_of(made[1], AT)
    keep(caller)
    with pytest.raises(Conflict):
        keep(caller)


def test_old_answers_are_forgotten(session, made):
    caller = caller_of(made[1], AT)
    keep(caller)
    assert operations.forget_answers(at=AT + DAY) == 0
    assert kept_answer(caller.provider_id, "one") is not None
    assert operations.forget_answers(at=AT + 3 * DAY) == 1


def test_the_database_refuses_to_change_an_answer_or_delete_a_key(session, made):
    caller = caller_of(made[1], AT)
    keep(caller)
    session.commit()
    for statement in (update(ApiAnswer).values(body="other"), delete(ApiKey)):
        with pytest.raises(DBAPIError):
            session.execute(statement)
        session.rollback()
