"""Tables: provider, due-diligence item, offering, connected account."""

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    case,
    select,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from voucher.businesses.ways import ENGLISH
from voucher.core.db import Base, BigKey, PrimaryKey, enum_column, explain_constraint
from voucher.core.status import Status


class ProviderStatus(Status):
    """Where a provider stands."""

    DRAFT = "draft", "Registration not sent"
    SUBMITTED = "submitted", "Due diligence", "Being checked"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused", "Not approved"
    SUSPENDED = "suspended", "Suspended"


PROVIDER_MOVES = {
    ProviderStatus.DRAFT: frozenset({ProviderStatus.SUBMITTED}),
    ProviderStatus.SUBMITTED: frozenset(
        {ProviderStatus.APPROVED, ProviderStatus.REFUSED, ProviderStatus.DRAFT}
    ),
    ProviderStatus.APPROVED: frozenset({ProviderStatus.SUSPENDED}),
    ProviderStatus.SUSPENDED: frozenset({ProviderStatus.APPROVED}),
    ProviderStatus.REFUSED: frozenset({ProviderStatus.SUBMITTED}),
}


class Departure(Status):
    """Why a provider is gone, where it is: it is suspended, and will hardly come back."""

    INSOLVENT = "insolvent", "Insolvent: in administration or liquidation"
    DISSOLVED = "dissolved", "Dissolved or struck off"
    CEASED = "ceased", "Stopped trading"
    UNREACHABLE = "unreachable", "Can’t be reached"


