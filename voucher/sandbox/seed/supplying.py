"""The providers: registered, checked by two officers, approved or not, with what they offer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from voucher.accounts.operations import join_provider
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.files.operations import store
from voucher.providers import operations as work
from voucher.providers.models import (
    Departure,
    DueDiligenceItem,
    DueDiligenceKind,
    DueDiligenceStatus,
    Offering,
    Provider,
)
from voucher.providers.operations.registration import items_of
from voucher.providers.queries import checklist_of, terms_in_use
from voucher.providers.rules import EXPIRING_KINDS, FILE_KINDS
from voucher.sandbox.cast import player
from voucher.sandbox.material.supply import FictionalProvider, offerings
from voucher.sandbox.seed.errands import set_up_payee
from voucher.sandbox.seed.papers import paper
from voucher.sandbox.seed.people import enter_person, enter_player
from voucher.sandbox.seed.stage import Stage

Action = tuple[datetime, Callable[[datetime], object]]

CAST_PROVIDER = 0
LATE_FROM = 30
"""Providers from this number on joined between the two rounds, not before the first."""
PAUSED = (16, 27)
SUSPENDED, REINSTATED, RUN_OUT, RENEWING = 36, 35, 34, 33
REFUSED, DRAFT_EMPTY, DRAFT_BEGUN, SENT, SENT_HALF_CHECKED, FAILED_ITEM = 38, 39, 40, 41, 42, 43
TROUBLED = (CAST_PROVIDER, *PAUSED, SUSPENDED, REINSTATED, RUN_OUT)
"""What goes wrong at Stripe must not befall these: one signs in, the others stop for a time."""
NOT_APPROVED = (REFUSED, DRAFT_EMPTY, DRAFT_BEGUN, SENT, SENT_HALF_CHECKED, FAILED_ITEM)
STATEMENTS = {
    DueDiligenceKind.IDENTITY: "The company number above; our director is on the register.",
    DueDiligenceKind.INSURANCE: "Professional indemnity, one million pounds.",
    DueDiligenceKind.REFERENCES: "A bakery in the next town and a garage: both glad to be rung.",
    DueDiligenceKind.DATA_PROTECTION: "Registered as a data controller, fictional number ZZ000000.",
}


@dataclass(frozen=True, slots=True)
class Joining:
    """One provider on its way in."""

    stage: Stage
    number: int
    known: FictionalProvider
    ids: dict[str, int]

    @property
    def provider(self) -> Provider:
        """The provider's row."""
        return session.get_one(Provider, self.ids["provider"])


def actions_of(stage: Stage, number: int, known: FictionalProvider) -> list[Action]:
    """Everything the provider goes through, with its moments."""
    joining = Joining(stage, number, known, {})
    began = 445 - number % 9 if number < LATE_FROM else 240 - number * 3
    late = number in NOT_APPROVED
    began = 24 - number % 7 if late else began
    acts = _coming_in(joining, began)
    if late:
        return acts
    acts.append((stage.moment(began - 4, 14, number), lambda at: _approve(joining, at)))
    acts.append((stage.moment(began - 4, 15, number), lambda at: _publish(joining, at)))
    return acts + _later(joining)


def _coming_in(joining: Joining, began: int) -> list[Action]:
    stage, number = joining.stage, joining.number
    acts: list[Action] = [(stage.moment(began, 10, number), lambda at: _register(joining, at))]
    if number != DRAFT_EMPTY:
        acts.append((stage.moment(began, 11, number), lambda at: _provide(joining, at)))
    if number not in (DRAFT_EMPTY, DRAFT_BEGUN):
        acts.append((stage.moment(began, 12, number), lambda at: _send(joining, at)))
    if number not in (DRAFT_EMPTY, DRAFT_BEGUN, SENT):
        acts.append((stage.moment(began - 3, 11, number), lambda at: _check(joining, at)))
    if number == REFUSED:
        acts.append((stage.moment(began - 4, 15, number), lambda at: _refuse(joining, at)))
    return acts


