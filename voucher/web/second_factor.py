"""The second factor: codes that work once, and recovery codes that work once.

The stock classes of the sign-in library accept one code in two sessions, and take a used recovery
code out of a list that the database never sees change. These don't.
"""

import base64
from typing import Any

from flask import Flask
from flask_security import MfRecoveryCodesUtil, Totp
from passlib.exc import UsedTokenError
from passlib.totp import TOTP

from voucher.accounts.models import User
from voucher.accounts.operations import use_totp_counter
from voucher.core import clock
from voucher.core.db import lock
from voucher.core.errors import Conflict
from voucher.integrations.qr import qr_svg


class CountedTotp(Totp):
    """Codes from an authenticator app (RFC 6238), each accepted once."""

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:
        super().__init__(secrets, issuer)
        self._totp = TOTP.using(issuer=issuer, secrets=secrets, now=_seconds)

    def get_last_counter(self, user: User) -> int | None:
        """The time step of the code this person used last."""
        return user.totp_last_counter or None

    def set_last_counter(self, user: User, tmatch: Any) -> None:
        """Note the time step; refuse (UsedTokenError) when another session was first."""
        if not use_totp_counter(user_id=user.id, counter=tmatch.counter):
            raise UsedTokenError(expire_time=tmatch.expire_time)

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The set-up address as a QR code: an SVG in a data address."""
        drawn = qr_svg(self.get_totp_uri(username, totp), title="Set-up code")
        return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode("ascii")

    def seal(self, base32_secret: str) -> str:
        """A known secret, encrypted as it is stored (demonstration and tests)."""
        return str(self._totp(key=base32_secret, format="base32").to_json(encrypt=True))


class RecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes: encrypted, shown once when they are made, each accepted once."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)

    def get_recovery_codes(self, user: User) -> list[str]:
        """Nothing: codes are shown once, in the answer to the request that makes them."""
        return []

    def check_recovery_code(self, user: User, code: str) -> bool:
        """Whether the typed `code` is one that is left; case, spaces and hyphens don't matter."""
        return _spelt(code) in self._left(user)

    def delete_recovery_code(self, user: User, code: str) -> bool:
        """Use the code up. The row is locked, so that one code lets one session in (Conflict)."""
        fresh = lock(User, user.id)
        left = self._left(fresh)
        if _spelt(code) not in left:
            raise Conflict("That recovery code was used already.")
        used = left.index(_spelt(code))
        # A new list: the column does not notice a change inside the old one.
        fresh.mf_recovery_codes = [
            kept for place, kept in enumerate(fresh.mf_recovery_codes or []) if place != used
        ]
        return True

    def _left(self, user: User) -> list[str]:
        return [_spelt(code) for code in self._decrypt_codes(user.mf_recovery_codes or [])]


def _spelt(code: str) -> str:
    return "".join(character for character in code.lower() if character.isalnum())


def _seconds() -> float:
    return clock.now().timestamp()
