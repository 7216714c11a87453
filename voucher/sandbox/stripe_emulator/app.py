"""The emulator as a Flask application over a directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from voucher.sandbox.stripe_emulator import problems, webhook_endpoints
from voucher.sandbox.stripe_emulator.control import control_pages
from voucher.sandbox.stripe_emulator.dashboard import dashboard_pages
from voucher.sandbox.stripe_emulator.delivery import Courier
from voucher.sandbox.stripe_emulator.faults import Holds
from voucher.sandbox.stripe_emulator.onboarding import onboarding_pages
from voucher.sandbox.stripe_emulator.protocol import Protocol
from voucher.sandbox.stripe_emulator.recording import Recorder
from voucher.sandbox.stripe_emulator.routes import ROUTES
from voucher.sandbox.stripe_emulator.store import Store


@dataclass(frozen=True)
class Endpoint:
    """A webhook endpoint that is there from the start."""

    identifier: str
    url: str
    secret: str
    connect: bool


@dataclass(frozen=True)
class Emulator:
    """The application and what must be stopped with it."""

    app: Flask
    store: Store
    courier: Courier
    holds: Holds


def create_emulator(
    directory: Path,
    *,
    secret_key: str | None = None,
    payout_delay: int = 4,
    endpoints: tuple[Endpoint, ...] = (),
    record: bool = False,
) -> Emulator:
    """Build the emulator. `payout_delay` is in seconds of its clock, from creation to paid.

    With `record`, every exchange is written to `exchanges.jsonl` in the directory.
    """
    store, holds = Store(directory), Holds()
    with store.session() as session:
        session.keep_setting("payout_delay", payout_delay)
        for endpoint in endpoints:
            webhook_endpoints.put(
                session,
                identifier=endpoint.identifier,
                url=endpoint.url,
                secret=endpoint.secret,
                connect=endpoint.connect,
                events=["*"],
            )
    courier = Courier(store)
    recorder = Recorder(directory / "exchanges.jsonl" if record else None)
    app = Flask(__name__, static_folder=None)
    Protocol(store, holds, secret_key, courier.wake, courier.round).register(app, ROUTES)
    app.register_blueprint(onboarding_pages(store))
    app.register_blueprint(dashboard_pages(store, courier))
    app.register_blueprint(control_pages(store, holds, courier, recorder))
    recorder.attach(app)
    app.register_error_handler(HTTPException, unknown_address)
    app.register_error_handler(problems.StripeProblem, as_body)
    return Emulator(app, store, courier, holds)


def unknown_address(error: HTTPException) -> tuple[Response, int] | HTTPException:
    """Under /v1/ every error is a Stripe error body."""
    if not request.path.startswith("/v1/"):
        return error
    if error.code in (404, 405):
        return jsonify(problems.unknown_url(request.method, request.path).body), 404
    return jsonify(problems.broken().body), error.code or 500


def as_body(problem: problems.StripeProblem) -> tuple[Response, int]:
    """A refusal met by a lever under /_control/."""
    return jsonify(problem.body), problem.status
