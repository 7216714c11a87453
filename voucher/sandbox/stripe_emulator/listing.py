"""Lists and expansion: cursors, filters and `expand[]` as Stripe documents them.

Newest first; `starting_after` and `ending_before` name an object of the same list; a page has at
most 100 objects and says by `has_more` whether another follows.
"""

from __future__ import annotations

import json
import re
from typing import Any

from voucher.sandbox.stripe_emulator import problems
from voucher.sandbox.stripe_emulator.store import Session

COMPARISONS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
NOT_FILTERS = {"limit", "starting_after", "ending_before", "created", "expand", "types"}
EXPANDABLE = {
    "account",
    "balance_transaction",
    "data",
    "destination",
    "failure_balance_transaction",
    "source",
    "transfer",
}


def page(session: Session, kind: str, params: dict[str, Any], url: str) -> dict[str, Any]:
    """One page of the scoped account's objects of a kind, as a Stripe list object."""
    where, values = ["kind = ?", "account = ?"], [kind, session.account]
    for condition, value in conditions(params):
        where.append(condition)
        values.append(value)
    order = cursor(session, kind, params, where, values)
    limit = params.get("limit", 10)
    # Every condition is one of our own texts; what came from outside is bound, never joined.
    rows = session.connection.execute(
        f"SELECT body FROM objects WHERE {' AND '.join(where)} ORDER BY seq {order} LIMIT ?",  # noqa: S608
        (*values, limit + 1),
    ).fetchall()
    found = [json.loads(row[0]) for row in rows[:limit]]
    if order == "ASC":
        found.reverse()
    return as_list(found, url, has_more=len(rows) > limit)


def as_list(data: list[dict[str, Any]], url: str, *, has_more: bool = False) -> dict[str, Any]:
    """A Stripe list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def conditions(params: dict[str, Any]) -> list[tuple[str, Any]]:
    """The filters of a request as SQL conditions with one bound value each."""
    created = [
        (f"created {COMPARISONS[name]} ?", value)
        for name, value in params.get("created", {}).items()
    ]
    equal = [
        (f"json_extract(body, '$.{name}') {'GLOB' if is_group(name, value) else '='} ?", value)
        for name, value in params.items()
        if name not in NOT_FILTERS
    ]
    if not params.get("types"):
        return created + equal
    among = "json_extract(body, '$.type') IN (SELECT value FROM json_each(?))"
    return [*created, *equal, (among, json.dumps(params["types"]))]


def is_group(name: str, value: Any) -> bool:
    """Whether a filter names a group of event types, such as `payout.*`."""
    return name == "type" and re.fullmatch(r"[a-z_.]+\*", value) is not None


def cursor(
    session: Session, kind: str, params: dict[str, Any], where: list[str], values: list[Any]
) -> str:
    """Add the cursor's condition and say in which order to read."""
    after, before = params.get("starting_after"), params.get("ending_before")
    if not (after or before):
        return "DESC"
    name = "starting_after" if after else "ending_before"
    row = session.connection.execute(
        "SELECT seq FROM objects WHERE id = ? AND kind = ? AND account = ?",
        (params[name], kind, session.account),
    ).fetchone()
    if row is None:
        raise problems.missing(kind, params[name], name)
    where.append("seq < ?" if after else "seq > ?")
    values.append(row[0])
    return "DESC" if after else "ASC"


def expand(session: Session, answer: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """Replace ids by their objects along each dotted path, for example `data.source`."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > 4 or not set(parts) <= EXPANDABLE:
            raise problems.invalid(f"This property cannot be expanded ({path}).", "expand")
        expand_along(session, answer, parts)
    return answer


def expand_along(session: Session, target: Any, parts: list[str]) -> None:
    """Expand the first part in `target`, then the rest inside what was found there."""
    if isinstance(target, list):
        for item in target:
            expand_along(session, item, parts)
        return
    if not parts or not isinstance(target, dict) or target.get(parts[0]) is None:
        return
    value = target[parts[0]]
    if isinstance(value, str):
        target[parts[0]] = session.find(value) or value
    expand_along(session, target[parts[0]], parts[1:])
