"""Tables of people: user, membership, invitation, second-factor recovery."""

from datetime import datetime

from flask_security import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, exists, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from voucher.accounts.roles import STAFF_ROLES, Role
from voucher.core.db import Base, PrimaryKey, enum_column, explain_constraint, session

_STAFF = ", ".join(f"'{role}'" for role in sorted(STAFF_ROLES))


class User(Base, UserMixin):
    """A person who signs in. The columns' names are those Flask-Security asks for."""

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        CheckConstraint("totp_last_counter >= 0", name="totp_counter_is_positive"),
    )

    id: Mapped[PrimaryKey]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    full_name: Mapped[str] = mapped_column(String(120), default="")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    registered_at: Mapped[datetime]
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    totp_last_counter: Mapped[int] = mapped_column(default=0)
    mf_recovery_codes: Mapped[list[str] | None]

    memberships: Mapped[list["Membership"]] = relationship(back_populates="user", lazy="raise")

    @property
    def has_second_factor(self) -> bool:
        """Whether an authenticator app is set up."""
        return bool(self.tf_primary_method and self.tf_totp_secret)

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Whether sign-in asks for a second factor: of staff always, of others if they have one.

        The library asks after the password was right. `tf_fresh` (a device trusted for a while) is
        not honoured.
        """
        return bool(tf_setup_methods) or self.check_tf_required_setup(), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Whether the person must have a second factor and can't switch it off: staff."""
        works_here = exists(
            select(Membership.id).where(
                Membership.user_id == self.id,
                Membership.role.in_(STAFF_ROLES),
                Membership.ended_at.is_(None),
            )
        )
        return bool(session.execute(select(works_here)).scalar_one())


class Membership(Base):
    """One person's part in one business, one provider, or the staff."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint(
            "(role = 'business') = (business_id IS NOT NULL)", name="business_role_has_business"
        ),
        CheckConstraint(
            "(role = 'provider') = (provider_id IS NOT NULL)", name="provider_role_has_provider"
        ),
        Index("uq_membership_business", "user_id", "business_id", unique=True),
        Index("uq_membership_provider", "user_id", "provider_id", unique=True),
        Index(
            "uq_membership_staff",
            "user_id",
            "role",
            unique=True,
            sqlite_where=text(f"role IN ({_STAFF})"),
            postgresql_where=text(f"role IN ({_STAFF})"),
        ),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_column(Role, "role_known"))
    business_id: Mapped[int | None] = mapped_column(ForeignKey("business.id"), index=True)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"), index=True)
    joined_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="memberships", lazy="raise")


class Invitation(Base):
    """An invitation by e-mail into a business, a provider or the staff. The token is hashed."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(
            "(role = 'business') = (business_id IS NOT NULL)", name="business_role_has_business"
        ),
        CheckConstraint(
            "(role = 'provider') = (provider_id IS NOT NULL)", name="provider_role_has_provider"
        ),
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        CheckConstraint(
            "(accepted_at IS NULL) = (accepted_by_id IS NULL)", name="accepted_by_somebody"
        ),
        CheckConstraint(
            "accepted_at IS NULL OR revoked_at IS NULL", name="not_accepted_and_revoked"
        ),
    )

    id: Mapped[PrimaryKey]
    email: Mapped[str] = mapped_column(String(254), index=True)
    role: Mapped[Role] = mapped_column(enum_column(Role, "role_known"))
    business_id: Mapped[int | None] = mapped_column(ForeignKey("business.id"))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    token_nonce: Mapped[str] = mapped_column(String(32), unique=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revoked_at: Mapped[datetime | None]


class DeviceRecovery(Base):
    """A lost second factor: one officer asks for its removal, a different one completes it."""

    __tablename__ = "device_recovery"
    __table_args__ = (
        CheckConstraint("first_officer_id <> user_id", name="first_officer_is_another"),
        CheckConstraint("second_officer_id <> user_id", name="second_officer_is_another"),
        CheckConstraint("second_officer_id <> first_officer_id", name="officers_differ"),
        CheckConstraint(
            "(completed_at IS NULL) = (second_officer_id IS NULL)", name="completed_by_second"
        ),
        CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_by_id IS NULL)", name="cancelled_by_somebody"
        ),
        CheckConstraint(
            "completed_at IS NULL OR cancelled_at IS NULL", name="not_completed_and_cancelled"
        ),
        Index(
            "uq_device_recovery_open",
            "user_id",
            unique=True,
            sqlite_where=text("completed_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=text("completed_at IS NULL AND cancelled_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    first_officer_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    first_at: Mapped[datetime]
    second_officer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    completed_at: Mapped[datetime | None]
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    cancelled_at: Mapped[datetime | None]


class SignedInSession(Base):
    """One signing in on one device, until it is ended. The cookie's token is stored as a digest."""

    __tablename__ = "signed_in_session"
    __table_args__ = (
        CheckConstraint("last_seen_at >= began_at", name="seen_after_it_began"),
        CheckConstraint("ended_at >= began_at", name="ended_after_it_began"),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    for_staff: Mapped[bool]
    began_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


for _name in ("uq_user_email", "user.email"):
    explain_constraint(_name, "That did not work. Sign in, or ask for a new password.")
_RECOVERY_OPEN = "A recovery for this person is waiting for a second officer already."
explain_constraint("uq_device_recovery_open", _RECOVERY_OPEN)
explain_constraint("device_recovery.user_id", _RECOVERY_OPEN)
_OTHER_OFFICER = "A recovery takes two officers, neither of them the person who lost the device."
for _name in ("first_officer_is_another", "second_officer_is_another", "officers_differ"):
    explain_constraint(f"ck_device_recovery_{_name}", _OTHER_OFFICER)
