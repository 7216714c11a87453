"""One run from the first process to the proof."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from voucher.core import clock
from voucher.core.db import session
from voucher.integrations.services import Services
from voucher.sandbox.chaos.crew import EMULATOR, WEB, Crew, Place
from voucher.sandbox.chaos.feeding import feed
from voucher.sandbox.chaos.field import Field
from voucher.sandbox.chaos.ground import lay_ground, stage_of
from voucher.sandbox.chaos.plan import Beat, Kill, make_plan
from voucher.sandbox.chaos.proving import Proof, prove
from voucher.sandbox.chaos.resting import come_to_rest, fund_what_is_owed
from voucher.sandbox.chaos.strikes import STRIKES
from voucher.sandbox.chaos.troubles import troubles
from voucher.sandbox.seed.stage import SignIn
from voucher.sandbox.supervisor import CannotRun

BREATH_SECONDS = 0.8
"""How long the processes work, in real seconds, after the faults of a beat."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be run."""

    claims: int
    seed: int
    workers: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to. `failures` in words; none means that all is proved."""

    wish: Wish
    failures: tuple[str, ...]
    struck: Mapping[int, int]
    missed: int
    kills: Mapping[str, int]
    moved_on: timedelta
    seconds: float
    resting_seconds: float
    proof: Proof | None
    troubles: Mapping[str, int]


def run(
    services: Services,
    sign_in: SignIn,
    place: Place,
    environment: Mapping[str, str],
    wish: Wish,
) -> Outcome:
    """Run a plan whole. Before: an application on the place's database, its tables laid.

    Every process that was started has ended when this returns or raises. A process that ends by
    itself is a failure, not an exception.
    """
    began = time.monotonic()
    settings = services.settings
    secrets = settings.stripe_platform_secrets[0], settings.stripe_connect_secrets[0]
    crew = Crew(place, environment, wish.workers, secrets)
    failures: list[str] = []
    proof, field, rest_began = None, None, began
    try:
        crew.await_ready(EMULATOR)
        stage = stage_of(services, sign_in, clock.now())
        field = Field(crew, lay_ground(stage, wish.claims), stage)
        crew.begin_all()
        crew.await_ready(*crew.members)
        for beat in make_plan(wish.claims, wish.seed).beats:
            _play(field, beat)
        rest_began = time.monotonic()
        failures += [f"stuck: {words}" for words in come_to_rest(field)]
        crew.end(*crew.workers, WEB)
        proof = prove(field)
        failures += [*field.wrong, *proof.failures]
    except CannotRun as reason:
        failures.append(str(reason))
    finally:
        session.remove()
        crew.stop()
    ended = time.monotonic()
    return Outcome(
        wish=wish,
        failures=tuple(failures),
        struck=dict(sorted(field.struck.items())) if field else {},
        missed=field.missed if field else 0,
        kills=dict(sorted(crew.kills.items())),
        moved_on=field.moved_on if field else timedelta(0),
        seconds=ended - began,
        resting_seconds=ended - rest_began,
        proof=proof,
        troubles=troubles(crew.logs),
    )


def _play(field: Field, beat: Beat) -> None:
    """One beat: claims, faults, kills, the clock."""
    field.tell(f"claims {beat.claims}")
    field.crew.begin_all()
    field.mend_due()
    if field.dry_beats:
        field.dry_beats -= 1
    else:
        fund_what_is_owed(field)
    field.claims |= feed(field.ground, beat.claims, field.at)
    for strike in beat.strikes:
        field.tell(f"{strike}")
        STRIKES[strike.fault](field, strike)
        field.struck[strike.fault] += 1
        session.remove()
    _kill_in_time(field, sorted(beat.kills, key=lambda kill: kill.after_seconds))
    field.breathe(BREATH_SECONDS)
    field.forward(timedelta(minutes=beat.minutes))


def _kill_in_time(field: Field, kills: list[Kill]) -> None:
    passed = 0.0
    for kill in kills:
        field.breathe(kill.after_seconds - passed)
        passed = kill.after_seconds
        field.tell(f"{kill}")
        field.restart(_victim(field.crew, kill))


def _victim(crew: Crew, kill: Kill) -> str:
    if kill.process == "worker":
        return crew.workers[kill.number % len(crew.workers)]
    return {"web": WEB, "emulator": EMULATOR}[kill.process]
