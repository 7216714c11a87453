"""What the worker does, how often. One line a job; each job owns its transactions."""

from datetime import timedelta

from voucher.accounts.jobs import forget_old_sessions
from voucher.allocation.jobs import make_offers
from voucher.applications.jobs import run_pending_checks
from voucher.audit.operations import seal
from voucher.claims.jobs import (
    escalate_silence,
    escalate_unpaid,
    lapse_amendments,
    look_parties_up,
    screen_claims,
)
from voucher.claims.ratings.jobs import show_ratings
from voucher.claims.ratings.queries import track_record
from voucher.cli.money_jobs import MONEY
from voucher.cli.rendering import desk_of, mail_domain, render
from voucher.cli.worker import Job
from voucher.core.db import transaction
from voucher.evaluation import jobs as evaluation
from voucher.evaluation.analysis.jobs import build_extracts
from voucher.evaluation.monitoring import jobs as monitoring
from voucher.evaluation.synthesis.jobs import ask_after_reports, build_syntheses
from voucher.integrations.services import Services
from voucher.matching.jobs import end_proposals, lapse_matches, lapse_variations
from voucher.notifications import jobs as notifications
from voucher.payments.books.jobs import build_documents
from voucher.providers.api_keys.jobs import forget_old_answers
from voucher.vouchers.jobs import expire_vouchers, leave_gone_providers
from voucher.vouchers.suggesting.jobs import (
    make_suggestions,
    settle_suggestions,
    work_out_plans,
)

OFTEN = timedelta(seconds=1)
MINUTELY = timedelta(minutes=1)
HOURLY = timedelta(hours=1)
SOON = timedelta(seconds=10)


def seal_events(_services: Services, at: object) -> None:
    """Seal the events written since the last time."""
    with transaction():
        seal(at=at)  # type: ignore[arg-type]


SURVEYS = (
    Job("take baselines", MINUTELY, lambda _services, _at: evaluation.take_baselines()),
    Job(
        "ask follow-up surveys",
        HOURLY,
        lambda services, at: evaluation.ask_follow_ups(services.settings.digest_key.encode(), at),
    ),
)
REPORTS = (
    Job(
        "build reports",
        OFTEN,
        lambda services, at: evaluation.build_reports(services.store, render, at),
        broken_off=True,
    ),
    Job("ask for a synthesis of new reports", MINUTELY, lambda _s, at: ask_after_reports(at)),
    Job(
        "build syntheses",
        OFTEN,
        lambda services, at: build_syntheses(services.store, render, at),
        broken_off=True,
    ),
    Job(
        "build documents of the books",
        OFTEN,
        lambda services, at: build_documents(services.store, render, at),
        broken_off=True,
    ),
)
EXTRACTS = (
    Job(
        "make extracts of trials",
        MINUTELY,
        lambda services, at: build_extracts(
            services.store, services.settings.digest_key.encode(), at
        ),
        broken_off=True,
    ),
)
EQUALITY = (
    Job(
        "make equality tables",
        HOURLY,
        lambda services, at: monitoring.make_tables(services.settings.digest_key.encode(), at),
    ),
    Job("forget equality answers", HOURLY, lambda _services, at: monitoring.forget_answers(at)),
)
EVALUATION = (*SURVEYS, *REPORTS, *EXTRACTS, *EQUALITY)
MESSAGES = (
    Job(
        "write messages",
        OFTEN,
        lambda services, at: notifications.write_messages(desk_of(services), at),
    ),
    Job(
        "remind of vouchers",
        HOURLY,
        lambda services, at: notifications.remind_of_vouchers(desk_of(services), at),
    ),
    Job(
        "remind of deadlines",
        HOURLY,
        lambda services, at: notifications.remind_of_deadlines(desk_of(services), at),
    ),
    Job(
        "remind of answers before an agreement",
        HOURLY,
        lambda services, at: notifications.remind_of_dialogue(desk_of(services), at),
    ),
    Job(
        "remind of surveys",
        HOURLY,
        lambda services, at: notifications.remind_of_surveys(desk_of(services), at),
    ),
    Job(
        "tell officers of silence",
        HOURLY,
        lambda services, at: notifications.tell_officers_of_silence(desk_of(services), at),
    ),
    Job(
        "send messages",
        OFTEN,
        lambda services, at: notifications.send_messages(
            services.mail,
            at,
            domain=mail_domain(services),
            keep_links=services.settings.is_demonstration,
        ),
    ),
    Job("forget old messages", HOURLY, lambda _services, at: notifications.forget_old_messages(at)),
)
RECORDS = (
    Job("seal audit events", OFTEN, seal_events),
    Job(
        "ask the register of companies",
        OFTEN,
        lambda services, at: run_pending_checks(services.register, at),
    ),
    Job("offer drawn and ranked places", SOON, lambda _services, at: make_offers(at), drains=True),
    Job("expire vouchers", HOURLY, lambda _services, at: expire_vouchers(at)),
    Job("leave gone providers", MINUTELY, lambda _services, at: leave_gone_providers(at)),
    Job("lapse unanswered matches", HOURLY, lambda _services, at: lapse_matches(at)),
    Job("end proposals of another day", HOURLY, lambda _services, at: end_proposals(at)),
    Job("lapse unanswered changes", HOURLY, lambda _services, at: lapse_variations(at)),
    Job(
        "work out who could go to whom",
        OFTEN,
        lambda _services, at: work_out_plans(track_record, at),
    ),
    Job(
        "suggest offerings to businesses",
        OFTEN,
        lambda _services, at: make_suggestions(track_record, at),
        drains=True,
    ),
    Job("settle suggestions", MINUTELY, lambda _services, at: settle_suggestions(at)),
    Job("forget old sessions", HOURLY, lambda _services, at: forget_old_sessions(at)),
    Job("forget answers to programs", HOURLY, lambda _services, at: forget_old_answers(at)),
    Job(
        "ask the register before paying",
        OFTEN,
        lambda services, at: look_parties_up(services.register, at),
    ),
    Job("check claims before paying", OFTEN, lambda _services, at: screen_claims(at)),
    Job(
        "check claims anew",
        HOURLY,
        lambda _services, at: screen_claims(at, anew=True),
    ),
    Job("escalate unpaid parts", HOURLY, lambda _services, at: escalate_unpaid(at)),
    Job("show ratings", HOURLY, lambda _services, at: show_ratings(at)),
    Job("lapse unanswered offers", HOURLY, lambda _services, at: lapse_amendments(at)),
    Job("escalate silence", HOURLY, lambda _services, at: escalate_silence(at)),
)
GROUPS: dict[str, tuple[Job, ...]] = {
    "records": RECORDS,
    "money": MONEY,
    "surveys": SURVEYS,
    "reports": (*REPORTS, *EXTRACTS, *EQUALITY),
    "messages": MESSAGES,
}
JOBS: tuple[Job, ...] = tuple(job for group in GROUPS.values() for job in group)
