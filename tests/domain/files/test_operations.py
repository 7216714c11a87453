"""Files: taken for what they are, kept once, read by those they concern."""

import io

import pytest
from sqlalchemy import select

from tests.factories.applications import PDF
from tests.factories.scheme import AT, make_business, make_member, make_provider
from voucher.accounts.queries import memberships_of
from voucher.accounts.roles import Role
from voucher.accounts.rules import capacities
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.files.models import StoredFile
from voucher.files.operations import LARGEST_BYTES, remove, store
from voucher.files.queries import file_for, file_for_any, files_of
from voucher.integrations.storage.store import ContentStore


@pytest.fixture
def content(tmp_path):
    """An empty content store."""
    return ContentStore(tmp_path / "files")


def take_in(business, content, data=PDF, name="Proof of trading.PDF", **values):
    return store(
        stream=io.BytesIO(data),
        name=name,
        purpose="evidence",
        subject=business,
        by=None,
        at=AT,
        store=content,
        **{"business_id": business.id, **values},
    )


def member(user):
    return capacities(memberships_of(user.id))[0]


def test_it_is_kept_with_its_digest_and_its_event(session, content):
    business = make_business()
    kept = take_in(business, content)
    assert (kept.name, kept.media_type) == ("Proof of trading.pdf", "application/pdf")
    assert kept.size_bytes == len(PDF)
    with content.open(kept.sha256) as stream:
        assert stream.read() == PDF
    event = session.execute(select(AuditEvent).where(AuditEvent.action == "file.stored")).scalar()
    assert event.details["sha256"] == kept.sha256
    assert "name" not in event.details


@pytest.mark.parametrize(
    "data", [b"", b"plain words", b"<svg onload='x'/>", b"%PDF-1.7 cut off", b"PK\x03\x04 docx"]
)
def test_what_is_no_accepted_kind_is_refused_and_not_kept(session, content, tmp_path, data):
    with pytest.raises(Invalid) as refused:
        take_in(make_business(), content, data, field="proof")
    assert refused.value.field == "proof"
    assert session.execute(select(StoredFile)).all() == []
    assert not (tmp_path / "files").exists()


def test_too_large_is_refused(session, content):
    with pytest.raises(Invalid, match="10 MB"):
        take_in(make_business(), content, PDF + b" " * LARGEST_BYTES + b"%%EOF")


def test_the_owner_and_the_staff_read_it_and_nobody_else(session, content):
    business = make_business()
    kept = take_in(business, content)
    owner = make_member(Role.BUSINESS, business=business)
    officer = make_member(Role.CASEWORKER)
    for person in (owner, officer):
        assert file_for(member(person), kept.reference) is kept
    others = (
        make_member(Role.BUSINESS, business=make_business()),
        make_member(Role.PROVIDER, provider=make_provider()),
        make_member(Role.EVALUATOR),
    )
    for person in others:
        with pytest.raises(NotFound):
            file_for(member(person), kept.reference)
    with pytest.raises(NotFound):
        file_for_any([], kept.reference)


def test_a_file_of_the_programme_is_for_the_staff(session, content):
    kept = take_in(make_business(), content, business_id=None)
    assert file_for(member(make_member(Role.AUDITOR)), kept.reference) is kept
    with pytest.raises(NotFound):
        file_for(member(make_member(Role.BUSINESS, business=make_business())), kept.reference)


def test_a_removed_file_is_gone_for_everybody_and_stays_on_record(session, content):
    business = make_business()
    kept = take_in(business, content)
    owner = make_member(Role.BUSINESS, business=business)
    remove(file=kept, by=owner.id, at=AT)
    assert files_of(business) == []
    with pytest.raises(NotFound):
        file_for(member(owner), kept.reference)
    with pytest.raises(Conflict):
        remove(file=kept, by=owner.id, at=AT)