class Provider(Base):
    """Who delivers the technology and is paid."""

    __tablename__ = "provider"
    __table_args__ = (
        CheckConstraint(
            "(status = 'suspended') = (suspended_at IS NOT NULL)", name="suspended_has_its_moment"
        ),
        CheckConstraint("gone_as IS NULL OR status = 'suspended'", name="gone_is_suspended"),
        CheckConstraint("vat_number IS NULL OR vat_registered", name="vat_number_if_registered"),
        Index(
            "uq_provider_company_number",
            "company_number",
            unique=True,
        ),
        Index("ix_provider_status", "status"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    status: Mapped[ProviderStatus] = mapped_column(enum_column(ProviderStatus, "status_known"))
    description: Mapped[str] = mapped_column(Text, default="")
    company_number: Mapped[str | None] = mapped_column(String(8))
    vat_registered: Mapped[bool] = mapped_column(default=False)
    vat_number: Mapped[str | None] = mapped_column(String(12))
    address_line: Mapped[str | None] = mapped_column(String(200))
    town: Mapped[str | None] = mapped_column(String(80))
    postcode: Mapped[str | None] = mapped_column(String(8))
    outcode: Mapped[str | None] = mapped_column(String(4))
    contact_name: Mapped[str | None] = mapped_column(String(120))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(30))
    website: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    suspended_at: Mapped[datetime | None]
    suspension_reason: Mapped[str | None] = mapped_column(String(500))
    gone_as: Mapped[Departure | None] = mapped_column(enum_column(Departure, "gone_known"))
    refusal_reason: Mapped[str | None] = mapped_column(String(500))

    items: Mapped[list["DueDiligenceItem"]] = relationship(
        lazy="raise", order_by="DueDiligenceItem.id"
    )
    offerings: Mapped[list["Offering"]] = relationship(back_populates="provider", lazy="raise")
    connected_account: Mapped["ConnectedAccount | None"] = relationship(lazy="raise")


class DueDiligenceKind(Status):
    """What is checked before a provider is approved."""

    IDENTITY = "identity", "Company or person is who they say"
    INSURANCE = "insurance", "Professional indemnity insurance"
    REFERENCES = "references", "Two pieces of earlier work"
    DATA_PROTECTION = "data_protection", "Registered for data protection"
    TERMS = "terms", "Agreed to the provider terms"


class DueDiligenceStatus(Status):
    """The result of one check."""

    WAITING = "waiting", "Waiting for the provider", "You need to do this"
    PROVIDED = "provided", "To be checked", "Being checked"
    PASSED = "passed", "Passed"
    FAILED = "failed", "Not accepted"


class DueDiligenceItem(Base):
    """One line of a provider's checklist.

    `stated_expires_on` is the provider's word on how long the proof holds, `expires_on` what an
    officer has accepted: while a renewal is being checked, the proof before it still counts.
    """

    __tablename__ = "due_diligence_item"
    __table_args__ = (
        UniqueConstraint("provider_id", "kind"),
        CheckConstraint(
            "(status IN ('passed', 'failed')) = (checked_at IS NOT NULL)", name="checked_has_moment"
        ),
    )

    id: Mapped[PrimaryKey]
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    kind: Mapped[DueDiligenceKind] = mapped_column(enum_column(DueDiligenceKind, "kind_known"))
    status: Mapped[DueDiligenceStatus] = mapped_column(
        enum_column(DueDiligenceStatus, "status_known")
    )
    statement: Mapped[str] = mapped_column(Text, default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    stated_expires_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    provided_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(String(500), default="")


class ProviderTerms(Base):
    """A version of what providers agree to. Append-only: what was agreed to can be read for ever.

    `needed_from_on` is the first day on which new work needs agreement to it; none for the first.
    """

    __tablename__ = "provider_terms"
    __table_args__ = (CheckConstraint("version > 0", name="version_is_positive"),)

    id: Mapped[PrimaryKey]
    version: Mapped[int] = mapped_column(unique=True)
    text: Mapped[str] = mapped_column(Text)
    text_sha256: Mapped[str] = mapped_column(String(64))
    needed_from_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class TermsAgreement(Base):
    """That a person agreed to a version for a provider, with the hash of the words. Append-only."""

    __tablename__ = "terms_agreement"
    __table_args__ = (Index("ix_terms_agreement_provider", "provider_id", "id"),)

    id: Mapped[PrimaryKey]
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    terms_id: Mapped[int] = mapped_column(ForeignKey("provider_terms.id"))
    text_sha256: Mapped[str] = mapped_column(String(64))
    agreed_at: Mapped[datetime]
    agreed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class OfferingStatus(Status):
    """Whether an offering can be chosen."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    PAUSED = "paused", "Paused"


def new_stamp() -> int:
    """A number that no other change has got."""
    return secrets.randbits(52)


def only_english() -> list[str]:
    """The languages of an offering that names none."""
    return [ENGLISH]


OFFERING_MOVES = {
    OfferingStatus.DRAFT: frozenset({OfferingStatus.PUBLISHED}),
    OfferingStatus.PUBLISHED: frozenset({OfferingStatus.PAUSED}),
    OfferingStatus.PAUSED: frozenset({OfferingStatus.PUBLISHED}),
}


class Offering(Base):
    """A pre-scoped piece of work at a fixed price. `places` are outcodes, areas or "remote".

    `languages` and `accessibility`: codes of businesses/ways.py.

    `stamp` is another number by chance after every change, so that a process can tell from id and
    stamp whether what it keeps of an offering still holds, whatever clock or database it was in.

    `vat_rate_bps` is the rate the provider set, `charged_vat_bps` what counts before an agreement:
    nought while the provider is not registered for VAT, for then it must charge none.
    """

    __tablename__ = "offering"
    __table_args__ = (
        CheckConstraint("net_price_pence > 0", name="price_is_positive"),
        CheckConstraint("vat_rate_bps >= 0 AND vat_rate_bps <= 10000", name="vat_rate_is_a_rate"),
        CheckConstraint("capacity_per_month > 0", name="capacity_is_positive"),
        UniqueConstraint("provider_id", "title"),
        Index("ix_offering_status", "status"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    status: Mapped[OfferingStatus] = mapped_column(enum_column(OfferingStatus, "status_known"))
    title: Mapped[str] = mapped_column(String(140))
    summary: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    exclusions: Mapped[str] = mapped_column(Text, default="")
    outcome_areas: Mapped[list[str]]
    places: Mapped[list[str]]
    languages: Mapped[list[str]] = mapped_column(default=only_english, server_default='["en"]')
    accessibility: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    net_price_pence: Mapped[int]
    vat_rate_bps: Mapped[int] = mapped_column(BigKey)
    capacity_per_month: Mapped[int] = mapped_column(default=4)
    days_to_start: Mapped[int] = mapped_column(default=14)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    stamp: Mapped[int] = mapped_column(default=new_stamp, onupdate=new_stamp, server_default="0")

    charged_vat_bps: Mapped[int] = column_property(
        case(
            (
                select(Provider.vat_registered)
                .where(Provider.id == provider_id)
                .correlate_except(Provider)
                .scalar_subquery(),
                vat_rate_bps,
            ),
            else_=0,
        )
    )

    provider: Mapped[Provider] = relationship(back_populates="offerings", lazy="raise")


class ConnectedAccount(Base):
    """The provider's account at Stripe, as last read back from Stripe.

    Until there is a `stripe_account_id`, the parameters and the time of the request for one are
    kept, so that it can be sent again as it was.
    """

    __tablename__ = "connected_account"

    id: Mapped[PrimaryKey]
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), unique=True)
    stripe_account_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    creation_attempt: Mapped[int] = mapped_column(default=1)
    creation_parameters: Mapped[dict[str, Any] | None]
    creation_sent_at: Mapped[datetime | None]
    transfers_active: Mapped[bool] = mapped_column(default=False)
    payouts_enabled: Mapped[bool] = mapped_column(default=False)
    past_due: Mapped[bool] = mapped_column(default=False)
    bank_last4: Mapped[str | None] = mapped_column(String(4))
    holder_name: Mapped[str | None] = mapped_column(String(200))
    bank_fingerprint: Mapped[str | None] = mapped_column(String(64))
    bank_changed_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def payable(self) -> bool:
        """Whether Stripe would take a transfer and pay it out, as of `read_at`."""
        return self.transfers_active and self.payouts_enabled and not self.past_due


_VERSION_WORDS = "A next version was kept meanwhile. Look at it before you write another."
explain_constraint("uq_provider_terms_version", _VERSION_WORDS)
explain_constraint("provider_terms.version", _VERSION_WORDS)
explain_constraint("uq_offering_provider_id_title", "You have an offering of that title already.")
explain_constraint(
    "offering.provider_id, offering.title", "You have an offering of that title already."
)
explain_constraint(
    "uq_provider_company_number", "A provider with that company number is registered already."
)
explain_constraint(
    "provider.company_number", "A provider with that company number is registered already."
)
