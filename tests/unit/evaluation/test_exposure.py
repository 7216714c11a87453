"""No withheld small count can be worked out: asked of random tables by trying every small move."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from voucher.evaluation.exposure import exposed, hidden_safely
from voucher.evaluation.rules import Sum


def table(rows):
    """The counts and sums of a two-way table with totals of rows, columns and all."""
    wide = range(len(rows[0]))
    counts = {f"{r}.{c}": rows[r][c] for r in range(len(rows)) for c in wide}
    sums = [Sum(f"row {r}", tuple(f"{r}.{c}" for c in wide)) for r in range(len(rows))]
    sums += [Sum(f"column {c}", tuple(f"{r}.{c}" for r in range(len(rows)))) for c in wide]
    sums += [Sum("all", tuple(f"row {r}" for r in range(len(rows))))]
    sums += [Sum("all", tuple(f"column {c}" for c in wide))]
    for each in sums:
        counts[each.total] = sum(counts[part] for part in each.parts)
    return counts, sums


def could_differ(counts, sums, hidden, key):
    """Whether some other whole numbers fit what is published, by trying −1, 0 and 1 everywhere.

    Enough for tables of two ways: their solutions are joined by cycles of such steps.
    """
    keys = sorted(hidden)
    for steps in product((-1, 0, 1), repeat=len(keys)):
        step = dict(zip(keys, steps, strict=True))
        if step[key] == 0 or any(counts[each] + step[each] < 1 for each in keys):
            continue
        if all(
            step.get(each.total, 0) == sum(step.get(part, 0) for part in each.parts)
            for each in sums
        ):
            return True
    return False


def small_hidden(counts, hidden):
    return [key for key in hidden if 0 < counts[key] < 5]


cells = st.one_of(st.integers(0, 6), st.integers(5, 30))


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=2, max_size=2))
def test_no_small_count_of_a_table_can_be_solved_for(rows):
    counts, sums = table(rows)
    hidden = hidden_safely(counts, sums)
    assert {key for key, count in counts.items() if 0 < count < 5} <= hidden
    for key in small_hidden(counts, hidden):
        assert could_differ(counts, sums, hidden, key), (rows, sorted(hidden), key)


@given(
    st.lists(st.lists(cells, min_size=3, max_size=3), min_size=2, max_size=3),
    st.sets(st.integers(0, 8), max_size=5),
)
def test_the_audit_says_what_trying_out_says(rows, chosen):
    counts, sums = table(rows)
    inner = [key for key in counts if "." in key and counts[key] > 0]
    hidden = {inner[number] for number in chosen if number < len(inner)}
    told = exposed(counts, sums, hidden)
    for key in small_hidden(counts, hidden):
        assert (key in told) != could_differ(counts, sums, hidden, key)


def test_two_withheld_that_must_both_be_one_are_exposed():
    counts = {"all": 7, "a": 1, "b": 1, "c": 5}
    sums = [Sum("all", ("a", "b", "c"))]
    assert exposed(counts, sums, {"a", "b"}) == {"a", "b"}
    assert hidden_safely(counts, sums) == {"a", "b", "c"}


def test_a_bridge_between_two_rings_is_exposed_though_no_sum_lacks_one_alone():
    """Every row and column lacks two or more, and still one cell has only one value."""
    rows = [[9, 9, 40, 40], [9, 9, 3, 40], [40, 40, 9, 9], [40, 40, 9, 9]]
    counts, sums = table(rows)
    ring = {"0.0", "0.1", "1.0", "1.1", "2.2", "2.3", "3.2", "3.3"}
    assert exposed(counts, sums, ring | {"1.2"}) == {"1.2"}
    more = hidden_safely(counts, sums, ring)
    assert exposed(counts, sums, more) == frozenset()


def test_what_must_be_kept_leaves_a_lone_count_exposed():
    counts = {"all": 20, "left": 3, "stayed": 17}
    sums = [Sum("all", ("left", "stayed"))]
    hidden = hidden_safely(counts, sums, kept=("all", "stayed"))
    assert hidden == {"left"}
    assert exposed(counts, sums, hidden) == {"left"}


def test_a_count_in_no_sum_stands_alone():
    assert hidden_safely({"alone": 2, "large": 50}, []) == {"alone"}
