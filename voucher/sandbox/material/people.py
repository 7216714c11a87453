"""The fictional cast: people's names and addresses that can't reach anybody."""

import re
import unicodedata
from dataclasses import dataclass

_FIRST = (
    "Aisha Alan Amara Andrew Anneka Barbara Bashir Bethan Callum Carole Chidi Colin Dariusz Dawn "
    "Deepa Derek Eilidh Elaine Emeka Farah Frank Gemma Gordon Hamza Hannah Helen Ibrahim Irena "
    "Jacob Janet Jasmine Joan Kamran Karen Katya Keith Laila Lewis Linda Magda Malcolm Marek "
    "Maureen Mina Mohan Nadia Neil Nia Olek Parveen Pauline Peter Priya Rashid Roz Sadie Samir "
    "Sheila Simon Tariq Tess Umar Vera Wendy Yusuf Zofia"
)
_LAST = (
    "Abbasi Adair Aldcroft Ashdown Bainbrigg Banerjee Barraclow Beckwith Birtwell Blenkin Broadley "
    "Carrow Chaudry Clegworth Copley Crossthwaite Dacreman Danby Darbishire Dyson Eccleby Eze "
    "Fairbairn Farrimond Fenwicke Gaskarth Ghyllman Greenhalsh Haigworth Halloran Haworthy "
    "Hesketon Holroyden Hussaini Ibbotsby Jagger Kaczmarska Kershawe Kirkbride Lathomby Longbotham "
    "Lumley Mahmoudi Metcalfe Moorby Murgatwood Nattrasson Nowacka Nuttery Okafor Ollerton "
    "Ormerode Pickles Postlewaite Qureshi Ramsdale Redfearn Rushworthy Sagarin Scholey Shacklewood "
    "Sowerbutt Stansfold Suleman Tattersby Thackrah Threlfold Uttley Varleyson Wadsby Whitham "
    "Widdopson Wolstenby Yeadon"
)
FIRST_NAMES = tuple(_FIRST.split())
LAST_NAMES = tuple(_LAST.split())
MOST_PEOPLE = len(FIRST_NAMES) * len(LAST_NAMES)


@dataclass(frozen=True, slots=True)
class Person:
    """One of the cast. `phone` is from the range that Ofcom keeps free for drama."""

    first_name: str
    last_name: str
    email: str
    phone: str

    @property
    def name(self) -> str:
        """First and last name, as shown on pages."""
        return f"{self.first_name} {self.last_name}"

    @property
    def registered_name(self) -> str:
        """As the register of companies writes a person: "SURNAME, First"."""
        return f"{self.last_name.upper()}, {self.first_name}"


def person(number: int, domain: str = "example.org") -> Person:
    """The `number`th of the cast, from 0; nobody shares a whole name with anybody before them.

    The two lists have 66 and 74 names: both indices move at each step, so neighbours differ in
    both, and a whole round of the shorter list shifts the longer one. Raises IndexError beyond.
    """
    if not 0 <= number < MOST_PEOPLE:
        raise IndexError(f"the cast has {MOST_PEOPLE} people")
    lap, first = divmod(number, len(FIRST_NAMES))
    last = (first * 7 + lap) % len(LAST_NAMES)
    first_name, last_name = FIRST_NAMES[first], LAST_NAMES[last]
    local = f"{first_name}.{last_name}".lower()
    return Person(first_name, last_name, f"{local}@{domain}", _phone(number))


def domain_of(organisation: str) -> str:
    """A domain under .example for an organisation: "Tarnfold Bakery Ltd" is tarnfoldbakery.example.

    The top-level domain is reserved (RFC 2606) and never resolves.
    """
    plain = unicodedata.normalize("NFKD", organisation).encode("ascii", "ignore").decode().lower()
    words = [word for word in re.findall(r"[a-z0-9]+", plain) if word not in _FORMS]
    return "".join(words)[:60] + ".example"


_FORMS = frozenset(("ltd", "limited", "llp", "cic", "the", "and"))


def _phone(number: int) -> str:
    return f"01632 960{number % 1000:03d}"
