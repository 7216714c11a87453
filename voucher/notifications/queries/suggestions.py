"""What messages about suggestions need to know."""

from datetime import date

from sqlalchemy import select

from voucher.audit.models import AuditEvent
from voucher.core.db import session
from voucher.notifications.queries.cases import Facts, voucher_facts
from voucher.notifications.queries.deadlines import Deadline, deadlines, near
from voucher.notifications.rules import one_line
from voucher.vouchers.models import Voucher, VoucherStatus
from voucher.vouchers.suggesting.models import Suggestion, SuggestionStatus
from voucher.vouchers.suggesting.queries import provider_name


def of_suggestion(event: AuditEvent) -> Facts | None:
    """Facts of a suggestion, while it stands: afterwards it is no news."""
    suggestion = session.get_one(Suggestion, event.record_id)
    return suggestion_facts(suggestion) if suggestion.status is SuggestionStatus.OPEN else None


def suggestion_facts(suggestion: Suggestion) -> Facts:
    """What is suggested, for which voucher, and until when."""
    title, reference, provider = provider_name(suggestion.offering_id)
    return voucher_facts(
        session.get_one(Voucher, suggestion.voucher_id),
        offering=one_line(title),
        provider=one_line(provider),
        offering_reference=reference,
        suggested_until=suggestion.last_day_on,
    )


def suggestions_near_their_end(today: date, days: int) -> list[Deadline]:
    """Open suggestions whose last day is today or at most `days` away, nearest first."""
    last_on = Suggestion.last_day_on
    query = (
        select(Suggestion.id, Suggestion.voucher_id, Suggestion.made_at, last_on)
        .join(Voucher, Voucher.id == Suggestion.voucher_id)
        .where(
            Suggestion.status == SuggestionStatus.OPEN,
            Voucher.status == VoucherStatus.ISSUED,
            near(last_on, today, days),
        )
    )
    return deadlines(query.order_by(last_on, Suggestion.id))


def still_suggested(voucher_id: int) -> bool:
    """Whether something that was suggested for the voucher waits to be chosen."""
    query = select(Suggestion.id).where(
        Suggestion.voucher_id == voucher_id, Suggestion.status == SuggestionStatus.OPEN
    )
    return session.execute(query.limit(1)).first() is not None
