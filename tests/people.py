"""The cast: one person for each part in the scheme, and how they sign in.

`make_cast()` stores them (inside `session` or `arrange`); `sign_in` goes through the real pages
with the real code of the app; `sign_in_quickly` is for tests of something else.
"""

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from flask_security import hash_password

from tests.factories.scheme import make_business, make_member, make_provider, make_user
from tests.page import PageClient
from voucher.accounts.models import User
from voucher.accounts.roles import STAFF_ROLES, Role
from voucher.core import clock
from voucher.core.db import session, transaction
from voucher.sandbox.cast import SECONDS_OF_A_CODE, TOTP_SECRET, code_at

PASSWORD = "three unrelated words"


@dataclass(frozen=True)
class Person:
    """Somebody of the cast, as stored when the cast was made."""

    user_id: int
    name: str
    email: str
    fs_uniquifier: str
    role: Role | None = None
    business_id: int | None = None
    provider_id: int | None = None

    @property
    def is_staff(self) -> bool:
        """Whether they work for the scheme, so need a code to sign in."""
        return self.role in STAFF_ROLES


@dataclass(frozen=True)
class Cast:
    """Everybody. `owner` and `colleague` share a business; the strangers have one each."""

    owner: Person
    colleague: Person
    stranger: Person
    provider: Person
    stranger_provider: Person
    caseworker: Person
    second_caseworker: Person
    approver: Person
    finance: Person
    auditor: Person
    evaluator: Person
    manager: Person
    nobody: Person

    def everybody(self) -> dict[str, Person]:
        """All of them by their part."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


STAFF = {
    "caseworker": Role.CASEWORKER,
    "second_caseworker": Role.CASEWORKER,
    "approver": Role.APPROVER,
    "finance": Role.FINANCE,
    "auditor": Role.AUDITOR,
    "evaluator": Role.EVALUATOR,
    "manager": Role.PROGRAMME_MANAGER,
}


def make_cast() -> Cast:
    """Store the cast with two businesses and two providers, and give them back."""
    ours, theirs = make_business(), make_business()
    provider, stranger_provider = make_provider(), make_provider()
    people: dict[str, Person] = {
        "owner": make_person("Oona Owner", Role.BUSINESS, business=ours),
        "colleague": make_person("Bram Colleague", Role.BUSINESS, business=ours),
        "stranger": make_person("Stella Stranger", Role.BUSINESS, business=theirs),
        "provider": make_person("Tamsin Provider", Role.PROVIDER, provider=provider),
        "stranger_provider": make_person("Tom Stranger", Role.PROVIDER, provider=stranger_provider),
        "nobody": make_person("Nora Nobody"),
    }
    for key, role in STAFF.items():
        people[key] = make_person(f"{key.replace('_', ' ').title()} Staff", role)
    return Cast(**people)


def make_person(
    name: str, role: Role | None = None, *, business: Any = None, provider: Any = None
) -> Person:
    """Store one person with a password, and with an app if they are staff."""
    values: dict[str, Any] = {"full_name": name, "password": password_hash(PASSWORD)}
    if role in STAFF_ROLES:
        values["tf_primary_method"] = "authenticator"
        values["tf_totp_secret"] = sealed_secret(TOTP_SECRET)
    if role is None:
        user = make_user(**values)
    else:
        user = make_member(role, business=business, provider=provider, **values)
    return Person(
        user_id=user.id,
        name=name,
        email=user.email,
        fs_uniquifier=user.fs_uniquifier,
        role=role,
        business_id=business.id if business else None,
        provider_id=provider.id if provider else None,
    )


@lru_cache
def password_hash(password: str) -> str:
    """The password as stored. One hash serves the whole run."""
    return str(hash_password(password))


@lru_cache
def sealed_secret(base32_secret: str) -> str:
    """The app's secret as stored, encrypted with the tests' key."""
    return str(current_app.extensions["security"].totp_factory.seal(base32_secret))


def sign_in(client: PageClient, person: Person, password: str = PASSWORD) -> Any:
    """Sign `person` in by the real pages, with a real code for staff; the page they land on."""
    client.sign_out()
    values = {"email": person.email, "password": password}
    answer = client.submit("/account/sign-in", values)
    if answer.request.path == "/account/code":
        answer = client.submit(answer.request.full_path, {"code": next_code(client, person)})
    return answer


def sign_in_quickly(client: PageClient, person: Person) -> PageClient:
    """Be `person` from now on, as if freshly signed in with everything that takes."""
    return client.sign_in(person)


def next_code(client: PageClient, person: Person) -> str:
    """A code that the service will accept from this person's app now."""
    return next_code_of(client.application, person)


def next_code_of(app: Flask, person: Person) -> str:
    """The same, where there is no client.

    Two codes a person fit into half a minute (this step's and the next's); when both are used up,
    the test does not wait: the service forgets the last one.
    """
    now = clock.now()
    with app.app_context(), transaction():
        user = session.get(User, person.user_id)
        if user.totp_last_counter > int(now.timestamp()) // SECONDS_OF_A_CODE:
            user.totp_last_counter = 0
        return code_at(now, last_counter=user.totp_last_counter)
