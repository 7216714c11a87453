"""How many may be missing from the analysis before a draw no longer speaks for itself. Pure data.

The cautious boundary of the What Works Clearinghouse (Institute of Education Sciences, Standards
Handbook 4.0, 2017, and 4.1, 2020, table II.1, p. 12 of 4.0): the largest difference between the
groups' shares missing, by the share missing of all. The cautious one holds where the offer itself
may decide who answers, as a voucher may.

Checked in all 58 rows against two transcriptions of the table in public R packages (WWCr from 4.0,
baselinr from 4.1), and against its model (Deke and Chiang 2017, Evaluation Review 41): who answers
hangs on a normal propensity that goes with the outcome by 0.45 among those offered and by 0.39 in
the comparison. With equal groups, more of them missing where the offer was, the difference at which
the bias comes to 0.055 standard deviations (the handbook's 0.05, rounded) is the table's within 0.1
points from 3 per cent on. Below that the table goes on to differences that equal groups can't have.
"""

from fractions import Fraction

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
    """Whether too many are missing, or too unequally, of the `drawn` in the two groups.

    The share of all is taken to the nearest whole per cent. Counted in whole numbers: a difference
    that is exactly what the table allows is within it, which binary fractions would often miss.
    """
    whole = round(Fraction(100 * sum(missing), sum(drawn)))
    if whole >= len(TABLE):
        return True
    apart = abs(Fraction(missing[0], drawn[0]) - Fraction(missing[1], drawn[1]))
    return 1000 * apart > round(10 * TABLE[whole])
