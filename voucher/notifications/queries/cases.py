"""What every message about one application, or its voucher, needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voucher.applications.queries.drafts import whole_application
from voucher.notifications.rules import one_line
from voucher.vouchers.models import Voucher


@dataclass(frozen=True)
class Facts:
    """The words of a template by name, and the business, provider and voucher concerned."""

    words: Mapping[str, Any]
    business_id: int | None = None
    provider_id: int | None = None
    voucher_id: int | None = None
    signatory_id: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def case_facts(application_id: int, **more: Any) -> Facts:
    """What every message about one application needs, with `more` words."""
    case = whole_application(application_id)
    words = {
        "reference": case.reference,
        "business": one_line(case.business.name),
        "round": one_line(case.round.name),
        "programme": one_line(case.round.programme.name),
        "contact_email": case.round.programme.contact_email,
        "decide_by_on": case.decide_by_on,
        **more,
    }
    return Facts(words, business_id=case.business_id, signatory_id=case.submitted_by_id)


def changed(facts: Facts, **changes: Any) -> Facts:
    """The same facts with other values."""
    return Facts(**{**vars(facts), **changes})


def voucher_facts(voucher: Voucher, **more: Any) -> Facts:
    """What every message about a voucher needs, with `more` words."""
    facts = case_facts(
        voucher.application_id,
        voucher=voucher.reference,
        cap_pence=voucher.cap_pence,
        share_bps=voucher.share_bps,
        expires_on=voucher.expires_on,
        **more,
    )
    return changed(facts, voucher_id=voucher.id)
