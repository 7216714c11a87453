"""What the worker does for applications: ask the register of companies, and check again."""

import logging
from datetime import datetime
from typing import Protocol

from voucher.applications.models import Application
from voucher.applications.operations.check import check_application
from voucher.applications.queries.drafts import whole_application
from voucher.applications.queries.facts import (
    WITH_OFFICERS,
    Register,
    RegisterAnswer,
    awaiting_register,
)
from voucher.core.db import lock, reading, session, transaction
from voucher.eligibility.queries import latest_check
from voucher.eligibility.rules import Facts
from voucher.integrations.companies_house.answers import CompanyProfile
from voucher.integrations.companies_house.errors import CompanyNotFound, RegisterUnavailable

logger = logging.getLogger("voucher.applications")


class CompanyRegister(Protocol):
    """The gateway to the register, as far as it is used here."""

    def read_company(self, number: str) -> CompanyProfile:
        """The profile; raises CompanyNotFound, or RegisterUnavailable when there is no answer."""


def run_pending_checks(register: CompanyRegister, at: datetime, limit: int = 20) -> int:
    """Ask the register about up to `limit` applications that wait for it; how many were checked.

    The register is asked between transactions, holding no lock. No answer leaves the check pending,
    with a time to ask again: it is never counted against the business.
    """
    checked = 0
    for application_id, number in _due(at, limit):
        try:
            answer, retry_after = _ask(register, number)
            with transaction():
                checked += _check_again(application_id, number, answer, retry_after, at)
        except Exception:
            # A fault of ours at one application keeps the others waiting no longer than itself.
            logger.exception("application %s could not be checked again", application_id)
    return checked


def _due(at: datetime, limit: int) -> list[tuple[int, str]]:
    with reading():
        due = [
            (application.id, application.business.company_number or "")
            for application in awaiting_register(at, limit)
        ]
        session.rollback()
    return due


def _ask(register: CompanyRegister, number: str) -> tuple[Register, int | None]:
    try:
        return Register(RegisterAnswer.FOUND, register.read_company(number)), None
    except CompanyNotFound:
        return Register(RegisterAnswer.NOT_FOUND), None
    except RegisterUnavailable as error:
        return Register(error.reason.value), error.retry_after


def _check_again(
    application_id: int, number: str, answer: Register, retry_after: int | None, at: datetime
) -> bool:
    """Store the re-check unless the application, its number or its check moved on meanwhile."""
    locked = lock(Application, application_id)
    if locked is None or locked.status not in WITH_OFFICERS:
        return False
    application = whole_application(application_id)
    last = latest_check(application_id)
    waiting = last is not None and last.retry_at is not None and last.retry_at <= at
    if last is None or not waiting or application.business.company_number != number:
        return False
    check_application(
        application=application,
        register=answer,
        # What only the vouchers know was said at submission, and is asked again at the award.
        holds_live_voucher=Facts.from_dict(last.facts).holds_live_voucher,
        by=None,
        at=at,
        retry_after_seconds=retry_after,
    )
    return True
