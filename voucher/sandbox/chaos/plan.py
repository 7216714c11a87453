"""What goes wrong, when and to which claim: a pure function of the seed and the number of claims.

A run is a row of beats. In each, claims are fed, faults strike, processes are killed, and in the
end the clock that all processes share is moved on.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

FAULTS = {
    1: "crash before the lease commits",
    2: "crash after the lease, before the request",
    3: "dropped before Stripe worked",
    4: "timeout after Stripe committed",
    5: "answer received, crash before it is entered",
    6: "500 before and after the work, 500 replayed",
    7: "429 and 409",
    8: "two workers, expired lease",
    9: "outage over 24 hours, key forgotten",
    10: "insufficient funds, then a top-up",
    11: "parameters changed under one key",
    12: "401 and 403, then mended",
    13: "webhook before the answer",
    14: "duplicate, shuffled, late and missing webhooks",
    15: "forged, stale, future, foreign, thin, unknown and huge webhooks",
    16: "crash in the worker that reads webhooks",
    17: "payout failed, paid then failed, cancelled",
    18: "capability lost or bank changed before sending",
    19: "clawback: full, in parts, too much, after the payout, timed out",
    20: "double click, two administrators, cancelling against sending",
    21: "onboarding: creation timed out, link used again, return unfinished",
    22: "a transfer made by hand",
    23: "restart in the middle of a batch, clocks that differ",
    24: "all of these at once, and kill -9",
}
"""The numbers of the fault table, by which tests are named too; 24 is the whole run."""

VARIANTS: dict[int, tuple[str, ...]] = {
    2: ("transfers", "payouts"),
    3: ("transfers", "payouts"),
    4: ("transfers", "payouts"),
    5: ("transfers", "payouts"),
    6: ("error_before", "error_after"),
    7: ("rate_limited", "lock_timeout", "key_in_use", "unavailable"),
    9: ("unavailable", "dead"),
    10: ("empty", "refused"),
    12: ("unauthorised", "forbidden"),
    14: ("duplicated", "shuffled", "late", "missing"),
    15: ("forged", "stale", "future", "livemode", "thin", "unknown", "huge", "repeated"),
    17: ("failed", "paid_then_failed", "cancelled"),
    18: ("capability", "bank"),
    19: ("full", "parts", "excess", "paid", "timeout"),
    20: ("cancel_twice", "cancel_race", "ask_back_twice"),
    21: ("timeout", "unfinished"),
    23: ("restart", "ahead", "behind"),
}
PROCESSES = ("worker", "worker", "web", "emulator")
"""What is killed, in these proportions."""
MINUTES = (1, 2, 7, 20, 90, 360)
FEWEST_BEATS, MOST_BEATS = 8, 24
CLAIMS_A_BEAT = 20
CLAIMS_AN_EXTRA_FAULT = 12
LONGEST_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault: its number, which form of it, the number of the claim that it is aimed at.

    `chance` (0 to 1) decides whatever else is left to chance in it.
    """

    fault: int
    variant: str
    claim: int
    chance: float


@dataclass(frozen=True, slots=True)
class Kill:
    """A `kill -9`: of whom, and how many seconds after the beat's faults."""

    process: str
    number: int
    after_seconds: float


@dataclass(frozen=True, slots=True)
class Beat:
    """What happens in one stretch: the claims (by number) that are fed, faults, kills, the clock.

    `minutes` is how far the clock is moved on at its end.
    """

    claims: range
    strikes: tuple[Strike, ...]
    kills: tuple[Kill, ...]
    minutes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run."""

    claims: int
    seed: int
    beats: tuple[Beat, ...]

    @property
    def strikes(self) -> Iterator[Strike]:
        """Every fault, in its order."""
        return (strike for beat in self.beats for strike in beat.strikes)

    @property
    def kills(self) -> Iterator[Kill]:
        """Every kill, in its order."""
        return (kill for beat in self.beats for kill in beat.kills)


def make_plan(claims: int, seed: int) -> Plan:
    """The plan of a run. Every one of the faults 1 to 23 strikes, and every process is killed.

    Raises ValueError for fewer claims than one.
    """
    if claims < 1:
        raise ValueError("a run needs a claim")
    chance = random.Random(f"{seed} {claims}")
    count = min(MOST_BEATS, max(FEWEST_BEATS, claims // CLAIMS_A_BEAT))
    fed = [range(claims * one // count, claims * (one + 1) // count) for one in range(count)]
    strikes: list[list[Strike]] = [[] for _ in fed]
    for fault in _faults(claims, chance):
        # The first stretch is calm, so that there is something that can go wrong.
        beat = chance.randrange(1, count)
        strikes[beat].append(_strike(fault, fed[beat].stop, chance))
    kills = _kills(count, chance)
    beats = (
        Beat(fed[one], tuple(strikes[one]), tuple(kills[one]), chance.choice(MINUTES))
        for one in range(count)
    )
    return Plan(claims, seed, tuple(beats))


def _faults(claims: int, chance: random.Random) -> list[int]:
    known = [fault for fault in FAULTS if fault != 24]
    faults = known + chance.choices(known, k=claims // CLAIMS_AN_EXTRA_FAULT)
    chance.shuffle(faults)
    return faults


def _strike(fault: int, claims_so_far: int, chance: random.Random) -> Strike:
    variant = chance.choice(VARIANTS.get(fault, ("",)))
    # One of the newest, whose payment is still on its way.
    claim = max(0, claims_so_far - 1 - chance.randrange(CLAIMS_A_BEAT))
    return Strike(fault, variant, claim, chance.random())


def _kills(beats: int, chance: random.Random) -> list[list[Kill]]:
    """One of each process for certain, and one more about every second beat."""
    victims = [*dict.fromkeys(PROCESSES), *chance.choices(PROCESSES, k=beats // 2)]
    kills: list[list[Kill]] = [[] for _ in range(beats)]
    for victim in victims:
        seconds = round(chance.uniform(0, LONGEST_SECONDS), 2)
        kills[chance.randrange(1, beats)].append(Kill(victim, chance.randrange(100), seconds))
    return kills
