"""One request from arrival to answer: key, scope, faults, idempotency, work, answer.

Two transactions. The first checks who asks and claims the idempotency key. The second does the
work and stores the answer under the key together, so that a crash leaves both or neither.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, Request, Response, request

from voucher.sandbox.stripe_emulator import faults as fault_list
from voucher.sandbox.stripe_emulator import forms, idempotency, listing, parameters, problems
from voucher.sandbox.stripe_emulator.events import API_VERSION
from voucher.sandbox.stripe_emulator.faults import LONGEST_HOLD_SECONDS, Fault, Holds
from voucher.sandbox.stripe_emulator.parameters import NOTHING, Accepts
from voucher.sandbox.stripe_emulator.problems import StripeProblem
from voucher.sandbox.stripe_emulator.store import PLATFORM, Origin, Session, Store, new_id

Handler = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """An address of the API: method, rule, handler, parameters, and whether it takes a scope."""

    method: str
    rule: str
    handler: Handler
    accepts: Accepts = NOTHING
    platform_only: bool = False


@dataclass(frozen=True)
class Call:
    """A request taken apart."""

    route: Route
    method: str
    path: str
    arguments: dict[str, str]
    params: dict[str, Any]
    origin: Origin


@dataclass(frozen=True)
class Answer:
    """What goes back, and the fault that strikes once it is committed."""

    status: int
    body: dict[str, Any]
    replayed: bool = False
    fault: Fault | None = None


class Protocol:
    """Answers requests from the store, by Stripe's rules."""

    def __init__(
        self,
        store: Store,
        holds: Holds,
        secret_key: str | None,
        changed: Callable[[], None],
        deliver: Callable[[], int],
    ) -> None:
        """`changed` wakes the courier, `deliver` does its round at once."""
        self.store = store
        self.holds = holds
        self.secret_key = secret_key
        self.changed = changed
        self.deliver = deliver

    def register(self, app: Flask, routes: tuple[Route, ...]) -> None:
        """Put every route on the application."""
        for route in routes:
            app.add_url_rule(
                route.rule,
                endpoint=f"{route.method} {route.rule}",
                view_func=self.view(route),
                methods=[route.method],
            )

    def view(self, route: Route) -> Callable[..., Response]:
        """The Flask view of a route."""

        def answer_request(**arguments: str) -> Response:
            call = take_apart(request, route, arguments)
            try:
                self.check_key(request)
                answer = self.answer(call)
            except StripeProblem as problem:
                answer = Answer(problem.status, problem.body)
            return self.respond(call, answer)

        return answer_request

    def check_key(self, incoming: Request) -> None:
        """Only a test secret key is let in; a fixed one if the emulator was given it."""
        given = presented_key(incoming)
        if not given.startswith("sk_test_") or self.secret_key not in (None, given):
            raise problems.bad_key()

    def answer(self, call: Call) -> Answer:
        """Claim, work, store."""
        replayed = self.arrive(call)
        if replayed is not None:
            return replayed
        with self.store.session(call.origin) as session:
            fault = fault_list.take(session, "claimed", call.method, call.path)
        if fault and fault.kind == "held_before":
            self.hold(fault)
        try:
            with self.store.session(call.origin) as session:
                answer = work(session, call, fault)
        except Exception:
            # Rolled back whole: give the key back, or it would be "in use" for ever.
            self.give_back(call)
            raise
        self.changed()
        return answer

    def give_back(self, call: Call) -> None:
        """Release the claimed key of a request that broke."""
        if call.origin.key is not None:
            with self.store.session(call.origin) as session:
                idempotency.let_go(session, call.origin.key)

    def arrive(self, call: Call) -> Answer | None:
        """First transaction: arrival faults, scope, parameters, the key, a stored answer."""
        with self.store.session(call.origin) as session:
            fault = fault_list.take(session, "arrival", call.method, call.path)
        if fault:
            raise_arrival(fault)
        with self.store.session(call.origin) as session:
            check_scope(session, call.route)
            parameters.check(call.params, call.route.accepts)
            if call.origin.key is None:
                return None
            mark = idempotency.fingerprint(call.path, call.params)
            stored = idempotency.claim(session, call.origin.key, mark)
            if stored is None:
                return None
            fault = fault_list.take(session, "answer", call.method, call.path)
            return Answer(stored.status, stored.body, replayed=True, fault=fault)

    def hold(self, fault: Fault) -> None:
        """Keep the request waiting until it is released, or for the ordered seconds."""
        self.holds.wait(float(fault.parameters.get("seconds", LONGEST_HOLD_SECONDS)))

    def strike(self, fault: Fault, text: str) -> str:
        """Let a fault at the answer: what is left of its text."""
        if fault.kind == "held_after":
            self.hold(fault)
        if fault.kind == "webhook_first":
            self.deliver()
        if fault.kind == "dropped_after":
            drop_connection()
        if fault.kind == "malformed_after":
            spoilt = {"empty": "", "page": "<html><body>Bad gateway</body></html>"}
            return spoilt.get(fault.parameters.get("as", "cut"), text[: len(text) // 2])
        return text

    def respond(self, call: Call, answer: Answer) -> Response:
        """The HTTP answer, after what the fault does to it."""
        text = json.dumps(answer.body, indent=2)
        if answer.fault:
            text = self.strike(answer.fault, text)
        response = Response(text, status=answer.status, mimetype="application/json")
        response.headers["Request-Id"] = call.origin.request_id or ""
        response.headers["Stripe-Version"] = API_VERSION
        if call.origin.key:
            response.headers["Idempotency-Key"] = call.origin.key
        if answer.replayed:
            response.headers["Idempotent-Replayed"] = "true"
        if answer.status >= 500 and call.origin.key:
            # The answer is stored: asking again at once would only give it again.
            response.headers["Stripe-Should-Retry"] = "false"
        return response


def take_apart(incoming: Request, route: Route, arguments: dict[str, str]) -> Call:
    """A request as a Call; GET and DELETE take their parameters from the address."""
    pairs = incoming.form if incoming.method == "POST" else incoming.args
    origin = Origin(
        account=incoming.headers.get("Stripe-Account", PLATFORM),
        request_id=new_id("req"),
        key=incoming.headers.get("Idempotency-Key") if incoming.method == "POST" else None,
        base_url=incoming.host_url.rstrip("/"),
    )
    params = forms.decode(pairs.items(multi=True))
    return Call(route, incoming.method, incoming.path, arguments, params, origin)


def presented_key(incoming: Request) -> str:
    """The secret key: a bearer token, or the user name of basic authentication."""
    authorization = incoming.authorization
    if authorization is None:
        return ""
    return authorization.token or authorization.username or ""


def check_scope(session: Session, route: Route) -> None:
    """The Stripe-Account header must name a connected account, where the address takes one."""
    if session.account == PLATFORM:
        return
    if route.platform_only or session.find(session.account, "account") is None:
        raise problems.no_access(session.account)


def raise_arrival(fault: Fault) -> None:
    """Refuse, or hang up, before the request is looked at."""
    if fault.kind == "dropped_before":
        drop_connection()
    raise REFUSALS.get(fault.kind, lambda: problems.broken(503))()


REFUSALS = {
    "unauthorised": problems.bad_key,
    "forbidden": problems.forbidden,
    "key_in_use": lambda: problems.key_in_use("of an earlier request"),
    "rate_limited": problems.rate_limited,
    "lock_timeout": problems.locked,
}


def work(session: Session, call: Call, fault: Fault | None) -> Answer:
    """Second transaction: the effect and, under its key, the answer; faults in between."""
    answer, stored = attempt(session, call, fault)
    if answer.status < 400 and fault_list.take(session, "effect", call.method, call.path):
        problem = problems.broken()
        answer = Answer(problem.status, problem.body)
    if call.origin.key and stored:
        idempotency.keep(session, call.origin.key, answer.status, answer.body)
    elif call.origin.key:
        idempotency.let_go(session, call.origin.key)
    return replace(answer, fault=fault_list.take(session, "answer", call.method, call.path))


def attempt(session: Session, call: Call, fault: Fault | None) -> tuple[Answer, bool]:
    """Run the handler on a savepoint: a refusal leaves no trace. Second: is it to be stored?"""
    session.connection.execute("SAVEPOINT effect")
    try:
        if fault and fault.kind == "error_before":
            raise problems.broken()
        if fault and fault.kind == "insufficient_funds":
            raise problems.insufficient_funds()
        params = parameters.check(call.params, call.route.accepts)
        body = call.route.handler(session, params, **call.arguments)
        body = listing.expand(session, body, params.get("expand", []))
    except StripeProblem as problem:
        session.connection.execute("ROLLBACK TO effect")
        return Answer(problem.status, problem.body), problem.stored
    return Answer(200, body), True


def drop_connection() -> None:
    """Hang up without an answer, as a broken network would."""
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
