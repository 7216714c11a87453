"""The rehearsal's levers under `/_control/`: clock, faults, records; and who may pull them.

JSON in, JSON out, only for callers on this machine. None of it exists at Stripe, so nothing of
the product may use it; tests, the demonstration and the rehearsal do. The other levers are in
control_money.py, control_accounts.py and control_webhooks.py; control_client.py pulls them all.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, jsonify, request

from voucher.core import clock
from voucher.sandbox.stripe_emulator import delivery, payouts
from voucher.sandbox.stripe_emulator import faults as fault_list
from voucher.sandbox.stripe_emulator.control_accounts import add_accounts
from voucher.sandbox.stripe_emulator.control_money import add_money, add_payouts
from voucher.sandbox.stripe_emulator.control_webhooks import add_webhooks
from voucher.sandbox.stripe_emulator.delivery import Courier
from voucher.sandbox.stripe_emulator.faults import Holds
from voucher.sandbox.stripe_emulator.recording import Recorder
from voucher.sandbox.stripe_emulator.store import Session, Store
from voucher.sandbox.stripe_emulator.visitors import asked, refuse_other_sites, refuse_strangers


def control_pages(store: Store, holds: Holds, courier: Courier, recorder: Recorder) -> Blueprint:
    """Every lever as a blueprint over one store."""
    pages = Blueprint("control", __name__, url_prefix="/_control")
    pages.before_request(refuse_strangers)
    pages.before_request(refuse_other_sites)
    add_clock(pages, store, courier)
    add_records(pages, store, recorder)
    add_faults(pages, store, holds)
    add_money(pages, store, courier)
    add_payouts(pages, store, courier)
    add_accounts(pages, store, courier)
    add_webhooks(pages, store, courier)
    return pages


def add_clock(pages: Blueprint, store: Store, courier: Courier) -> None:
    """health; reset; clock (at, frozen, or real); advance (seconds, minutes, hours, days)."""

    @pages.get("/health")
    def health() -> Any:
        with store.session() as session:
            waiting = delivery.outstanding(session)
            return jsonify(status="ok", clock=session.now(), undelivered=waiting)

    @pages.post("/reset")
    def reset() -> Any:
        with store.session() as session:
            session.forget_everything()
        return jsonify(status="empty")

    @pages.post("/clock")
    def set_clock() -> Any:
        with store.session() as session:
            turn_clock(session, asked())
            now = session.now()
        courier.wake()
        return jsonify(clock=now)

    @pages.post("/advance")
    def advance() -> Any:
        with store.session() as session:
            moved = advance_clock(session, duration(asked()))
            now = session.now()
        courier.wake()
        return jsonify(clock=now, payouts_moved=moved)


UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}


def duration(wish: dict[str, Any]) -> int:
    """Seconds of a wish like `{"days": 2, "hours": 6}`."""
    return sum(int(wish.get(name, 0)) * seconds for name, seconds in UNITS.items())


def advance_clock(session: Session, seconds: int) -> int:
    """Move the clock on, running or not; how many payouts took a step by that."""
    turn_clock(session, {"at": session.now() + seconds, "keep": True})
    return payouts.advance_due(session)


def turn_clock(session: Session, wish: dict[str, Any]) -> None:
    """Set the clock to `at` (Unix seconds), running or `frozen`; without `at` back to real time.

    `keep` leaves a frozen clock frozen and a running clock running.
    """
    before = session.now()
    was_frozen = session.setting("clock_frozen_at") is not None
    frozen = was_frozen if wish.get("keep") else bool(wish.get("frozen"))
    at = wish.get("at")
    session.keep_setting("clock_frozen_at", int(at) if at is not None and frozen else None)
    session.keep_setting("clock_offset", at - clock.now().timestamp() if at is not None else 0)
    if session.now() < before:
        delivery.follow_clock_back(session, before - session.now())


def add_records(pages: Blueprint, store: Store, recorder: Recorder) -> None:
    """objects/<kind>: all of a kind in every account; exchanges: what was recorded, once."""

    @pages.get("/objects/<kind>")
    def show_objects(kind: str) -> Any:
        with store.session() as session:
            return jsonify(objects=session.every(kind))

    @pages.get("/exchanges")
    def take_exchanges() -> Any:
        return jsonify(exchanges=recorder.take())


def add_faults(pages: Blueprint, store: Store, holds: Holds) -> None:
    """faults (GET, POST kind/method/path/times/parameters, DELETE); held; release."""

    @pages.get("/faults")
    def show_faults() -> Any:
        with store.session() as session:
            return jsonify(faults=fault_list.pending(session))

    @pages.post("/faults")
    def order_fault() -> Any:
        wish = asked()
        if wish.get("kind") not in fault_list.KINDS:
            abort(400)
        with store.session() as session:
            fault_list.order(session, **wish)
            return jsonify(faults=fault_list.pending(session))

    @pages.delete("/faults")
    def call_off() -> Any:
        with store.session() as session:
            fault_list.forget_all(session)
        return jsonify(faults=[], released=holds.release())

    @pages.get("/held")
    def await_held() -> Any:
        return jsonify(held=holds.await_waiting(float(request.args.get("seconds", 5))))

    @pages.post("/release")
    def release() -> Any:
        return jsonify(released=holds.release())
