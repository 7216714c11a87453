"""Which function makes which fault of the plan happen."""

from collections.abc import Callable

from voucher.sandbox.chaos import people_faults as people
from voucher.sandbox.chaos import sending_faults as sending
from voucher.sandbox.chaos import world_faults as world
from voucher.sandbox.chaos.field import Field
from voucher.sandbox.chaos.plan import Strike

STRIKES: dict[int, Callable[[Field, Strike], None]] = {
    1: sending.crash_before_the_lease,
    2: sending.crash_after_the_lease,
    3: sending.dropped_before,
    4: sending.dropped_after,
    5: sending.crash_before_the_entry,
    6: sending.error_500,
    7: sending.too_many,
    8: sending.expired_lease,
    9: sending.outage,
    10: sending.no_funds,
    11: sending.key_used_before,
    12: sending.key_refused,
    13: world.webhook_first,
    14: world.odd_deliveries,
    15: world.bad_webhooks,
    16: world.crash_while_reading,
    17: world.payouts_return,
    18: world.payee_changes,
    19: people.clawback,
    20: people.at_once,
    21: world.onboarding,
    22: world.by_hand,
    23: world.clocks,
}
"""By the fault's number; 24 is all of them together."""
