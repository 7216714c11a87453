"""Pure rules of the checks before paying: each gives a Finding with reasons and what was compared.

Nothing here refuses for likeness alone: a doubt goes to a person. Only a provider that the register
calls gone is refused: there is nobody left to pay. What was done for a business before it was gone
may still be owed, which a person decides.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from voucher.screening.matching import Hit, hit_key, shown
from voucher.screening.models import Gate, Outcome
from voucher.screening.names import likeness, may_be_same

BUSINESS, PROVIDER = "business", "provider"
FOUND, NOT_FOUND = "found", "not_found"

REGISTER_HOLDS = timedelta(days=7)
"""How old the register's word may be when money moves; it is asked daily while a claim waits."""

LIST_IS_OLD_DAYS = 14
"""A list of more days is warned of: the published one changes about weekly."""

GONE = frozenset({"dissolved", "closed", "removed", "converted-closed"})
STATES = frozenset(
    {
        "administration",
        "insolvency-proceedings",
        "liquidation",
        "receivership",
        "voluntary-arrangement",
    }
)
"""What the register says a company is in."""
"""Words of the register for a company that is no more; others that are not active go to a person,
because who is in liquidation or administration may still be owed."""

PAYEE_ALIKE = 90
"""The payee's name passes from here, legal forms apart: a slip of one letter in ten, as banks
themselves make; anything further off is read by a person."""

SPLIT_DAYS = 30
"""Two tasters of one enterprise within a month look like one that was split."""

JUST_UNDER_BPS = 500
"""“Just under” a threshold: within five per cent of it."""

