"""Who signs in: the cast, a contact for every fictional business and provider, and a few more."""

from datetime import datetime

from voucher.accounts import operations as accounts
from voucher.accounts.models import User
from voucher.accounts.queries import person as person_by_id
from voucher.accounts.roles import Role
from voucher.audit.operations import record
from voucher.core.db import session
from voucher.sandbox.cast import CAST, Player
from voucher.sandbox.material.people import Person, person
from voucher.sandbox.seed.stage import SignIn, Stage

LOCKED_OUT = person(190, "scheme.example")
"""An officer nobody signs in as, who has lost the phone with the authenticator app."""
LOST_WORDS = "Left the phone on a train. I rang back on the number in the staff list."


def enter_staff(stage: Stage, at: datetime) -> None:
    """Enter the staff of the cast, each with an authenticator app set up."""
    for player in CAST:
        if player.is_staff:
            stage.people[player.key] = enter_player(stage, player, at)
    user = _enter(LOCKED_OUT.email, LOCKED_OUT.name, stage.sign_in, at)
    _make_staff(stage, user, Role.CASEWORKER, at)
    stage.people["locked_out"] = user.id


def enter_player(stage: Stage, player: Player, at: datetime) -> int:
    """Enter one of the cast; of the staff with role and app. The user id."""
    user = _enter(player.email, player.full_name, stage.sign_in, at)
    if player.is_staff and player.role is not None:
        _make_staff(stage, user, player.role, at)
    session.flush()
    stage.people[player.key] = user.id
    return user.id


def _make_staff(stage: Stage, user: User, role: Role, at: datetime) -> None:
    user.tf_primary_method = "authenticator"
    user.tf_totp_secret = stage.sign_in.app_secret
    accounts.join_staff(user_id=user.id, role=role, at=at, by=None)


def ask_for_recovery(stage: Stage, at: datetime) -> None:
    """The first of two officers asks that the lost app be taken off; nobody has agreed yet."""
    user = person_by_id(stage.people["locked_out"])
    accounts.ask_recovery(user=user, reason=LOST_WORDS, by=stage.people["manager"], at=at)


def enter_person(stage: Stage, person: Person, at: datetime) -> int:
    """Enter somebody of the fictional material, confirmed. The user id."""
    return _enter(person.email, person.name, stage.sign_in, at).id


def _enter(email: str, name: str, sign_in: SignIn, at: datetime) -> User:
    user = accounts.register(
        email=email,
        full_name=name,
        password_hash=sign_in.password_hash,
        at=at,
        confirmed_at=at,
    )
    record(action="user.confirmed", subject=user, at=at, by=user.id)
    return user
