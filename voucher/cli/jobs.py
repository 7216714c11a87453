"""What the worker does, how often. One line a job; each job owns its transactions."""

from datetime import timedelta

from voucher.audit.operations import seal
from voucher.cli.worker import Job
from voucher.core.db import transaction
from voucher.integrations.services import Services
from voucher.matching.jobs import lapse_matches

OFTEN = timedelta(seconds=1)
HOURLY = timedelta(hours=1)


def seal_events(_services: Services, at: object) -> None:
    """Seal the events written since the last time."""
    with transaction():
        seal(at=at)  # type: ignore[arg-type]


JOBS: tuple[Job, ...] = (
    Job("seal audit events", OFTEN, seal_events),
    Job("lapse unanswered matches", HOURLY, lambda _services, at: lapse_matches(at)),
)
