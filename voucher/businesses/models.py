"""Table of the businesses that apply and benefit."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column
from voucher.core.search import keep_searchable
from voucher.core.status import Status


class LegalForm(Status):
    """What kind of enterprise it is, which decides how it proves who it is."""

    COMPANY = "company", "Limited company or LLP"
    SOLE_TRADER = "sole_trader", "Sole trader or partnership"
    CHARITY = "charity", "Registered charity"


class HeadcountBand(Status):
    """How many people work there, the owner included."""

    ONE = "1", "1 (just me)"
    TWO_TO_NINE = "2-9", "2 to 9"
    TEN_TO_49 = "10-49", "10 to 49"
    FIFTY_TO_249 = "50-249", "50 to 249"
    FROM_250 = "250+", "250 or more"


class Business(Base):
    """An enterprise. Its number is unique among businesses once confirmed by a submitted form."""

    __tablename__ = "business"
    __table_args__ = (
        CheckConstraint("headcount > 0", name="headcount_is_positive"),
        CheckConstraint(
            "legal_form <> 'company' OR (utr IS NULL AND charity_number IS NULL)",
            name="company_has_company_number_only",
        ),
        Index("ix_business_company_number", "company_number"),
        Index("ix_business_charity_number", "charity_number"),
        Index("ix_business_utr", "utr"),
        Index("ix_business_name", "name"),
        Index("ix_business_postcode", "postcode"),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    legal_form: Mapped[LegalForm | None] = mapped_column(enum_column(LegalForm, "legal_form_known"))
    company_number: Mapped[str | None] = mapped_column(String(8))
    charity_number: Mapped[str | None] = mapped_column(String(10))
    utr: Mapped[str | None] = mapped_column(String(10))
    vat_number: Mapped[str | None] = mapped_column(String(12))
    address_line: Mapped[str | None] = mapped_column(String(200))
    town: Mapped[str | None] = mapped_column(String(80))
    postcode: Mapped[str | None] = mapped_column(String(8))
    outcode: Mapped[str | None] = mapped_column(String(4), index=True)
    local_authority: Mapped[str | None] = mapped_column(String(60))
    sector: Mapped[str | None] = mapped_column(String(60))
    trading_since_on: Mapped[date | None]
    headcount: Mapped[int | None]
    headcount_band: Mapped[HeadcountBand | None] = mapped_column(
        enum_column(HeadcountBand, "headcount_band_known")
    )
    phone: Mapped[str | None] = mapped_column(String(30))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


keep_searchable(Business, "name", "postcode", "company_number", "charity_number")
