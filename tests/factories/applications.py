"""Applications at each point of the business's road, through the real operations."""

import io
from datetime import date, datetime
from typing import Any

from tests.factories.scheme import AT, make_business, make_member, make_round
from voucher.accounts.models import User
from voucher.accounts.roles import Role
from voucher.applications.models import Application
from voucher.applications.operations.draft import save_section, start
from voucher.applications.operations.papers import add_evidence
from voucher.applications.operations.submit import submit
from voucher.applications.queries.drafts import whole_application
from voucher.businesses.models import Business, HeadcountBand, LegalForm
from voucher.businesses.outcome_areas import OutcomeArea
from voucher.integrations.storage.store import ContentStore

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PROBLEM = (
    "Orders come by telephone, e-mail and on scraps of paper. We type each of them twice and lose "
    "one or two every week."
)
BETTER = "Every order is in one place, typed once, and anybody can see how far it is."
BASELINE = {
    "uses_technology": "general",
    "hours_lost_week": 9,
    "errors_in_100": 6,
    "turnover_band": "250k-1m",
    "staff": 5,
    "confidence": 2,
}
ANSWERS: dict[str, dict[str, Any]] = {
    "form": {"legal_form": LegalForm.COMPANY},
    "business": {
        "name": "Fictional Joinery Ltd",
        "company_number": "99000001",
        "charity_number": "1234567",
        "utr": "1955839661",
        "sector": "Construction and trades",
        "trading_since_on": date(2019, 3, 1),
    },
    "place": {"address_line": "1 Fictional Street", "town": "Leeds", "postcode": "ls1 4ap"},
    "people": {"headcount": 6, "headcount_band": HeadcountBand.TWO_TO_NINE},
    "problem": {"problem_today": PROBLEM},
    "better": {"problem_better": BETTER},
    "areas": {"outcome_areas": [OutcomeArea.BOOKINGS_AND_ORDERS.value]},
    "baseline": BASELINE,
    "support": {"assistance_declared": False},
    "connections": {"connected_to_provider": False},
    "signatory": {
        "signatory_name": "Fictional Owner",
        "signatory_role": "Director",
        "contact_phone": "0113 496 0000",
        "signatory_has_authority": True,
    },
    "declarations": {"truth": True, "terms": True, "data_notice": True},
}


def make_owner(business: Business, **values: Any) -> User:
    """A person who acts for the business."""
    return make_member(Role.BUSINESS, business=business, **values)


def make_draft(
    business: Business | None = None,
    round: Any = None,
    *,
    by: User | None = None,
    at: datetime = AT,
) -> Application:
    """A draft with nothing filled in."""
    business = business or make_business()
    by = by or make_owner(business)
    application = start(round=round or make_round(), business=business, by=by.id, at=at)
    return whole_application(application.id)


def fill_in(
    application: Application,
    *,
    at: datetime = AT,
    store: ContentStore | None = None,
    **changed: Any,
) -> Application:
    """Every part saved. `changed`: values by section, laid over the usual ones.

    A sole trader or a charity needs `store` for its proof.
    """
    by = application.started_by_id
    for section, values in ANSWERS.items():
        given = {**values, **changed.get(section, {})}
        save_section(application=application, section=section, values=given, by=by, at=at)
    if store is not None:
        add_evidence(
            application=application,
            stream=io.BytesIO(PDF),
            name="proof.pdf",
            store=store,
            by=by,
            at=at,
        )
    return whole_application(application.id)


def make_submitted(
    business: Business | None = None, round: Any = None, /, *, at: datetime = AT, **changed: Any
) -> Application:
    """A company's application that waits for a decision; the register has not answered yet."""
    business = business or make_business()
    number = {"name": business.name, "company_number": business.company_number}
    changed = {**changed, "business": {**number, **changed.get("business", {})}}
    application = fill_in(make_draft(business, round, at=at), at=at, **changed)
    submit(application=application, by=application.started_by_id, at=at)
    return whole_application(application.id)
