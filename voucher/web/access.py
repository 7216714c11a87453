"""Who may call a route: every view says `@public`, `@signed_in` or `@requires(Permission.…)`, but
those for programs, whose scope stands in their declaration.

A route that says nothing stops start-up. Which *rows* a member may see is decided by the queries
(`visible_to`), which answer with NotFound for somebody else's record.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import memberships_of
from voucher.accounts.rules import Member, capacities, choose_capacity

PUBLIC = "public"
SIGNED_IN = "signed in"
BY_KEY = "key"
"""A program's entrance: its key, and nothing that a browser holds, says who asks. The routes say
so themselves, with the scope behind a colon (voucher/web/api)."""
View = Callable[..., Any]


def public(view: View) -> View:
    """Anybody may call this view, signed in or not."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Anybody who is signed in may call this view, whatever they belong to."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Only a member whose roles hold `permission` may call this view."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def init_access(app: Flask) -> None:
    """Check every route before it runs, and at start-up that every route says who may call it."""
    app.before_request(_check)
    app.context_processor(lambda: {"member": _member_or_none(), "may_open": may_open})


def refuse_unmarked_routes(app: Flask) -> None:
    """Raise RuntimeError naming the routes that say nothing of access; after all blueprints."""
    unmarked = [
        rule.rule for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) is None
    ]
    if unmarked:
        raise RuntimeError(f"routes without @public, @signed_in or @requires: {unmarked}")


def access_of(app: Flask, endpoint: str) -> str | None:
    """What the endpoint asks for: PUBLIC, SIGNED_IN, a Permission, BY_KEY with the scope, or None
    if it says nothing.

    The sign-in library guards its own routes; they count as public here.
    """
    if endpoint == "static" or endpoint.startswith("security."):
        return PUBLIC
    return getattr(app.view_functions[endpoint], "access", None)


def is_by_key(wanted: str | None) -> bool:
    """Whether a route that asks for `wanted` is for programs with a key alone."""
    return wanted is not None and wanted.partition(":")[0] == BY_KEY


def may_open(endpoint: str) -> bool:
    """Whether the present visitor's capacity may open the page, for menus and links."""
    wanted = access_of(current_app, endpoint)
    if wanted == PUBLIC:
        return True
    member = _member_or_none()
    if member is None or wanted is None or is_by_key(wanted):
        return False
    return wanted == SIGNED_IN or member.may(Permission(wanted))


def current_members() -> list[Member]:
    """Every capacity the signed-in person has; one statement a request.

    Nobody acts as staff without a second factor, whatever their memberships say.
    """
    if "members" not in g:
        held = capacities(memberships_of(current_user.id))
        g.members = [m for m in held if not m.is_staff or current_user.has_second_factor]
    return g.members


def current_member() -> Member:
    """The capacity the signed-in person is acting in. 403 if they belong to nothing."""
    member = _member_or_none()
    if member is None:
        abort(403)
    return member


def _member_or_none() -> Member | None:
    if not current_user or not current_user.is_authenticated:
        return None
    return choose_capacity(current_members(), session.get("acting_as"))


def _check() -> Any:
    if request.endpoint is None:
        return None
    wanted = access_of(current_app, request.endpoint)
    if wanted == PUBLIC or is_by_key(wanted):
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("security.login", next=_return_path()))
    if wanted == SIGNED_IN:
        return None
    return _check_permission(Permission(wanted))


def _check_permission(permission: Permission) -> Any:
    member = _member_or_none()
    if member and member.may(permission):
        return None
    other = next((held for held in current_members() if held.may(permission)), None)
    if other is None or request.method != "GET":
        abort(403)
    session["acting_as"] = other.capacity
    g.pop("member", None)
    return None


def _return_path() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None
