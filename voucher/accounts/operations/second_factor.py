"""The second factor: codes that count once, and the recovery of a lost app by two officers."""

from datetime import datetime

from sqlalchemy import update

from voucher.accounts.models import DeviceRecovery, User
from voucher.accounts.operations.sessions import sign_out_everywhere
from voucher.accounts.permissions import Permission
from voucher.accounts.queries import memberships_of
from voucher.accounts.roles import ROLES
from voucher.accounts.rules import capacities
from voucher.audit.operations import record
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted


def use_totp_counter(*, user_id: int, counter: int) -> bool:
    """Note that the code of time step `counter` was used; False if it, or a later one, was before.

    One compare-and-swap, so of two sessions with the same code only one gets in.
    """
    swap = (
        update(User)
        .where(User.id == user_id, User.totp_last_counter < counter)
        .values(totp_last_counter=counter)
        .execution_options(synchronize_session=False)
    )
    return session.execute(swap).rowcount == 1


def ask_recovery(*, user: User | None, reason: str, by: int, at: datetime) -> DeviceRecovery:
    """The first officer asks that the second factor of `user` be removed.

    Raises NotPermitted unless the officer may recover and is not the person; Invalid when the
    person is unknown or has no second factor; Conflict when a request is open already.
    """
    _check_officer(by)
    if user is None or not user.has_second_factor:
        raise Invalid("Nobody with this address uses an authenticator app.", "email")
    if user.id == by:
        raise NotPermitted("You can’t recover your own account. Ask two colleagues.")
    recovery = DeviceRecovery(user_id=user.id, reason=reason, first_officer_id=by, first_at=at)
    session.add(recovery)
    with translating_constraints():
        session.flush()
    record(action="recovery.asked", subject=recovery, at=at, by=by, details={"user_id": user.id})
    return recovery


def complete_recovery(*, recovery: DeviceRecovery, by: int, at: datetime) -> User:
    """The second officer, a different one, agrees: app and recovery codes of the person go.

    After: the person is signed out everywhere and sets up a new app after their password. Raises
    NotPermitted for the first officer and for the person, Conflict when it is no longer open.
    """
    _check_officer(by)
    fresh = _open_recovery(recovery.id)
    if by in (fresh.first_officer_id, fresh.user_id):
        raise NotPermitted("A different officer than the one who asked must complete this.")
    fresh.second_officer_id, fresh.completed_at = by, at
    user = lock(User, fresh.user_id)
    user.tf_primary_method = user.tf_totp_secret = user.mf_recovery_codes = None
    sign_out_everywhere(user=user, by=by, at=at)
    details = {"user_id": user.id, "first_officer_id": fresh.first_officer_id}
    record(action="recovery.completed", subject=fresh, at=at, by=by, details=details)
    return user


def cancel_recovery(*, recovery: DeviceRecovery, by: int, at: datetime) -> None:
    """An officer, or the person, stops a recovery that is still open. Raises Conflict otherwise."""
    if by != recovery.user_id:
        _check_officer(by)
    fresh = _open_recovery(recovery.id)
    fresh.cancelled_by_id, fresh.cancelled_at = by, at
    details = {"user_id": fresh.user_id, "first_officer_id": fresh.first_officer_id}
    record(action="recovery.cancelled", subject=fresh, at=at, by=by, details=details)


def _open_recovery(recovery_id: int) -> DeviceRecovery:
    fresh = lock(DeviceRecovery, recovery_id)
    if fresh is None:
        raise NotFound("There is no such recovery.")
    if fresh.completed_at is not None or fresh.cancelled_at is not None:
        raise Conflict("This recovery is no longer open.")
    return fresh


def _check_officer(user_id: int) -> None:
    held = capacities(memberships_of(user_id))
    if not any(member.may(Permission.STAFF_RECOVER) for member in held):
        names = [
            role.label for role in ROLES.values() if Permission.STAFF_RECOVER in role.permissions
        ]
        raise NotPermitted(f"Only these may recover an account: {', '.join(names)}.")
