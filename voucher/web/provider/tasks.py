"""The task list of a registration: profile and checklist, and how each line stands."""

from dataclasses import dataclass
from datetime import date

from flask import url_for

from voucher.providers.models import (
    DueDiligenceItem,
    DueDiligenceKind,
    DueDiligenceStatus,
    Provider,
    ProviderStatus,
)
from voucher.providers.operations.registration import NEEDED
from voucher.providers.rules import in_force, may_provide, missing_profile, runs_out_soon
from voucher.web.display import day

TITLES = {
    "identity": "Who you are",
    "insurance": "Professional indemnity insurance",
    "references": "Two pieces of earlier work",
    "data_protection": "Data protection registration",
    "terms": "The provider terms",
}
"""What each line of the checklist is called on the provider's pages."""
COLOURS = {
    DueDiligenceStatus.WAITING: "grey",
    DueDiligenceStatus.PROVIDED: "blue",
    DueDiligenceStatus.PASSED: "green",
    DueDiligenceStatus.FAILED: "red",
}


@dataclass(frozen=True, slots=True)
class Task:
    """One line of a task list; `href` is empty where there is nothing to do."""

    title: str
    href: str
    status: str
    colour: str
    hint: str = ""


def registration_tasks(provider: Provider, today: date) -> list[Task]:
    """The profile and the checklist (which must be loaded), in order."""
    return [_profile(provider), *(_line(provider, item, today) for item in provider.items)]


def is_complete(provider: Provider) -> bool:
    """Whether the registration can be sent in."""
    waiting = (DueDiligenceStatus.WAITING, DueDiligenceStatus.FAILED)
    if missing_profile(provider, NEEDED):
        return False
    return not any(item.status in waiting for item in provider.items)


def _profile(provider: Provider) -> Task:
    done = not missing_profile(provider, NEEDED)
    return Task(
        "Your organisation",
        url_for("provider_registration.profile"),
        "Done" if done else "You need to do this",
        "" if done else "grey",
    )


def _line(provider: Provider, item: DueDiligenceItem, today: date) -> Task:
    address = url_for("provider_registration.item", kind=item.kind.value)
    status, colour = item.status.public_label, COLOURS[item.status]
    if item.status is DueDiligenceStatus.PROVIDED and provider.status is ProviderStatus.DRAFT:
        status, colour = "Done", ""  # Nobody checks it before it is sent.
    if item.expires_on is not None and not in_force(item, today):
        status, colour = "Run out", "red"
    elif runs_out_soon(item, today) and item.status is DueDiligenceStatus.PASSED:
        is_terms = item.kind is DueDiligenceKind.TERMS
        status, colour = "New version to agree to" if is_terms else "Runs out soon", "yellow"
    return Task(
        TITLES[item.kind.value],
        address if may_provide(item, provider) else "",
        status,
        colour,
        _hint(item),
    )


def _hint(item: DueDiligenceItem) -> str:
    if item.status is DueDiligenceStatus.FAILED:
        return f"We could not accept this: {item.note}"
    if item.expires_on is not None:
        return f"Accepted until {day(item.expires_on)}"
    return ""
