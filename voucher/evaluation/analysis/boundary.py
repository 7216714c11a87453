"""How many may be missing from the analysis before a draw no longer speaks for itself. Pure data.

The cautious boundary of the What Works Clearinghouse (Institute of Education Sciences, Standards
Handbook 4.1, 2020, table II.1; its model: Deke and Chiang 2017, Evaluation Review 41): the largest
difference between the groups' shares missing, by the share missing of all. It keeps the bias that
can be expected below a twentieth of a standard deviation. The cautious one holds where the offer
itself may decide who answers, as a voucher may.
"""

TABLE = (
    *(5.7, 5.8, 5.9, 5.9, 6.0, 6.1, 6.2, 6.3, 6.3, 6.3),
    *(6.3, 6.2, 6.2, 6.1, 6.0, 5.9, 5.9, 5.8, 5.7, 5.5),
    *(5.4, 5.3, 5.2, 5.1, 4.9, 4.8, 4.7, 4.5, 4.4, 4.3),
    *(4.1, 4.0, 3.8, 3.6, 3.5, 3.3, 3.2, 3.1, 2.9, 2.8),
    *(2.6, 2.5, 2.3, 2.1, 2.0, 1.8, 1.6, 1.5, 1.3, 1.2),
    *(1.0, 0.9, 0.7, 0.6, 0.4, 0.3, 0.2, 0.0),
)
"""Percentage points allowed at 0, 1, 2, … 57 per cent missing; above that nothing is."""


def is_above_boundary(missing: tuple[int, int], drawn: tuple[int, int]) -> bool:
    """Whether too many are missing, or too unequally, of the `drawn` in the two groups."""
    overall = sum(missing) / sum(drawn)
    apart = abs(missing[0] / drawn[0] - missing[1] / drawn[1])
    whole = round(100 * overall)
    return whole >= len(TABLE) or 100 * apart > TABLE[whole]
