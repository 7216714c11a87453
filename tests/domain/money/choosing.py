"""What every rule of the machine starts from: which rows there are, and how one is chosen."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition

WHICH = st.integers(0, 9)
SMALL, LARGE = 100_000, 200_000


def there_is(*any_of):
    """A rule that needs a row such as "voucher issued", or "voucher" in any status."""
    return precondition(lambda machine: not machine.known.isdisjoint(any_of))
