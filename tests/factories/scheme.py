"""People, programme, round, business, provider, offering: the ground that every test stands on.

Every maker adds and flushes; the test (or its `transaction()`) commits. Names are fictional.
"""

import itertools
from datetime import UTC, date, datetime
from typing import Any

from tests.factories.screening import have_sanctions_list, make_party_record
from voucher.accounts.models import Membership, User
from voucher.accounts.roles import STAFF_ROLES, Role
from voucher.businesses.models import Business, HeadcountBand, LegalForm
from voucher.core.db import session
from voucher.core.status import Status
from voucher.eligibility.default_rule_set import DEFAULT_RULE_SET
from voucher.programmes.models import (
    AllocationMethod,
    Programme,
    Round,
    RoundStatus,
    RuleSet,
    Terms,
)
from voucher.programmes.operations import budget
from voucher.providers.models import (
    ConnectedAccount,
    DueDiligenceItem,
    DueDiligenceKind,
    DueDiligenceStatus,
    Offering,
    OfferingStatus,
    Provider,
    ProviderStatus,
)

AT = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def next_number() -> int:
    """A number no other record of this test run has."""
    return next(_numbers)


def reference(prefix: str, number: int) -> str:
    """A reference in its normal form, whatever the number: a long run passes ten thousand."""
    return f"{prefix}-{number // 10_000:04d}-{number % 10_000:04d}"


def stored(row: Any) -> Any:
    """Add `row`, flush, and give it back."""
    session.add(row)
    session.flush()
    return row


def make_user(name: str = "Fictional Person", **values: Any) -> User:
    """A confirmed person without a password."""
    number = next_number()
    defaults: dict[str, Any] = {
        "email": f"person{number}@example.org",
        "full_name": name,
        "fs_uniquifier": f"uniquifier-{number}",
        "active": True,
        "confirmed_at": AT,
        "registered_at": AT,
    }
    return stored(User(**{**defaults, **values}))


def make_member(role: Role, *, business: Any = None, provider: Any = None, **values: Any) -> User:
    """A person with one membership: of `business`, of `provider`, or of the staff.

    Staff have a second factor, without which they may not act; its secret here opens nothing.
    """
    if role in STAFF_ROLES:
        values = {"tf_primary_method": "authenticator", "tf_totp_secret": "sealed", **values}
    user = make_user(**values)
    stored(
        Membership(
            user_id=user.id,
            role=role,
            business_id=business.id if business else None,
            provider_id=provider.id if provider else None,
            joined_at=AT,
        )
    )
    return user


def make_programme(**values: Any) -> Programme:
    """A programme."""
    number = next_number()
    defaults: dict[str, Any] = {
        "slug": f"programme-{number}",
        "name": f"Fictional programme {number}",
        "summary": "Lets businesses try a technology.",
        "contact_email": "programme@example.org",
        "created_at": AT,
    }
    return stored(Programme(**{**defaults, **values}))


def make_round(
    programme: Programme | None = None,
    *,
    status: Status = RoundStatus.OPEN,
    **values: Any,
) -> Round:
    """A round with its rule set and terms; its budget is in the books unless it is a draft."""
    programme = programme or make_programme()
    number = next_number()
    rule_set = RuleSet(
        programme_id=programme.id, version=number, content=DEFAULT_RULE_SET, created_at=AT
    )
    terms = Terms(
        programme_id=programme.id,
        version=number,
        terms_text="Terms of the fictional programme.",
        data_notice_text="How the fictional programme uses data.",
        created_at=AT,
    )
    session.add_all((rule_set, terms))
    session.flush()
    defaults: dict[str, Any] = {
        "reference": reference("RND", number),
        "name": f"Round {number}",
        "opens_on": date(2026, 6, 1),
        "closes_on": date(2026, 9, 30),
        "budget_pence": 10_000_000,
        "value_cap_pence": 200_000,
        "share_bps": 5_000,
        "voucher_life_days": 90,
        "allocation_method": AllocationMethod.ROLLING,
        "second_approver_from_pence": 150_000,
        "full_evidence_from_pence": 100_000,
        "created_at": AT,
    }
    made = stored(
        Round(
            programme_id=programme.id,
            rule_set_id=rule_set.id,
            terms_id=terms.id,
            status=status,
            **{**defaults, **values},
        )
    )
    if status is not RoundStatus.DRAFT:
        budget.grant_budget(round_=made, at=AT, by=None)
    return made


def make_business(**values: Any) -> Business:
    """A company in Leeds that trades since 2019."""
    number = next_number()
    defaults: dict[str, Any] = {
        "reference": reference("BUS", number),
        "name": f"Fictional Joinery {number} Ltd",
        "legal_form": LegalForm.COMPANY,
        "company_number": f"99{number:06d}",
        "address_line": "1 Fictional Street",
        "town": "Leeds",
        "postcode": "LS1 4AP",
        "outcode": "LS1",
        "local_authority": "Leeds",
        "sector": "manufacturing",
        "trading_since_on": date(2019, 3, 1),
        "headcount": 6,
        "headcount_band": HeadcountBand.TWO_TO_NINE,
        "created_at": AT,
    }
    made = stored(Business(**{**defaults, **values}))
    if made.company_number:
        make_party_record("business", made, AT)
    return made


def make_provider(*, payable: bool = True, **values: Any) -> Provider:
    """An approved provider with all due diligence passed and a connected account."""
    number = next_number()
    defaults: dict[str, Any] = {
        "reference": reference("PRV", number),
        "name": f"Fictional Software {number} Ltd",
        "status": ProviderStatus.APPROVED,
        "description": "Sets up software for small firms.",
        "company_number": f"98{number:06d}",
        "vat_registered": True,
        "vat_number": "GB980780684",
        "town": "Leeds",
        "postcode": "LS2 7EW",
        "outcode": "LS2",
        "contact_email": f"provider{number}@example.org",
        "created_at": AT,
        "approved_at": AT,
    }
    provider = stored(Provider(**{**defaults, **values}))
    session.add_all(
        DueDiligenceItem(
            provider_id=provider.id,
            kind=kind,
            status=DueDiligenceStatus.PASSED,
            statement="Seen.",
            expires_on=None if kind is DueDiligenceKind.TERMS else date(2027, 12, 31),
            provided_at=AT,
            checked_at=AT,
        )
        for kind in DueDiligenceKind
    )
    session.add(
        ConnectedAccount(
            provider_id=provider.id,
            stripe_account_id=f"acct_test{number:08d}" if payable else None,
            transfers_active=payable,
            payouts_enabled=payable,
            holder_name=provider.name if payable else None,
            created_at=AT,
            read_at=AT if payable else None,
        )
    )
    session.flush()
    if provider.company_number:
        make_party_record("provider", provider, AT)
    have_sanctions_list(AT)
    return provider


def make_offering(provider: Provider | None = None, **values: Any) -> Offering:
    """A published offering at £1,800 plus VAT."""
    provider = provider or make_provider()
    number = next_number()
    defaults: dict[str, Any] = {
        "reference": reference("OFF", number),
        "status": OfferingStatus.PUBLISHED,
        "title": f"Online bookings in two weeks {number}",
        "summary": "Customers book and pay online instead of by telephone.",
        "scope": "Set-up, two hours of training, a month of help.",
        "outcome_areas": ["taking-bookings-and-orders"],
        "places": ["remote"],
        "net_price_pence": 180_000,
        "vat_rate_bps": 2_000,
        "created_at": AT,
    }
    return stored(Offering(provider_id=provider.id, **{**defaults, **values}))