FREE_MAIL = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk"),
        *("live.co.uk", "live.com", "yahoo.com", "yahoo.co.uk", "icloud.com", "me.com"),
        *("aol.com", "btinternet.com", "sky.com", "virginmedia.com", "talktalk.net"),
        *("protonmail.com", "proton.me", "gmx.co.uk", "gmx.com", "mail.com", "msn.com"),
        *("example.org", "example.com", "example.net"),
    }
)
"""Domains that everybody's addresses are under, and those reserved for examples (RFC 2606)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one gate. `keys` say what was found, so that an answer counts for it alone."""

    gate: Gate
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    keys: tuple[str, ...] = ()

    @property
    def matter(self) -> str:
        """Digest of gate, outcome and keys."""
        content = [self.gate.value, self.outcome.value, sorted(self.keys)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer in office; `born` is "yyyy-mm" where the register shows it."""

    name: str
    role: str
    born: str | None


@dataclass(frozen=True, slots=True)
class Party:
    """A business or provider as we know it, and as the register does (None: not asked yet).

    `proof`: one without a company number has proved who it is (a tax or charity number and a file
    that shows it; for providers the accepted check of identity).
    """

    part: str
    name: str
    company_number: str | None
    proof: bool
    party_id: int = 0
    postcode: str | None = None
    address_line: str | None = None
    domains: frozenset[str] = frozenset()
    answer: str | None = None
    status: str | None = None
    registered_name: str | None = None
    read_at: datetime | None = None
    trouble: str | None = None
    officers: tuple[Officer, ...] = ()


def worst(findings: Sequence[Finding]) -> Outcome:
    """The gravest outcome among the findings; PASS for none."""
    order = (Outcome.REFUSE, Outcome.REFER, Outcome.PENDING)
    found = {finding.outcome for finding in findings}
    return next((outcome for outcome in order if outcome in found), Outcome.PASS)


def _gather(
    gate: Gate, found: Sequence[tuple[Outcome, str, str]], inputs: Mapping[str, Any]
) -> Finding:
    """One finding of several (outcome, reason, key): the gravest outcome, every reason."""
    outcome = worst([Finding(gate, one[0]) for one in found])
    reasons, keys = tuple(one[1] for one in found), tuple(one[2] for one in found)
    return Finding(gate, outcome, reasons, inputs, keys)


# --- is the company live? ------------------------------------------------------------------------


def company_live(parties: Sequence[Party], at: datetime) -> Finding:
    """Whether every party is active at Companies House, or proved otherwise who it is."""
    found = [one for party in parties if (one := _not_live(party, at))]
    inputs = {
        party.part: {
            "number": party.company_number,
            "status": party.status or party.answer,
            "asked": party.read_at.isoformat() if party.read_at else None,
        }
        for party in parties
    }
    return _gather(Gate.COMPANY, found, inputs)


def _not_live(party: Party, at: datetime) -> tuple[Outcome, str, str] | None:
    who, key = f"The {party.part}, {party.name},", f"{party.part}:{party.status or party.answer}"
    if not party.company_number:
        words = f"{who} has no company number and no accepted proof of who it is."
        return None if party.proof else (Outcome.REFER, words, f"{party.part}:no-proof")
    if register_is_silent(party, at):
        words = f"Companies House has not answered lately about the {party.part}, {party.name}."
        return Outcome.PENDING, words, f"{party.part}:pending"
    if party.answer == NOT_FOUND:
        return Outcome.REFER, f"{who} is not on the register under {party.company_number}.", key
    if party.status == "active":
        return None
    if party.status in GONE and party.part == BUSINESS:
        words = (
            f"{who} is {_plain(party.status)} at Companies House. Pay only for work that it "
            "confirmed, or that the evidence shows was done, before that day."
        )
        return Outcome.REFER, words, key
    if party.status in GONE:
        return Outcome.REFUSE, f"{who} is {_plain(party.status)} at Companies House.", key
    status = _plain(party.status or "without a status")
    return Outcome.REFER, f"{who} is {status} at Companies House, not active.", key


def _plain(status: str) -> str:
    """The register's word for a status as people write it: "in administration"."""
    words = status.replace("-", " ")
    return f"in {words}" if status in STATES else words


def register_is_silent(party: Party, at: datetime) -> bool:
    """Whether the register has said nothing about the party's number that is still fresh."""
    if not party.company_number:
        return False
    return party.read_at is None or at - party.read_at > REGISTER_HOLDS


# --- is the payee who it says? -------------------------------------------------------------------


def payee_name(provider: Party, holder: str | None) -> Finding:
    """Whether the account at Stripe is in the provider's name, as we or the register know it."""
    names = [name for name in (provider.name, provider.registered_name) if name]
    inputs: dict[str, Any] = {"account": holder, "provider": names}
    if not holder:
        words = "Stripe has not said yet in whose name the account is."
        return Finding(Gate.PAYEE, Outcome.PENDING, (words,), inputs, ("unknown",))
    score = max(likeness(holder, name) for name in names)
    inputs["likeness"] = score
    if score >= PAYEE_ALIKE:
        return Finding(Gate.PAYEE, Outcome.PASS, (), inputs)
    words = f"The account is in the name of “{holder}”, the provider is {names[0]}."
    return Finding(Gate.PAYEE, Outcome.REFER, (words,), inputs, (holder, *names))


# --- is anybody sanctioned? ----------------------------------------------------------------------


def sanctions(
    found: Sequence[Hit],
    looked_up: Sequence[str],
    list_words: str | None,
    *,
    waiting: bool,
    answered: Mapping[str, int] = MappingProxyType({}),
) -> Finding:
    """What looking the names up came to. `list_words` None: there is no list; `waiting`: the
    officers of a party are not known yet; `answered`: keys of hits that two people cleared, with
    the doubt in which they did, so that the same is not asked again."""
    known = [hit for hit in found if hit_key(hit) in answered]
    found = [hit for hit in found if hit_key(hit) not in answered]
    inputs = {
        "list": list_words,
        "names": list(looked_up),
        "hits": [shown(hit) for hit in found],
        "answered": [{**shown(hit), "doubt": answered[hit_key(hit)]} for hit in known],
    }
    if list_words is None:
        words = "No sanctions list has been imported yet."
        return Finding(Gate.SANCTIONS, Outcome.PENDING, (words,), inputs, ("no list",))
    if found:
        reasons = tuple(
            f"{hit.subject.name} ({hit.subject.part}) is like “{hit.name}” on the list."
            for hit in found
        )
        keys = tuple(f"{hit.subject.name}|{hit.listed.group_id}|{hit.name}" for hit in found)
        return Finding(Gate.SANCTIONS, Outcome.REFER, reasons, inputs, keys)
    if waiting:
        words = "The officers are not known yet: Companies House has not answered lately."
        return Finding(Gate.SANCTIONS, Outcome.PENDING, (words,), inputs, ("officers",))
    reasons = tuple(
        f"{hit.subject.name} ({hit.subject.part}) is like “{hit.name}” on the list, but two"
        " officers have found that it is somebody else."
        for hit in known
    )
    return Finding(
        Gate.SANCTIONS, Outcome.PASS, reasons, inputs, tuple(hit_key(hit) for hit in known)
    )


# --- are the parties tied to each other? ---------------------------------------------------------


def links(business: Party, provider: Party, same_bank: Collection[str]) -> Finding:
    """What business and provider share. `same_bank`: other providers paid to the same account."""
    found = []
    if business.company_number and business.company_number == provider.company_number:
        found.append(("They have the same company number.", "number"))
    for one in business.officers:
        found += [
            (f"{one.name} is an officer of both.", f"officer:{one.name}")
            for other in provider.officers
            if _same_officer(one, other)
        ]
    if _same_address(business, provider):
        found.append(("They have the same address.", "address"))
    found += [
        (f"Both use e-mail addresses at {domain}.", f"domain:{domain}")
        for domain in sorted((business.domains & provider.domains) - FREE_MAIL)
    ]
    found += [
        (f"{name} is paid to the same bank account.", f"bank:{name}") for name in sorted(same_bank)
    ]
    inputs = {
        "officers": {
            party.part: [one.name for one in party.officers] for party in (business, provider)
        },
        "addresses": {party.part: party.postcode for party in (business, provider)},
        "domains": {party.part: sorted(party.domains) for party in (business, provider)},
    }
    return _gather(Gate.LINKS, [(Outcome.REFER, *one) for one in found], inputs)


def _same_officer(one: Officer, other: Officer) -> bool:
    same_birth = not one.born or not other.born or one.born == other.born
    return same_birth and may_be_same(one.name, other.name) == 100


def _same_address(one: Party, other: Party) -> bool:
    """The same postcode and first line; a postcode alone is a whole street or a serviced office."""
    if not (one.postcode and one.address_line and other.postcode and other.address_line):
        return False
    alike = _bare(one.address_line) == _bare(other.address_line)
    return alike and _bare(one.postcode) == _bare(other.postcode)


def domain_of(email: str | None) -> str:
    """The domain of an e-mail address in small letters, or nothing."""
    return (email or "").rpartition("@")[2].strip().lower()


# --- is it claimed twice, or in parts? -----------------------------------------------------------


def invoice_key(number: str | None) -> str:
    """An invoice number without case, punctuation, spaces and leading zeros: INV-007 is inv 7."""
    bare = _bare(number or "")
    return bare.lstrip("0") if bare.isdigit() else _without_zeros(bare)


def _without_zeros(bare: str) -> str:
    head = bare.rstrip("0123456789")
    return head + bare[len(head) :].lstrip("0")


def _bare(words: str) -> str:
    return "".join(letter for letter in words.casefold() if letter.isalnum())


@dataclass(frozen=True, slots=True)
class ClaimShape:
    """What of a claim can show that another is the same or a part of it."""

    reference: str
    same_business: bool
    same_provider: bool
    same_bank: bool
    invoice_number: str | None
    invoice_on: date | None
    net_price_pence: int | None
    voucher_pence: int | None
    redeemed_on: date
    problem: str
    files: frozenset[str]
    earlier_numbers: frozenset[str] = frozenset()
    """Numbers of invoices that stood in the claim before a corrected one: still its own."""

    @property
    def keys(self) -> frozenset[str]:
        """Every number that is the claim's, as numbers are compared."""
        numbers = (self.invoice_number, *self.earlier_numbers)
        return frozenset(key for key in map(invoice_key, numbers) if key)


def duplicate(claim: ClaimShape, others: Sequence[ClaimShape]) -> Finding:
    """Whether the same invoice stands behind another claim: its number, its file, or its amount
    and date with another provider of the same bank account."""
    found = []
    for other in others:
        words = _twice(claim, other)
        if words:
            text = f"{words} as on {other.reference}."
            found.append((Outcome.REFER, text, f"{other.reference}:{words}"))
    inputs = {
        "invoice": claim.invoice_number,
        "compared_as": invoice_key(claim.invoice_number),
        "files": sorted(claim.files),
    }
    return _gather(Gate.DUPLICATE, found, inputs)


def _twice(claim: ClaimShape, other: ClaimShape) -> str | None:
    if other.same_provider and claim.keys & other.keys:
        return "The same invoice number"
    if claim.files & other.files:
        return "The very same file as invoice"
    same_amount = claim.net_price_pence == other.net_price_pence
    same_day = claim.invoice_on is not None and claim.invoice_on == other.invoice_on
    if other.same_bank and not other.same_provider and same_amount and same_day:
        return "The same amount and date, paid to the same bank account,"
    return None


def split(claim: ClaimShape, others: Sequence[ClaimShape], threshold_pence: int) -> Finding:
    """Whether one piece of work looks parted: several tasters of one enterprise within a month, or
    the same provider and problem again just under the threshold for full evidence."""
    found = []
    for other in others:
        apart = abs((claim.redeemed_on - other.redeemed_on).days)
        if apart > SPLIT_DAYS:
            continue
        if other.same_business:
            words = f"The same enterprise redeemed {other.reference} {apart} days apart."
            found.append((Outcome.REFER, words, f"business:{other.reference}"))
        elif _same_work(claim, other, threshold_pence):
            words = f"The same problem just under the threshold as on {other.reference}."
            found.append((Outcome.REFER, words, f"problem:{other.reference}"))
    inputs = {"days": SPLIT_DAYS, "threshold_pence": threshold_pence, "compared": len(others)}
    return _gather(Gate.SPLIT, found, inputs)


def _same_work(claim: ClaimShape, other: ClaimShape, threshold_pence: int) -> bool:
    alike = other.same_provider and _bare(claim.problem) == _bare(other.problem)
    return alike and all(just_under(one.voucher_pence, threshold_pence) for one in (claim, other))


def just_under(pence: int | None, threshold_pence: int) -> bool:
    """Whether an amount is below the threshold by five per cent of it or less."""
    least = threshold_pence * (10_000 - JUST_UNDER_BPS)
    return pence is not None and least <= pence * 10_000 < threshold_pence * 10_000
