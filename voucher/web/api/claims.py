"""Claims: begin one on a redemption, fill it in, attach the invoice, send it, see where it stands.

The same acts as on the provider's pages, in the same order and by the same operations.
"""

from datetime import date
from typing import Any

from flask import url_for

from voucher.claims import operations, queries
from voucher.claims.operations.writing import DATES, WRITABLE
from voucher.claims.rules import EvidenceKind
from voucher.core import clock
from voucher.core.errors import Invalid
from voucher.files.queries import files_of
from voucher.payments.queries import payment_of_claim
from voucher.providers.api_keys.rules import Scope
from voucher.web.api import shapes
from voucher.web.api.contract import (
    FIRST_REFERENCE,
    ITS_REFERENCE,
    Answer,
    Call,
    operation,
)
from voucher.web.api.pages import page_of
from voucher.web.configuration import services


@operation(
    "POST",
    "/claims",
    name="startClaim",
    summary="Begin a claim",
    tag="Claims",
    scope=Scope.CLAIMS_WRITE,
    body="ClaimStart",
    answers={201: "Claim"},
    links={
        "getClaim": {"reference": ITS_REFERENCE},
        "writeClaim": {"reference": ITS_REFERENCE},
        "attachFile": {"reference": ITS_REFERENCE},
        "sendClaim": {"reference": ITS_REFERENCE},
    },
)
def start(call: Call) -> Answer:
    """As a draft. Where a claim was begun on the redemption already, it is that one."""
    provider_id = call.caller.provider_id
    redemption = queries.redemption_for_provider(provider_id, call.body["redemption"])
    claim = operations.start(redemption=redemption, by=call.caller.user_id, at=clock.now())
    at = url_for("api.getClaim", reference=claim.reference)
    return Answer(_whole(call, claim.reference), status=201, location=at, record=claim.reference)


@operation(
    "GET",
    "/claims",
    name="listClaims",
    summary="List your claims",
    tag="Claims",
    scope=Scope.CLAIMS_READ,
    answers={200: "ClaimList"},
    paged=True,
    links={"getClaim": {"reference": FIRST_REFERENCE}},
)
def claims(call: Call) -> Answer:
    """The latest first."""
    provider_id, before = call.caller.provider_id, None
    if call.cursor:
        before = queries.claim_for_provider(provider_id, call.cursor).claim.id
    jobs = queries.claims_before(provider_id, before, call.limit + 1)
    return Answer(page_of([shapes.claim_summary(job) for job in jobs], call.limit))


@operation(
    "GET",
    "/claims/<reference>",
    name="getClaim",
    summary="See where a claim stands",
    tag="Claims",
    scope=Scope.CLAIMS_READ,
    answers={200: "Claim"},
)
def claim(call: Call) -> Answer:
    """With what is still missing while it is written, and its payment once it has one."""
    return Answer(_whole(call, call.gaps["reference"]))


@operation(
    "PATCH",
    "/claims/<reference>",
    name="writeClaim",
    summary="Fill a claim in",
    tag="Claims",
    scope=Scope.CLAIMS_WRITE,
    body="ClaimDetails",
    answers={200: "Claim"},
    codes=("claim_sent", "invoice_fixed", "invoice_number_taken"),
)
def write(call: Call) -> Answer:
    """While it is a draft, or back with you. A draft takes anything; sending it checks it."""
    found = _mine(call)
    operations.save(
        claim=found.claim,
        values={name: _typed(name, value) for name, value in call.body.items()},
        by=call.caller.user_id,
        at=clock.now(),
    )
    return Answer(_whole(call, found.claim.reference), record=found.claim.reference)


@operation(
    "POST",
    "/claims/<reference>/files",
    name="attachFile",
    summary="Attach a file to a claim",
    tag="Claims",
    scope=Scope.CLAIMS_WRITE,
    form="ClaimUpload",
    answers={201: "ClaimFile"},
    codes=("claim_sent", "invoice_fixed", "too_many_files", "file_refused"),
    links={"removeFile": {"reference": "$request.path.reference", "file": ITS_REFERENCE}},
)
def attach(call: Call) -> Answer:
    """Your invoice, and what else is asked for. What a file is, is read from its content."""
    found, upload = _mine(call), call.upload
    if upload is None:
        raise TypeError("a form that fits its schema has its file")
    try:
        file = operations.attach(
            claim=found.claim,
            kind=EvidenceKind(call.body["kind"]),
            stream=upload.stream,
            name=upload.name,
            content_store=services().store,
            by=call.caller.user_id,
            at=clock.now(),
        )
    except Invalid as error:
        raise Invalid(str(error), "file", code=error.code) from error
    at = url_for("api.getClaim", reference=found.claim.reference)
    return Answer(shapes.claim_file(file), status=201, location=at, record=file.reference)


@operation(
    "DELETE",
    "/claims/<reference>/files/<file>",
    name="removeFile",
    summary="Take a file back",
    tag="Claims",
    scope=Scope.CLAIMS_WRITE,
    answers={204: None},
    codes=("claim_sent", "invoice_fixed"),
)
def remove(call: Call) -> Answer:
    """While the claim is being written."""
    operations.remove_evidence(
        claim=_mine(call).claim,
        reference=call.gaps["file"],
        by=call.caller.user_id,
        at=clock.now(),
    )
    return Answer(None, status=204, record=call.gaps["file"])


@operation(
    "POST",
    "/claims/<reference>/send",
    name="sendClaim",
    summary="Send a claim",
    tag="Claims",
    scope=Scope.CLAIMS_WRITE,
    answers={200: "Claim"},
    codes=("claim_sent", "claim_not_ready", "offer_open", "voucher_cancelled"),
)
def send(call: Call) -> Answer:
    """The business is asked to confirm the work. A claim that is not ready is told why."""
    found = _mine(call)
    operations.submit(claim=found.claim, by=call.caller.user_id, at=clock.now())
    return Answer(_whole(call, found.claim.reference), record=found.claim.reference)


def _mine(call: Call) -> queries.ClaimPage:
    return queries.claim_for_provider(call.caller.provider_id, call.gaps["reference"])


def _typed(name: str, value: Any) -> Any:
    """A day as a date; everything else as it is."""
    return date.fromisoformat(value) if name in DATES and value is not None else value


def _whole(call: Call, reference: str) -> dict[str, Any]:
    found = queries.claim_for_provider(call.caller.provider_id, reference)
    return shapes.claim(
        found,
        files_of(found.claim),
        payment_of_claim(found.claim.id),
        writing=found.claim.status in WRITABLE,
    )
