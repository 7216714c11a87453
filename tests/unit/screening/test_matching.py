"""Looking subjects up in a list."""

import pytest

from voucher.screening.matching import Index, Listed, Subject, hits

PYOTR = Listed("77001", "individual", ("Pyotr Examplov", "Peter Examploff"), ("01/02/1960",), "F")
SHIPPING = Listed("77002", "entity", ("FICTIONAL SHIPPING LLC", "FSC"), (), "F")
INDEX = Index((PYOTR, SHIPPING))


def found(name, person=None, born=None):
    return [hit.listed.group_id for hit in hits((Subject(name, "x", person, born),), INDEX)]


def test_a_person_is_found_by_alias_and_in_any_order():
    assert found("EXAMPLOV, Pyotr Ivanovich", person=True) == ["77001"]
    assert found("Examploff Peter", person=True) == ["77001"]


@pytest.mark.parametrize(
    ("born", "groups"),
    [("1960-07", ["77001"]), ("1961-01", ["77001"]), ("1985-02", []), (None, ["77001"])],
)
def test_a_date_of_birth_that_does_not_fit_clears(born, groups):
    assert found("Pyotr Examplov", person=True, born=born) == groups


def test_kinds_are_not_mixed_unless_it_is_not_known():
    assert found("Fictional Shipping Ltd", person=False) == ["77002"]
    assert found("Fictional Shipping", person=True) == []
    assert found("Pyotr Examplov Ltd", person=False) == []
    assert found("Pyotr Examplov", person=None) == ["77001"]


def test_a_short_name_of_an_organisation_hits_exactly_or_not_at_all():
    assert found("FSC Ltd", person=False) == ["77002"]
    assert found("FSB Ltd", person=False) == []


def test_each_target_is_named_once_with_its_best_name():
    (hit,) = hits((Subject("Peter Examploff", "x", True),), INDEX)
    assert (hit.name, hit.score) == ("Peter Examploff", 100)


def test_nobody_is_found_in_nothing():
    assert hits((Subject("", "x", None),), INDEX) == ()
    assert hits((Subject("Pyotr Examplov", "x", True),), Index(())) == ()
