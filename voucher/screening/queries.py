"""Reads of screening: the list in use, what the register says of a party, checks, referrals."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import select

from voucher.businesses.models import Business
from voucher.core.db import reading_one_moment, session
from voucher.screening.matching import Index, Listed
from voucher.screening.models import (
    Gate,
    PartyRecord,
    Referral,
    ReferralStatus,
    SanctionsAnswer,
    SanctionsEntry,
    SanctionsList,
    ScreeningCheck,
    Stage,
)
from voucher.screening.rules import BUSINESS, GONE, LIST_IS_OLD_DAYS


def newest_list() -> SanctionsList | None:
    """The list in use: the newest by its own date, of several of one day the last imported."""
    query = select(SanctionsList).order_by(
        SanctionsList.published_on.desc(), SanctionsList.id.desc()
    )
    return session.execute(query.limit(1)).scalar_one_or_none()


def list_warning(today: date) -> str | None:
    """What is wrong with the sanctions list in use, as a sentence for finance, or None."""
    newest = newest_list()
    if newest is None:
        return "There is no sanctions list yet, so nothing can be paid."
    age = (today - newest.published_on).days
    if age <= LIST_IS_OLD_DAYS:
        return None
    return (
        f"The sanctions list in use is {age} days old, of {newest.published_on.day}"
        f" {newest.published_on:%B %Y}. Take in the newest one."
    )


def lists() -> Sequence[SanctionsList]:
    """The last lists that were imported, the newest first."""
    query = select(SanctionsList).order_by(SanctionsList.id.desc()).limit(25)
    return session.execute(query).scalars().all()


def index_of(list_: SanctionsList) -> Index:
    """The list ready for looking up. Lists never change, so the last one stays in memory."""
    return _index(list_.id, list_.sha256)


def read_list_ahead() -> None:
    """Have the list in use in memory before a check, holding no lock.

    It takes a second or so, once in every process after a new list; inside the check, the claim (on
    SQLite, everything) would be locked meanwhile. Ends the transaction under way.
    """
    with reading_one_moment():
        newest = newest_list()
        if newest is not None:
            index_of(newest)


@lru_cache(maxsize=1)
def _index(list_id: int, _sha256: str) -> Index:
    query = select(
        SanctionsEntry.group_id,
        SanctionsEntry.target,
        SanctionsEntry.names,
        SanctionsEntry.births,
        SanctionsEntry.regime,
    ).where(SanctionsEntry.list_id == list_id)
    return Index(
        Listed(
            row.group_id,
            row.target,
            tuple(one["name"] for one in row.names),
            tuple(row.births),
            row.regime,
            frozenset(one["name"] for one in row.names if one.get("strength") == "weak"),
        )
        for row in session.execute(query)
    )


def party_record(party: str, party_id: int) -> PartyRecord | None:
    """What the register last said of the party ("business" or "provider")."""
    query = select(PartyRecord).where(PartyRecord.party == party, PartyRecord.party_id == party_id)
    return session.execute(query).scalar_one_or_none()


def has_ended(business_id: int) -> bool:
    """Whether the register, when last asked about its number, called the business gone."""
    query = (
        select(PartyRecord.id)
        .join(Business, Business.id == PartyRecord.party_id)
        .where(
            PartyRecord.party == BUSINESS,
            PartyRecord.party_id == business_id,
            PartyRecord.company_number == Business.company_number,
            PartyRecord.company_status.in_(GONE),
        )
    )
    return session.execute(query).first() is not None


def asked_recently(keys: Iterable[tuple[str, int]], since: datetime) -> set[tuple[str, int, str]]:
    """Those of the parties that were asked about after `since`, with the number asked for."""
    query = select(PartyRecord.party, PartyRecord.party_id, PartyRecord.company_number).where(
        PartyRecord.party_id.in_({key[1] for key in keys}), PartyRecord.tried_at > since
    )
    return {(row.party, row.party_id, row.company_number) for row in session.execute(query)}


def latest_checks(claim_id: int) -> dict[Gate, ScreeningCheck]:
    """The newest check of every gate of the claim."""
    query = (
        select(ScreeningCheck)
        .where(ScreeningCheck.claim_id == claim_id)
        .order_by(ScreeningCheck.id)
    )
    return {check.gate: check for check in session.execute(query).scalars()}


def latest_matters(claim_id: int) -> dict[Gate, tuple[str, Stage]]:
    """What the newest check of every gate of the claim found, as a digest, and when it was made."""
    query = (
        select(ScreeningCheck.gate, ScreeningCheck.matter, ScreeningCheck.stage)
        .where(ScreeningCheck.claim_id == claim_id)
        .order_by(ScreeningCheck.id)
    )
    return {row.gate: (row.matter, row.stage) for row in session.execute(query)}


def referrals_of(claim_id: int) -> Sequence[Referral]:
    """Every doubt there was about the claim, the oldest first."""
    query = select(Referral).where(Referral.claim_id == claim_id).order_by(Referral.id)
    return session.execute(query).scalars().all()


def cleared_before(keys: Collection[str]) -> dict[str, int]:
    """Those of the hits (`matching.hit_key`) whose newest answer clears them: key and doubt."""
    if not keys:
        return {}
    query = (
        select(SanctionsAnswer)
        .where(SanctionsAnswer.hit_key.in_(keys))
        .order_by(SanctionsAnswer.id)
    )
    newest = {answer.hit_key: answer for answer in session.execute(query).scalars()}
    return {key: answer.referral_id for key, answer in newest.items() if answer.clears}


def referral_by_id(referral_id: int) -> Referral | None:
    """One doubt."""
    return session.get(Referral, referral_id)


def is_of_ended_business(referral: Referral) -> bool:
    """Whether the doubt is that the register calls the business gone."""
    found = referral.inputs.get(BUSINESS) or {}
    return referral.gate is Gate.COMPANY and found.get("status") in GONE


def words_on_ended_business(claim_id: int) -> str | None:
    """What the provider is told of the latest answer on a dissolved business, or None."""
    query = (
        select(Referral.ended_reason)
        .where(Referral.claim_id == claim_id, Referral.ended_reason.is_not(None))
        .order_by(Referral.answered_at.desc(), Referral.id.desc())
    )
    reason = session.execute(query.limit(1)).scalar()
    return None if reason is None else reason.public_label


WAITING = (ReferralStatus.OPEN, ReferralStatus.SECOND)
