"""The whole rehearsal in its order."""

from collections.abc import Callable

from voucher.sandbox.rehearsal import asking, delivering, learning, paying, supplying
from voucher.sandbox.rehearsal.troupe import Troupe

ACTS: tuple[tuple[str, tuple[Callable[[Troupe], object], ...]], ...] = (
    ("A provider comes in", (supplying.join,)),
    ("Would I qualify?", (asking.check_first, asking.apply)),
    ("Checked and decided by two", (asking.decide, asking.confirm_notice)),
    (
        "Matched, agreed, redeemed",
        (delivering.choose, delivering.accept, delivering.agree, delivering.redeem),
    ),
    (
        "Claimed, confirmed, approved, released, paid",
        (paying.claim, paying.confirm, paying.approve, paying.release, paying.follow_payment),
    ),
    ("Accounted for and learnt from", (learning.read_books, learning.read_record, learning.report)),
)


def perform(troupe: Troupe) -> None:
    """Play every act. Raises Stuck, naming who, where and why, at the first step that fails."""
    troupe.say(f"{troupe.wishes.business} ({troupe.wishes.company}, {troupe.wishes.postcode})")
    troupe.say(f"“{troupe.wishes.problem}”")
    for title, steps in ACTS[1 if troupe.wishes.catalogue else 0 :]:
        troupe.act(title)
        for step in steps:
            step(troupe)
