"""Gathering what the rules look at: from the form, the places, the register, earlier support.

What lies above this package (whether the enterprise holds a live voucher) is handed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_, select

from voucher.accounts.models import Membership
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.queries.drafts import with_everything
from voucher.businesses.models import Business, LegalForm
from voucher.businesses.places import Place, place_of
from voucher.businesses.queries import same_enterprise_ids
from voucher.businesses.rules import InvalidPostcode, normalise_postcode
from voucher.core.db import session
from voucher.eligibility.differences import Declared, Registered, differences
from voucher.eligibility.models import EligibilityCheck
from voucher.eligibility.rules import NOT_FOUND, Facts, Unknown, full_months_between
from voucher.integrations.companies_house.answers import CompanyProfile
from voucher.providers.models import Provider
from voucher.subsidy.queries import headroom, own_headroom

USES_IT = "made-for-it"
WITH_OFFICERS = (ApplicationStatus.SUBMITTED, ApplicationStatus.PROPOSED)


class RegisterAnswer(StrEnum):
    """What the register of companies has said, as a stored check tells it.

    Where it gave no answer, the check stores why instead (integrations.companies_house.errors).
    """

    NOT_NEEDED = "not-needed"
    NOT_ASKED_YET = "not-asked-yet"
    FOUND = "found"
    NOT_FOUND = "not-found"


@dataclass(frozen=True, slots=True)
class Register:
    """The register's answer on one company: in one word, and its profile if it has one."""

    answer: str
    profile: CompanyProfile | None = None

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing more to ask."""
        settled = (RegisterAnswer.NOT_NEEDED, RegisterAnswer.FOUND, RegisterAnswer.NOT_FOUND)
        return self.answer in settled


def register_before_asking(business: Business) -> Register:
    """What is known before anybody asked: nothing needed, unless it is a company."""
    company = business.legal_form is LegalForm.COMPANY
    return Register(RegisterAnswer.NOT_ASKED_YET if company else RegisterAnswer.NOT_NEEDED)


def facts_of(
    application: Application,
    *,
    on: date,
    register: Register,
    holds_live_voucher: bool | Unknown,
    whole_group: bool = True,
) -> Facts:
    """Everything the rules may look at, on the London date `on`.

    `application` comes with its business and round. A register that has not answered leaves its
    facts pending; what the form has not been told yet is not asked. Without `whole_group` the
    subsidy limit is reckoned by what this entry alone knows: what its own people may be shown.
    """
    business = application.business
    left = headroom if whole_group else own_headroom
    return Facts(
        **_place_facts(business),
        **_register_facts(register),
        legal_form=_asked(business.legal_form and business.legal_form.value),
        headcount=_asked(business.headcount),
        trading_months=_trading_months(business, on),
        sector=_asked(business.sector),
        problem_text=_problem_text(application),
        signatory_has_authority=_asked(application.signatory_has_authority),
        holds_live_voucher=holds_live_voucher,
        connected_to_provider=_connected(application),
        already_uses_technology=_uses_technology(application),
        mfa_headroom_pence=left(application.business_id, on),
        award_pence=application.round.value_cap_pence,
    )


def place_facts(place: Place | None, outcode: str) -> dict[str, Any]:
    """The facts of a postcode district, which lies in the area or (None) does not."""
    return {
        "outcode": outcode,
        "local_authority_code": place.local_authority_code if place else "",
        "area_share_bps": place.northern_bps if place else 0,
    }


def _place_facts(business: Business) -> dict[str, Any]:
    if not business.outcode:
        return {}
    return place_facts(place_of(business.outcode), business.outcode)


def _register_facts(register: Register) -> dict[str, Any]:
    if register.answer == RegisterAnswer.NOT_NEEDED:
        return {"sic_codes": ()}
    if register.answer == RegisterAnswer.NOT_FOUND:
        return {"register_status": NOT_FOUND, "sic_codes": ()}
    if register.profile is None:
        return {"register_status": Unknown.PENDING, "sic_codes": Unknown.PENDING}
    return {
        "register_status": register.profile.status or "",
        "sic_codes": tuple(register.profile.sic_codes),
    }


def _asked(value: Any) -> Any:
    return Unknown.NOT_ASKED if value is None else value


def _problem_text(application: Application) -> str | Unknown:
    text = f"{application.problem_today} {application.problem_better}".strip()
    return text or Unknown.NOT_ASKED


def _trading_months(business: Business, on: date) -> int | Unknown:
    if business.trading_since_on is None:
        return Unknown.NOT_ASKED
    return full_months_between(business.trading_since_on, on)


def _uses_technology(application: Application) -> bool | Unknown:
    answer = application.baseline.get("uses_technology")
    return Unknown.NOT_ASKED if answer is None else answer == USES_IT


def _connected(application: Application) -> bool | Unknown:
    if connected_provider_ids(application.business):
        return True
    return _asked(application.connected_to_provider)


def connected_provider_ids(business: Business) -> Sequence[int]:
    """Providers that share a number or a person with the business, whatever it has declared."""
    people = select(Membership.user_id).where(
        Membership.business_id == business.id, Membership.ended_at.is_(None)
    )
    shared = select(Membership.provider_id).where(
        Membership.provider_id.is_not(None),
        Membership.ended_at.is_(None),
        Membership.user_id.in_(people),
    )
    signs = [Provider.id.in_(shared)]
    if business.company_number:
        signs.append(Provider.company_number == business.company_number)
    if business.vat_number:
        signs.append(Provider.vat_number == business.vat_number)
    query = select(Provider.id).where(or_(*signs)).order_by(Provider.id)
    return session.execute(query).scalars().all()


def differences_of(application: Application, register: Register) -> list[dict[str, Any]]:
    """What an officer should look at: form against register, other entries of the enterprise."""
    business, found = application.business, []
    if register.profile is not None:
        declared = Declared(business.name, business.postcode or "")
        found = [item.to_dict() for item in differences(declared, _registered(register.profile))]
    others = same_enterprise_ids(business.id)[1:]
    if others:
        query = select(Business.reference).where(Business.id.in_(others)).order_by(Business.id)
        references = ", ".join(session.execute(query).scalars())
        found.append(
            {
                "kind": "same_number",
                "declared": business.reference,
                "registered": references,
                "likeness": None,
            }
        )
    return found


def _registered(profile: CompanyProfile) -> Registered:
    try:
        postcode = normalise_postcode(profile.postcode or "")
    except InvalidPostcode:
        postcode = ""
    return Registered(profile.name, postcode, profile.status or "")


def awaiting_register(at: datetime, limit: int) -> Sequence[Application]:
    """Applications with officers whose last check waits for the register and is due to ask again.

    With business and round; the longest waiting first.
    """
    last = (
        select(func.max(EligibilityCheck.id))
        .where(EligibilityCheck.application_id == Application.id)
        .correlate(Application)
        .scalar_subquery()
    )
    query = (
        with_everything()
        .join(EligibilityCheck, EligibilityCheck.id == last)
        .where(
            Application.status.in_(WITH_OFFICERS),
            EligibilityCheck.retry_at.is_not(None),
            EligibilityCheck.retry_at <= at,
        )
        .order_by(EligibilityCheck.retry_at)
        .limit(limit)
    )
    return session.execute(query).scalars().all()
