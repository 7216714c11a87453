"""Who signs in: the cast, and a contact for every fictional business and provider."""

from datetime import datetime

from voucher.accounts import operations as accounts
from voucher.accounts.models import User
from voucher.audit.operations import record
from voucher.core.db import session
from voucher.sandbox.cast import CAST, Player
from voucher.sandbox.material.people import Person
from voucher.sandbox.seed.stage import SignIn, Stage


def enter_staff(stage: Stage, at: datetime) -> None:
    """Enter the staff of the cast, each with an authenticator app set up."""
    for player in CAST:
        if player.is_staff:
            stage.people[player.key] = enter_player(stage, player, at)


def enter_player(stage: Stage, player: Player, at: datetime) -> int:
    """Enter one of the cast; of the staff with role and app. The user id."""
    user = _enter(player.email, player.full_name, stage.sign_in, at)
    if player.is_staff and player.role is not None:
        user.tf_primary_method = "authenticator"
        user.tf_totp_secret = stage.sign_in.app_secret
        accounts.join_staff(user_id=user.id, role=player.role, at=at, by=None)
    session.flush()
    stage.people[player.key] = user.id
    return user.id


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
