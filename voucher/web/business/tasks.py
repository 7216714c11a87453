"""The form as a list of tasks: what is done, what can be done now, and where to go next."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import url_for

from voucher.applications.models import Application
from voucher.applications.sections import Section, next_section, sections_for, still_to_do


@dataclass(frozen=True, slots=True)
class Task:
    """A line of the task list; without `href` it can't be started yet."""

    title: str
    href: str
    status: str
    colour: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """Tasks under a heading of the list."""

    title: str
    tasks: Sequence[Task]


def task_groups(application: Application) -> list[TaskGroup]:
    """Every part the business is asked for, in its groups, with how far it is."""
    asked = sections_for(application.business.legal_form)
    return [
        TaskGroup(title, [_task(application, section) for section in sections])
        for title, sections in groupby(asked, key=lambda section: section.group)
    ]


def _task(application: Application, section: Section) -> Task:
    done = application.sections_done
    if section.code in done:
        return Task(section.title, address_of_part(application, section.code), "Completed")
    if section.needs and section.needs not in done:
        return Task(section.title, "", "Cannot start yet")
    return Task(section.title, address_of_part(application, section.code), "To do", "blue")


def parts_done(application: Application) -> tuple[int, int]:
    """How many parts are done, of how many."""
    asked = sections_for(application.business.legal_form)
    return len(asked) - len(missing_parts(application)), len(asked)


def missing_parts(application: Application) -> tuple[Section, ...]:
    """The parts that are still to be done."""
    return still_to_do(application.business.legal_form, application.sections_done)


def address_of_part(application: Application, code: str) -> str:
    """The address of one part's page."""
    pages = {"evidence": "business_papers.evidence"}
    if code in pages:
        return url_for(pages[code], reference=application.reference)
    return url_for("business_sections.part", reference=application.reference, code=code)


def address_after(application: Application, code: str) -> str:
    """Where to go once a part is saved: the next one to do, else the answers or the task list.

    Somebody who came back to change one answer of a finished form lands on the answers again.
    """
    form = application.business.legal_form
    following = next_section(form, application.sections_done, code)
    if following is not None:
        return address_of_part(application, following.code)
    endpoint = "answers" if not missing_parts(application) else "application"
    return url_for(f"business_applications.{endpoint}", reference=application.reference)
