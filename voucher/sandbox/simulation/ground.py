"""What a simulated round stands on: a programme, its people, a round by lot, one offering."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from voucher.accounts.models import Membership, User
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.eligibility.default_rule_set import DEFAULT_RULE_SET
from voucher.programmes.models import (
    AllocationMethod,
    Arm,
    Programme,
    Round,
    RoundStatus,
    RuleSet,
    StratumBasis,
    Terms,
)
from voucher.programmes.operations import budget
from voucher.programmes.rules import WHOLE_BPS
from voucher.providers.models import Offering, OfferingStatus, Provider, ProviderStatus

OPENED_AT = datetime(2025, 1, 6, 9, 0, tzinfo=UTC)
SUBMITTED_AT = OPENED_AT + timedelta(days=10)
CLOSED_AT = OPENED_AT + timedelta(days=40)
NET_PRICE_PENCE = 180_000
AWARD_PENCE = 90_000
SHARE_BPS = 5_000


@dataclass(frozen=True)
class Ground:
    """The round and who acts in it."""

    round: Round
    offering: Offering
    manager: User
    second: User
    owner: User
    worker: User


def lay_ground(businesses: int, places: int) -> Ground:
    """Enter all of it: a round with money for just so many places."""
    programme = _stored(
        Programme(
            slug="simulated",
            name="Simulated programme",
            summary="Made up by a computer to try out the analysis. Nothing here happened.",
            contact_email="simulated@example.org",
            created_at=OPENED_AT,
        )
    )
    provider = _provider()
    return Ground(
        round=_round(programme, businesses, places),
        offering=_offering(provider),
        manager=_person("Simulated manager", Role.PROGRAMME_MANAGER),
        second=_person("Simulated second manager", Role.PROGRAMME_MANAGER),
        owner=_person("Simulated owner"),
        worker=_person("Simulated provider", Role.PROVIDER, provider_id=provider.id),
    )


def _round(programme: Programme, businesses: int, places: int) -> Round:
    rules = _stored(
        RuleSet(
            programme_id=programme.id, version=1, content=DEFAULT_RULE_SET, created_at=OPENED_AT
        )
    )
    terms = _stored(
        Terms(
            programme_id=programme.id,
            version=1,
            terms_text="Terms of a simulation.",
            data_notice_text="No data of anybody are used in a simulation.",
            created_at=OPENED_AT,
        )
    )
    # The share is rounded up: the money then gives exactly the places that were asked for.
    share = min(WHOLE_BPS, -(-places * WHOLE_BPS // businesses))
    made = _stored(
        Round(
            programme_id=programme.id,
            reference="RND-0000-0001",
            name="Simulated round",
            status=RoundStatus.OPEN,
            opens_on=OPENED_AT.date(),
            closes_on=CLOSED_AT.date(),
            budget_pence=places * AWARD_PENCE,
            value_cap_pence=AWARD_PENCE,
            share_bps=SHARE_BPS,
            allocation_method=AllocationMethod.RANDOM,
            second_approver_from_pence=150_000,
            full_evidence_from_pence=100_000,
            draw_stratum=StratumBasis.SIZE,
            draw_arms=[
                _arm(Arm.VOUCHER, share),
                _arm(Arm.COMPARISON, WHOLE_BPS - share),
            ],
            follow_up_on=date(2025, 12, 31),
            rule_set_id=rules.id,
            terms_id=terms.id,
            created_at=OPENED_AT,
        )
    )
    budget.grant_budget(round_=made, at=OPENED_AT, by=None)
    return made


def _arm(arm: Arm, share_bps: int) -> dict[str, Any]:
    return {
        "code": arm.value,
        "arm": arm.value,
        "name": arm.staff_label,
        "share_bps": share_bps,
    }


def _provider() -> Provider:
    return _stored(
        Provider(
            reference="PRV-0000-0001",
            name="Simulated provider",
            status=ProviderStatus.APPROVED,
            description="Exists in a simulation only.",
            vat_registered=True,
            vat_number="GB980780684",
            contact_email="simulated-provider@example.org",
            created_at=OPENED_AT,
            approved_at=OPENED_AT,
        )
    )


def _offering(provider: Provider) -> Offering:
    return _stored(
        Offering(
            provider_id=provider.id,
            reference="OFF-0000-0001",
            status=OfferingStatus.PUBLISHED,
            title="Simulated taster",
            summary="Exists in a simulation only.",
            scope="Nothing.",
            outcome_areas=["taking-bookings-and-orders"],
            places=["remote"],
            net_price_pence=NET_PRICE_PENCE,
            vat_rate_bps=2_000,
            created_at=OPENED_AT,
        )
    )


def _person(name: str, role: Role | None = None, **place: int) -> User:
    user = _stored(
        User(
            email=f"{name.lower().replace(' ', '.')}@example.org",
            full_name=name,
            fs_uniquifier=name,
            active=True,
            confirmed_at=OPENED_AT,
            registered_at=OPENED_AT,
        )
    )
    if role is not None:
        _stored(Membership(user_id=user.id, role=role, joined_at=OPENED_AT, **place))
    return user


def _stored(row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
