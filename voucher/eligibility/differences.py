"""What differs between what a business said of itself and what Companies House says. Pure.

A difference is something for a person to look at, never a reason to refuse by itself.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

SAME_NAME_FROM = 90
"""Likeness (0 to 100) from which two names count as one: slips of typing, "&" for "and"."""

_SPELLED_OUT = {
    "ltd": "limited",
    "plc": "public limited company",
    "llp": "limited liability partnership",
    "cic": "community interest company",
    "cyf": "limited",
    "cyfyngedig": "limited",
    "co": "company",
    "bros": "brothers",
}
_LEGAL_ENDING = re.compile(
    r" (public limited company|limited liability partnership|community interest company"
    r"|company limited|limited)$"
)


class DifferenceKind(StrEnum):
    """What differs."""

    NAME = "name"
    FORMER_NAME = "former_name"
    """The declared name is one the company bore before."""
    POSTCODE = "postcode"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Declared:
    """What the application says. `postcode` is normalised, or "" if none was given."""

    name: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register says. `status` as Companies House writes it; `postcode` "" if unknown."""

    name: str
    postcode: str
    status: str
    former_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: both sides, and for names how alike they are (0 to 100)."""

    kind: DifferenceKind
    declared: str
    registered: str
    likeness: int | None = None

    def to_dict(self) -> dict[str, str | int | None]:
        """The difference as JSON can hold it."""
        return {
            "kind": self.kind.value,
            "declared": self.declared,
            "registered": self.registered,
            "likeness": self.likeness,
        }


def differences(declared: Declared, registered: Registered) -> tuple[Difference, ...]:
    """Everything in which the application and the register differ: name, postcode, status.

    A registered office elsewhere is common and a lookout, not a fault; the status differs if it is
    anything but "active", since every applicant declares to be trading. Call it only with an answer
    of the register: without one there is nothing to compare.
    """
    found = [_name_difference(declared.name, registered)]
    if declared.postcode and registered.postcode and declared.postcode != registered.postcode:
        found.append(Difference(DifferenceKind.POSTCODE, declared.postcode, registered.postcode))
    if registered.status != "active":
        found.append(Difference(DifferenceKind.STATUS, "active", registered.status))
    return tuple(difference for difference in found if difference)


def name_likeness(one: str, other: str) -> int:
    """How alike two business names are, 0 to 100, whatever their order of words and legal ending.

    The better of two measures of the rapidfuzz library: words sorted, and letters as they stand.
    """
    from rapidfuzz import fuzz

    one, other = _essence(one), _essence(other)
    return int(max(fuzz.token_sort_ratio(one, other), fuzz.ratio(one, other)))


def _name_difference(name: str, registered: Registered) -> Difference | None:
    likeness = name_likeness(name, registered.name)
    if likeness >= SAME_NAME_FROM:
        return None
    for former in registered.former_names:
        if name_likeness(name, former) >= SAME_NAME_FROM:
            return Difference(DifferenceKind.FORMER_NAME, name, registered.name, likeness)
    return Difference(DifferenceKind.NAME, name, registered.name, likeness)


def _essence(name: str) -> str:
    """Lower case, spelled out, without punctuation and legal ending (unless there is no more)."""
    words = re.findall(r"\w+", name.casefold().replace("&", " and ").replace("'", ""))
    spelled = " ".join(_SPELLED_OUT.get(word, word) for word in words if word != "the")
    return _LEGAL_ENDING.sub("", spelled)
