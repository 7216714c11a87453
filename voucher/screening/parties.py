"""Business and provider as the checks see them: our record, the register's, their addresses."""

from sqlalchemy import select

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
from voucher.screening.queries import party_record
from voucher.screening.rules import Officer, Party, domain_of


def business_party(business: Business) -> Party:
    """The business. A sole trader's tax number or a charity's number is its own proof."""
    people = _people(Membership.business_id == business.id)
    return _party(
        "business",
        business,
        proof=bool(business.utr or business.charity_number),
        domains=frozenset(domain_of(email) for email, _ in people),
    )


def provider_party(provider: Provider) -> Party:
    """The provider. One without a company number proves its identity in due diligence."""
    people = _people(Membership.provider_id == provider.id)
    identity = select(DueDiligenceItem.status).where(
        DueDiligenceItem.provider_id == provider.id,
        DueDiligenceItem.kind == DueDiligenceKind.IDENTITY,
    )
    status = session.execute(identity).scalar_one_or_none()
    return _party(
        "provider",
        provider,
        proof=status is DueDiligenceStatus.PASSED,
        domains=frozenset(
            (domain_of(provider.contact_email), *(domain_of(email) for email, _ in people))
        ),
    )


def _people(place: object) -> list[tuple[str, str]]:
    query = (
        select(User.email, User.full_name)
        .join(Membership, Membership.user_id == User.id)
        .where(place, Membership.ended_at.is_(None))  # type: ignore[arg-type]
    )
    return [(row.email, row.full_name) for row in session.execute(query)]


def _party(part: str, row: Business | Provider, *, proof: bool, domains: frozenset[str]) -> Party:
    record = party_record(part, row.id) if row.company_number else None
    fresh = record if record and record.company_number == row.company_number else None
    return Party(
        part=part,
        party_id=row.id,
        name=row.name,
        company_number=row.company_number,
        proof=proof,
        postcode=row.postcode,
        address_line=row.address_line,
        domains=domains - {""},
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


def people_behind(business: Business) -> tuple[str, ...]:
    """Who a sole trader is: those who sign in for it."""
    if business.legal_form is not LegalForm.SOLE_TRADER:
        return ()
    people = _people(Membership.business_id == business.id)
    return tuple(name for _, name in people if name)


def account_of(provider_id: int) -> ConnectedAccount | None:
    """The provider's account at Stripe as last read."""
    query = select(ConnectedAccount).where(ConnectedAccount.provider_id == provider_id)
    fresh = {"populate_existing": True}
    return session.execute(query, execution_options=fresh).scalar_one_or_none()


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
