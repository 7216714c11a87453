"""The ground of a run: staff, a programme with one open round, providers that can be paid.

Programme, round, people and accounts come about by the real operations; the providers' registration
and due diligence are written as they would stand at its end. Names are fictional.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from voucher.accounts.operations import join_provider
from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.core.references import make_reference
from voucher.eligibility.default_rule_set import DEFAULT_RULE_SET
from voucher.integrations.companies_house.answers import CompanyProfile
from voucher.integrations.services import Services
from voucher.payments.jobs.onboarding import open_account, read_again
from voucher.programmes.models import Round
from voucher.programmes.operations import rounds
from voucher.programmes.rules import RoundSettings
from voucher.providers.models import (
    DueDiligenceItem,
    DueDiligenceKind,
    DueDiligenceStatus,
    Offering,
    OfferingStatus,
    Provider,
    ProviderStatus,
)
from voucher.sandbox.material.people import person
from voucher.sandbox.seed.levers import Levers
from voucher.sandbox.seed.people import enter_person, enter_staff
from voucher.sandbox.seed.screening import take_list_in
from voucher.sandbox.seed.stage import SignIn, Stage
from voucher.sandbox.stripe_emulator.control_client import Controls
from voucher.screening.operations.parties import keep_answer

VOUCHER_CAP_PENCE = 200_000
NO_THRESHOLD_PENCE = 1_000_000_000
CLAIMS_A_PROVIDER = 40
FEWEST_PROVIDERS = 3
FRESH_FOR = timedelta(days=3650)
"""The clock is moved on by weeks; what the register says is not the matter of these runs."""


@dataclass(frozen=True, slots=True)
class Payee:
    """One provider: its ids, and the offering that is redeemed."""

    provider_id: int
    member_id: int
    offering_id: int
    name: str


@dataclass(slots=True)
class Ground:
    """What a run stands on. `people` are user ids by key of the cast."""

    services: Services
    people: dict[str, int]
    round_id: int
    payees: list[Payee] = field(default_factory=list)

    @property
    def officers(self) -> tuple[int, int]:
        """Two finance officers, neither of whom decided or approved anything."""
        return self.people["finance"], self.people["second_finance"]


def stage_of(services: Services, sign_in: SignIn, at: datetime) -> Stage:
    """What the makers of fictional people need."""
    return Stage(services, sign_in, Levers(services.settings.stripe_api_base), at)


def lay_ground(stage: Stage, claims: int) -> Ground:
    """Lay everything that claims need. Before: empty tables, and a running emulator."""
    at = stage.now
    with transaction():
        enter_staff(stage, at)
        take_list_in(stage, at)
        round_id = _open_round(stage.people["manager"], claims, at).id
    ground = Ground(stage.services, dict(stage.people), round_id)
    for number in range(max(FEWEST_PROVIDERS, claims // CLAIMS_A_PROVIDER)):
        add_payee(ground, stage, number, at)
    return ground


def _open_round(by: int, claims: int, at: datetime) -> Round:
    programme = rounds.create_programme(
        name="Programme of a trial",
        summary="Fictional.",
        contact_email="tasters@scheme.example",
        by=by,
        at=at,
    )
    rules = rounds.add_rule_set(
        programme=programme, content=DEFAULT_RULE_SET, note="", by=by, at=at
    )
    terms = rounds.add_terms(
        programme=programme, terms_text="Terms.", data_notice_text="Notice.", by=by, at=at
    )
    today = london_date(at)
    settings = RoundSettings(
        name="Round of a trial",
        opens_on=today,
        closes_on=today + timedelta(days=90),
        budget_pence=VOUCHER_CAP_PENCE * (claims + 1),
        value_cap_pence=VOUCHER_CAP_PENCE,
        share_bps=5_000,
        second_approver_from_pence=NO_THRESHOLD_PENCE,
        full_evidence_from_pence=NO_THRESHOLD_PENCE,
        evidence_sample_bps=0,
    )
    made = rounds.create_round(
        programme=programme, settings=settings, rule_set=rules, terms=terms, by=by, at=at
    )
    rounds.open_round(round_=made, by=by, at=at)
    return made


def add_payee(ground: Ground, stage: Stage, number: int, at: datetime) -> Payee:
    """A provider with an account at Stripe that can be paid."""
    payee = write_payee(ground, stage, number, at)
    open_payee(ground, payee, at)
    ground.payees.append(payee)
    return payee


def write_payee(ground: Ground, stage: Stage, number: int, at: datetime) -> Payee:
    """An approved provider with one offering, and no account at Stripe yet."""
    with transaction():
        provider = _provider(number, at)
        member_id = enter_person(stage, person(number, f"provider{number}.example"), at)
        join_provider(user_id=member_id, provider_id=provider.id, at=at)
        register_says_active("provider", provider, at)
        payee = Payee(provider.id, member_id, _offering(provider, number, at).id, provider.name)
    return payee


def open_payee(ground: Ground, payee: Payee, at: datetime) -> str:
    """Its account at Stripe, filled in by its owner and read back; the account's id."""
    services = ground.services
    account_id = open_account(
        services.stripe,
        provider_id=payee.provider_id,
        email="money@provider.example",
        environment=services.settings.environment,
        by=payee.member_id,
        at=at,
    )
    Controls(services.settings.stripe_api_base).onboard(account_id)
    read_again(services.stripe, provider_id=payee.provider_id, account_id=account_id, at=at)
    return account_id


