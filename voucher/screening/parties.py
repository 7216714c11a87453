"""Business and provider as the checks see them: our record, the register's, their addresses."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from voucher.accounts.models import Membership, User
from voucher.businesses.models import Business, LegalForm
from voucher.core.db import session
from voucher.providers.models import (
    ConnectedAccount,
    DueDiligenceItem,
    DueDiligenceKind,
    DueDiligenceStatus,
    Provider,
)
from voucher.screening.matching import Subject
from voucher.screening.models import PartyRecord
from voucher.screening.rules import BUSINESS, PROVIDER, Officer, Party, domain_of


@dataclass(frozen=True)
class Sides:
    """The two parties of a claim as they are stored now, with what the checks ask of them.

    `people`: who may act for each, as (e-mail, full name); `identity_proved`: the provider's, by
    due diligence; `proof_handed_in`: the business handed in proof of who it is.
    """

    business: Business
    provider: Provider
    account: ConnectedAccount | None
    business_record: PartyRecord | None
    provider_record: PartyRecord | None
    identity_proved: bool
    proof_handed_in: bool
    business_people: Sequence[tuple[str, str]]
    provider_people: Sequence[tuple[str, str]]


def sides_of(business_id: int, provider_id: int, *, proof_handed_in: ColumnElement[bool]) -> Sides:
    """Business and provider, read fresh in two statements. Raises NoResultFound without them.

    `proof_handed_in`: whether the business handed in proof of who it is, as a condition.
    """
    bought, sold = aliased(PartyRecord), aliased(PartyRecord)
    identity = DueDiligenceItem
    query = (
        select(Business, Provider, ConnectedAccount, bought, sold, identity.status, proof_handed_in)
        .select_from(Business)
        .join(Provider, Provider.id == provider_id)
        .outerjoin(ConnectedAccount, ConnectedAccount.provider_id == Provider.id)
        .outerjoin(bought, and_(bought.party == BUSINESS, bought.party_id == Business.id))
        .outerjoin(sold, and_(sold.party == PROVIDER, sold.party_id == Provider.id))
        .outerjoin(
            identity,
            and_(
                identity.provider_id == Provider.id,
                identity.kind == DueDiligenceKind.IDENTITY,
            ),
        )
        .where(Business.id == business_id)
    )
    found = session.execute(query, execution_options={"populate_existing": True}).one()
    *rows, status, handed_in = found
    proved = status is DueDiligenceStatus.PASSED
    return Sides(*rows, proved, handed_in, *_people(business_id, provider_id))


def _people(business_id: int, provider_id: int) -> tuple[list[tuple[str, str]], ...]:
    """Those who may act for the business, and those who may for the provider."""
    place = Membership.business_id == business_id
    query = (
        select(place, User.email, User.full_name)
        .join(Membership, Membership.user_id == User.id)
        .where(or_(place, Membership.provider_id == provider_id), Membership.ended_at.is_(None))
    )
    rows = [(bool(row[0]), (row[1], row[2])) for row in session.execute(query)]
    return [one for here, one in rows if here], [one for here, one in rows if not here]


def business_party(sides: Sides) -> Party:
    """The business. A sole trader or charity proves who it is by its number together with what it
    handed in: a number alone anybody can type."""
    business = sides.business
    return _party(
        BUSINESS,
        business,
        sides.business_record,
        proof=bool(business.utr or business.charity_number) and sides.proof_handed_in,
        addresses=[email for email, _ in sides.business_people],
    )


def provider_party(sides: Sides) -> Party:
    """The provider. One without a company number proves its identity in due diligence."""
    provider = sides.provider
    return _party(
        PROVIDER,
        provider,
        sides.provider_record,
        proof=sides.identity_proved,
        addresses=[provider.contact_email, *(email for email, _ in sides.provider_people)],
    )


def _party(
    part: str,
    row: Business | Provider,
    record: PartyRecord | None,
    *,
    proof: bool,
    addresses: Sequence[str | None],
) -> Party:
    number = row.company_number
    fresh = record if number and record and record.company_number == number else None
    return Party(
        part=part,
        party_id=row.id,
        name=row.name,
        company_number=row.company_number,
        proof=proof,
        postcode=row.postcode,
        address_line=row.address_line,
        domains=frozenset(map(domain_of, addresses)) - {""},
        **_said(fresh),
    )


def _said(record: PartyRecord | None) -> dict[str, object]:
    if record is None:
        return {}
    return {
        "answer": record.answer,
        "status": record.company_status,
        "registered_name": record.registered_name,
        "read_at": record.read_at,
        "trouble": record.trouble,
        "officers": tuple(
            Officer(one["name"], one["role"], one.get("born")) for one in record.officers
        ),
    }


def subjects_of(party: Party, *, people: tuple[str, ...] = ()) -> list[Subject]:
    """Whom to look up for the party: its names, its officers, and `people` who are it."""
    body = False if party.company_number else None
    names = dict.fromkeys(name for name in (party.name, party.registered_name) if name)
    whose = f"{party.part}:{party.party_id}"
    found = [Subject(name, party.part, body, None, whose) for name in names]
    for one in party.officers:
        person = not one.role.startswith("corporate")
        part = f"{one.role.replace('-', ' ')} of the {party.part}"
        found.append(Subject(one.name, part, person, one.born, whose))
    part = f"person behind the {party.part}"
    return found + [Subject(name, part, True, None, whose) for name in people]


def people_behind(sides: Sides) -> tuple[str, ...]:
    """Who a sole trader is: those who sign in for it."""
    if sides.business.legal_form is not LegalForm.SOLE_TRADER:
        return ()
    return tuple(name for _, name in sides.business_people if name)


def paid_to_the_same(account: ConnectedAccount | None) -> dict[int, str]:
    """Other providers that are paid to the account's bank account: id and name."""
    if account is None or account.bank_fingerprint is None:
        return {}
    query = (
        select(Provider.id, Provider.name)
        .join(ConnectedAccount, ConnectedAccount.provider_id == Provider.id)
        .where(
            ConnectedAccount.bank_fingerprint == account.bank_fingerprint,
            Provider.id != account.provider_id,
        )
    )
    return {row.id: row.name for row in session.execute(query)}