def _later(joining: Joining) -> list[Action]:
    stage, number = joining.stage, joining.number
    acts: list[Action] = []
    if number in (SUSPENDED, REINSTATED):
        acts.append((stage.moment(40, 10), lambda at: _suspend(joining, at)))
    if number == SUSPENDED:
        acts.append((stage.moment(2, 10), lambda at: _leave(joining, at)))
    if number == REINSTATED:
        acts.append((stage.moment(31, 10), lambda at: _reinstate(joining, at)))
    if number == RENEWING:
        acts.append((stage.moment(3, 16), lambda at: _renew(joining, at)))
    if number in PAUSED:
        acts.append((stage.moment(20, 16), lambda at: _pause(joining, at)))
    return acts


def _register(joining: Joining, at: datetime) -> None:
    stage, known = joining.stage, joining.known
    if joining.number == CAST_PROVIDER:
        user_id = enter_player(stage, player("provider"), at)
    else:
        user_id = enter_person(stage, known.contact, at)
    provider = work.register(name=known.name, by=user_id, at=at)
    session.flush()
    join_provider(user_id=user_id, provider_id=provider.id, at=at)
    joining.ids.update(provider=provider.id, user=user_id)
    stage.provider_members[provider.id] = user_id
    if joining.number in TROUBLED:
        stage.spared.add(provider.id)
    if joining.number == CAST_PROVIDER:
        stage.people["cast_provider"] = provider.id
    if joining.number != DRAFT_EMPTY:
        _describe(joining, provider, at)


def _describe(joining: Joining, provider: Provider, at: datetime) -> None:
    known, who = joining.known, joining.known.contact
    cast = player("provider") if joining.number == CAST_PROVIDER else None
    values = {
        "description": known.description,
        "company_number": known.company_number,
        "vat_registered": known.vat_registered,
        "vat_number": known.vat_number,
        "address_line": known.address.line,
        "town": known.address.town,
        "postcode": known.address.postcode,
        "contact_name": cast.full_name if cast else who.name,
        "contact_email": cast.email if cast else who.email,
        "contact_phone": who.phone,
        "website": known.website,
    }
    moment = at + timedelta(seconds=6)
    work.save_profile(provider=provider, values=values, by=joining.ids["user"], at=moment)


def _provide(joining: Joining, at: datetime) -> None:
    kinds = tuple(DueDiligenceKind)[: 2 if joining.number == DRAFT_BEGUN else None]
    for minutes, kind in enumerate(kinds):
        _provide_one(joining, kind, at + timedelta(seconds=minutes))


def _provide_one(joining: Joining, kind: DueDiligenceKind, at: datetime) -> None:
    provider, by = joining.provider, joining.ids["user"]
    if kind is DueDiligenceKind.TERMS:
        work.agree_to_terms(provider=provider, version=terms_in_use().version, by=by, at=at)
        return
    file = None
    if kind in FILE_KINDS:
        file = store(
            stream=paper("Certificate of insurance", (provider.name, f"Issued {at:%d %B %Y}")),
            name="certificate.pdf",
            purpose=kind.value,
            subject=provider,
            by=by,
            at=at,
            store=joining.stage.services.store,
            provider_id=provider.id,
        )
        session.flush()
    work.provide_item(
        provider=provider,
        kind=kind,
        statement=STATEMENTS[kind],
        file=file,
        expires_on=_lasts_until(joining, kind, at),
        by=by,
        at=at,
    )


def _lasts_until(joining: Joining, kind: DueDiligenceKind, at: datetime) -> date | None:
    """For most a few months from today; one has run out, two run out soon."""
    if kind not in EXPIRING_KINDS:
        return None
    days = {RUN_OUT: -9, RENEWING: 12, 5: 20}.get(joining.number, 60 + joining.number * 5)
    return max(joining.stage.today + timedelta(days=days), london_date(at))


def _send(joining: Joining, at: datetime) -> None:
    work.submit(provider=joining.provider, by=joining.ids["user"], at=at)


def _check(joining: Joining, at: datetime) -> None:
    items = items_of(joining.ids["provider"])
    some = 2 if joining.number == SENT_HALF_CHECKED else len(items)
    for minutes, item in enumerate(items[:some]):
        officer = ("caseworker", "second_caseworker")[minutes % 2]
        _check_one(joining, item, officer, at + timedelta(seconds=4 * minutes))


