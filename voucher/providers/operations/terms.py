"""The provider terms: a next version, which asks everybody again, and agreeing to one.

What was agreed to is kept by version and by the SHA-256 of its text, with who and when.
"""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, update

from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import session, translating_constraints
from voucher.core.errors import Conflict, Invalid
from voucher.providers.default_terms import FIRST_TERMS
from voucher.providers.models import (
    DueDiligenceItem,
    DueDiligenceKind,
    DueDiligenceStatus,
    Provider,
    ProviderTerms,
    TermsAgreement,
)
from voucher.providers.operations.due_diligence import lock_item
from voucher.providers.operations.registration import lock_provider
from voucher.providers.queries import newest_terms
from voucher.providers.rules import may_provide

LONGEST_TEXT = 20_000
LATEST_NEED_DAYS = 365
_TERMS = DueDiligenceItem.kind == DueDiligenceKind.TERMS


def add_terms(*, text: str, needed_from_on: date, by: int, at: datetime) -> ProviderTerms:
    """Store the next version. Who has agreed to an earlier one takes new work until the day before
    `needed_from_on`, and is asked to agree to this one; work agreed on stays under the old words.
    Who let the day of a version before this one pass stays without new work until they agree.

    Raises Invalid on "text" (empty, too long, unchanged) or "needed_from_on" (not after today).
    """
    newest = _stored_newest(at)
    words = _words(text, newest.text)
    today = london_date(at)
    if not today < needed_from_on <= today + timedelta(days=LATEST_NEED_DAYS):
        raise Invalid("The day must be after today, within a year.", "needed_from_on")
    added = _store(newest.version + 1, words, needed_from_on, by, at)
    last_day = needed_from_on - timedelta(days=1)
    in_force = or_(DueDiligenceItem.expires_on.is_(None), DueDiligenceItem.expires_on >= today)
    _set_lines(DueDiligenceStatus.PASSED, in_force, expires_on=last_day)
    _set_lines(DueDiligenceStatus.PROVIDED, status=DueDiligenceStatus.WAITING)
    record(action="provider.terms_added", subject=added, at=at, by=by, details=_details(added))
    return added


def agree_to_terms(*, provider: Provider, version: int, by: int, at: datetime) -> TermsAgreement:
    """Agree, for the provider, to the version that was read, which must be the newest.

    After: the agreement is kept for good. In a registration the line waits to be checked; a line
    that has passed before holds again without an end. Raises Conflict when a newer version has
    come, or there is nothing to agree to.
    """
    locked = lock_provider(provider.id)
    item = lock_item(locked.id, DueDiligenceKind.TERMS)
    terms = _stored_newest(at)
    if version != terms.version:
        raise Conflict("These terms were replaced while you read them. Read the new ones, please.")
    if not may_provide(item, locked):
        raise Conflict("You have agreed to these terms already. You need do nothing more.")
    agreement = TermsAgreement(
        provider_id=locked.id,
        terms_id=terms.id,
        text_sha256=terms.text_sha256,
        agreed_at=at,
        agreed_by_id=by,
    )
    session.add(agreement)
    item.statement = f"Agreed to version {terms.version} of the provider terms."
    item.provided_at, item.expires_on = at, None
    if item.status is not DueDiligenceStatus.PASSED:
        item.status = DueDiligenceStatus.PROVIDED
        item.checked_at = item.checked_by_id = None
        item.note = ""
    session.flush()
    record(action="provider.terms_agreed", subject=locked, at=at, by=by, details=_details(terms))
    return agreement


def _stored_newest(at: datetime) -> ProviderTerms:
    """The newest version; the one supplied becomes a row when it is first needed as one."""
    return newest_terms() or _store(1, FIRST_TERMS, None, None, at)


def _store(
    version: int, text: str, needed_from_on: date | None, by: int | None, at: datetime
) -> ProviderTerms:
    terms = ProviderTerms(
        version=version,
        text=text,
        text_sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        needed_from_on=needed_from_on,
        created_at=at,
        created_by_id=by,
    )
    with translating_constraints():
        session.add(terms)
        session.flush()
    return terms


def _words(text: str, before: str) -> str:
    words = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if not words:
        raise Invalid("Enter the terms.", "text")
    if len(words) > LONGEST_TEXT:
        raise Invalid(f"The terms must be {LONGEST_TEXT:,} characters or fewer.", "text")
    if words == before:
        raise Invalid("These are the words of the version before. Change them first.", "text")
    return words


def _set_lines(now: DueDiligenceStatus, *only: Any, **values: object) -> None:
    """Set `values` on everybody's line of the terms that stands at `now` (and fits `only`)."""
    changed = update(DueDiligenceItem).where(_TERMS, DueDiligenceItem.status == now, *only)
    session.execute(changed.values(**values).execution_options(synchronize_session="fetch"))


def _details(terms: ProviderTerms) -> dict[str, object]:
    return {"terms": terms.id, "version": terms.version, "sha256": terms.text_sha256}