def stored(row: Any) -> Any:
    """Add `row`, flush, give it back."""
    session.add(row)
    session.flush()
    return row


def new_reference(prefix: str) -> str:
    """A reference nobody has."""
    return make_reference(prefix, secrets.token_bytes(8))


def register_says_active(party: str, row: Any, at: datetime) -> None:
    """The register of companies calls the business or provider active, for as long as we play."""
    profile = CompanyProfile(
        number=row.company_number,
        name=row.name,
        status="active",
        kind="ltd",
        incorporated_on=None,
        ceased_on=None,
        postcode=row.postcode,
        address_lines=(),
        sic_codes=(),
        has_insolvency_history=False,
        accounts_overdue=False,
        address_in_dispute=False,
    )
    keep_answer(
        party=party,
        party_id=row.id,
        number=row.company_number,
        profile=profile,
        officers=(),
        at=at + FRESH_FOR,
    )


def _provider(number: int, at: datetime) -> Provider:
    provider = stored(
        Provider(
            reference=new_reference("PRV"),
            name=f"Fictional Software {number} Ltd",
            status=ProviderStatus.APPROVED,
            description="Sets up software for small firms.",
            company_number=f"98{number:06d}",
            vat_registered=True,
            vat_number="GB980780684",
            town="Leeds",
            postcode="LS2 7EW",
            outcode="LS2",
            contact_email=f"hello@provider{number}.example",
            created_at=at,
            approved_at=at,
        )
    )
    for kind in DueDiligenceKind:
        lasts = None if kind is DueDiligenceKind.TERMS else london_date(at) + timedelta(days=365)
        stored(
            DueDiligenceItem(
                provider_id=provider.id,
                kind=kind,
                status=DueDiligenceStatus.PASSED,
                statement="Seen.",
                expires_on=lasts,
                provided_at=at,
                checked_at=at,
            )
        )
    return provider


def _offering(provider: Provider, number: int, at: datetime) -> Offering:
    return stored(
        Offering(
            reference=new_reference("OFF"),
            provider_id=provider.id,
            status=OfferingStatus.PUBLISHED,
            title=f"Online bookings in two weeks {number}",
            summary="Customers book online instead of by telephone.",
            scope="Set-up, two hours of training, a month of help.",
            outcome_areas=["taking-bookings-and-orders"],
            places=["remote"],
            net_price_pence=180_000,
            vat_rate_bps=2_000,
            created_at=at,
        )
    )