def _check_one(joining: Joining, item: DueDiligenceItem, officer: str, at: datetime) -> None:
    bad = joining.number in (FAILED_ITEM, REFUSED) and item.kind is DueDiligenceKind.REFERENCES
    work.check_item(
        item=item,
        passed=not bad,
        note="Neither of the two could be reached. Name two others." if bad else "",
        expires_on=item.stated_expires_on,
        by=joining.stage.people[officer],
        at=at,
    )


def _approve(joining: Joining, at: datetime) -> None:
    stage, provider = joining.stage, joining.provider
    work.approve(provider=provider, by=stage.people["approver"], at=at)
    email = provider.contact_email or joining.known.contact.email
    stage.errands.append(set_up_payee(stage, provider.id, email))


def _refuse(joining: Joining, at: datetime) -> None:
    reason = "Nobody could be found who has worked with you. Apply again with references."
    by = joining.stage.people["approver"]
    work.refuse(provider=joining.provider, reason=reason, by=by, at=at)


def _suspend(joining: Joining, at: datetime) -> None:
    reason = "Two businesses report that nobody turned up. We are asking."
    by = joining.stage.people["approver"]
    work.suspend(provider=joining.provider, reason=reason, by=by, at=at)


def _leave(joining: Joining, at: datetime) -> None:
    reason = "The Gazette names a liquidator, who has written to us. Fictional."
    by = joining.stage.people["approver"]
    gone = Departure.INSOLVENT
    work.mark_gone(provider=joining.provider, departure=gone, reason=reason, by=by, at=at)


def _reinstate(joining: Joining, at: datetime) -> None:
    work.reinstate(provider=joining.provider, by=joining.stage.people["approver"], at=at)


def _renew(joining: Joining, at: datetime) -> None:
    for item in checklist_of(joining.ids["provider"]):
        if item.kind in EXPIRING_KINDS and item.status is DueDiligenceStatus.PASSED:
            later = joining.stage.today + timedelta(days=380)
            work.provide_item(
                provider=joining.provider,
                kind=item.kind,
                statement="Renewed for a year.",
                file=None,
                expires_on=later,
                by=joining.ids["user"],
                at=at,
            )


def _publish(joining: Joining, at: datetime) -> None:
    mine = [offering for offering in offerings() if offering.provider == joining.known.name]
    for minutes, known in enumerate(mine):
        values = {
            "title": known.title,
            "summary": known.summary,
            "scope": known.scope,
            "exclusions": known.exclusions,
            "outcome_areas": list(known.outcome_areas),
            "places": list(known.places),
            "languages": list(known.languages),
            "accessibility": list(known.accessibility),
            "net_price_pence": known.net_price_pence,
            "vat_rate_bps": known.vat_rate_bps,
            "capacity_per_month": known.capacity_per_month,
            "days_to_start": known.days_to_start,
        }
        by, moment = joining.ids["user"], at + timedelta(seconds=5 * minutes)
        made = work.add_offering(provider=joining.provider, values=values, by=by, at=moment)
        work.publish(offering=made, by=by, at=moment + timedelta(seconds=2))
        joining.ids.setdefault("offering", made.id)
    if joining.number == CAST_PROVIDER:
        _draft(joining, at + timedelta(minutes=2))


def _draft(joining: Joining, at: datetime) -> None:
    """The cast's provider has something in the drawer."""
    values = {
        "title": "A website your colleagues can keep up",
        "summary": "For firms whose website only one person can change.",
        "scope": "Half a day of training and a short guide.",
        "outcome_areas": ["getting-found-online"],
        "places": ["remote"],
        "net_price_pence": 42_000,
        "vat_rate_bps": 2_000 if joining.known.vat_registered else 0,
        "capacity_per_month": 4,
        "days_to_start": 7,
    }
    work.add_offering(provider=joining.provider, values=values, by=joining.ids["user"], at=at)


def _pause(joining: Joining, at: datetime) -> None:
    if "offering" in joining.ids:
        made = session.get_one(Offering, joining.ids["offering"])
        work.pause(offering=made, by=joining.ids["user"], at=at)


def all_actions(stage: Stage, sellers: Sequence[FictionalProvider]) -> list[Action]:
    """What every provider goes through."""
    return [act for number, known in enumerate(sellers) for act in actions_of(stage, number, known)]
