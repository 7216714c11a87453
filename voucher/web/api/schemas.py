"""What requests and answers look like, as JSON Schema 2020-12: one list for checking and showing.

The document serves these very schemas, requests are checked against them before anything is done,
and the tests check every answer against them.
"""

from typing import Any

from voucher.claims.models import ClaimStatus
from voucher.claims.rules import EvidenceKind, EvidenceLevel
from voucher.core.money import LARGEST_TYPED_PENCE
from voucher.providers.api_keys.rules import Scope
from voucher.providers.rules import VAT_RATES_BPS
from voucher.vouchers.models import VoucherStatus
from voucher.web.api.shapes import PAYOUT_STATUSES
from voucher.web.problems import CODES

Schema = dict[str, Any]
PRINTABLE = (
    "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069"
    "\\ufdd0-\\ufdef\\ufffe\\uffff]*$"
)
"""The characters that the pages take: see voucher.web.forms.UNPRINTABLE. Half characters, which no
well-formed JSON holds, are refused with the body."""
REFERENCE = "^[A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{4}$"
KEY_PATTERN = "^[!-~]{8,128}$"


def _text(longest: int, words: str, **more: Any) -> Schema:
    return {
        "type": "string",
        "maxLength": longest,
        "pattern": PRINTABLE,
        "description": words,
        **more,
    }


def _reference(words: str) -> Schema:
    return {"type": "string", "pattern": REFERENCE, "description": words}


def _pence(words: str) -> Schema:
    return {"type": "integer", "description": f"{words}, in whole pence"}


def _said(words: str) -> Schema:
    return {"type": "string", "description": words}


def _moment(words: str) -> Schema:
    return {"type": "string", "format": "date-time", "description": f"{words} (RFC 3339, UTC)"}


def _day(words: str) -> Schema:
    return {"type": "string", "format": "date", "description": f"{words} (a day in London)"}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _one_of(values: Any, words: str) -> Schema:
    return {"type": "string", "enum": [str(value) for value in values], "description": words}


def _whole(**properties: Schema) -> Schema:
    """An object of just these properties, each of which is there."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list_of(name: str, words: str) -> Schema:
    return _whole(
        items={"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
        next=_or_null(_said("The cursor of the next page; null on the last")),
    ) | {"description": words}


CURRENCY = {"const": "GBP", "description": "Every amount is in pounds sterling"}
AMOUNTS: dict[str, Schema] = {
    "net_price_pence": _pence("The price before VAT"),
    "vat_rate_bps": {"type": "integer", "description": "The VAT rate in basis points: 2000 is 20%"},
    "vat_pence": _pence("The VAT on the whole price"),
    "voucher_pence": _pence("The part that the voucher pays"),
    "contribution_pence": _pence("The part that the business pays, with all the VAT"),
}
POSSIBLE_AMOUNTS = {name: _or_null(schema) for name, schema in AMOUNTS.items()}


def _typed_pence(words: str) -> Schema:
    found = {"type": ["integer", "null"], "minimum": 0, "maximum": LARGEST_TYPED_PENCE}
    return {**found, "description": f"{words}, in whole pence"}


def _typed_day(words: str) -> Schema:
    return {
        "type": ["string", "null"],
        "format": "date",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        "description": words,
    }


SCHEMAS: dict[str, Schema] = {
    "VoucherCode": _whole(
        code=_text(60, "The voucher’s code, as the business gave it", minLength=1)
    ),
    "VoucherWorth": _whole(
        voucher=_reference("The voucher"),
        status=_one_of(VoucherStatus, "Where the voucher stands"),
        redeemable={"type": "boolean", "description": "Whether it looks as if you can redeem it"},
        agreed={"type": "boolean", "description": "Whether all three parties agreed on the work"},
        offering=_said("Your offering that was chosen"),
        start_on=_or_null(_day("When the work starts")),
        expires_on=_day("The last day on which it can be redeemed"),
        currency=CURRENCY,
        **POSSIBLE_AMOUNTS,
    ),
    "Redemption": _whole(
        reference=_reference("The redemption"),
        business=_said("The business"),
        offering=_said("Your offering"),
        redeemed_at=_moment("When it was redeemed"),
        claim_by_on=_day("The last day for your claim"),
        claim=_or_null(_reference("The claim on it, if it was begun")),
        currency=CURRENCY,
        **AMOUNTS,
    ),
    "RedemptionList": _list_of("Redemption", "Redemptions, the latest first"),
    "ClaimStart": _whole(redemption=_reference("The redemption that you claim on")),
    "ClaimDetails": {
        "type": "object",
        "description": "What is to change; null takes an entry away, what is left out stays",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            "invoice_number": _or_null(_text(60, "The number of your invoice to the business")),
            "invoice_on": _typed_day("The date of the invoice"),
            "net_price_pence": _typed_pence("The price before VAT"),
            "vat_rate_bps": {"enum": [*VAT_RATES_BPS, None], "description": "2000, 500 or 0"},
            "vat_pence": _typed_pence("The VAT"),
            "voucher_pence": _typed_pence("What the voucher pays"),
            "contribution_pence": _typed_pence("What the business pays you"),
            "contribution_paid_on": _typed_day("When the business paid its part"),
            "contribution_unpaid": {
                "type": "boolean",
                "description": "Whether the business has not paid its part yet",
            },
            "work_done": _or_null(_text(4_000, "What you did; the business reads it")),
        },
    },
    "Claim": _whole(
        reference=_reference("The claim"),
        redemption=_reference("What it claims on"),
        business=_said("The business"),
        offering=_said("Your offering"),
        status=_one_of(ClaimStatus, "Where the claim stands"),
        status_words=_said("The same in words"),
        evidence=_one_of(EvidenceLevel, "How much must be shown"),
        files={"type": "array", "items": {"$ref": "#/components/schemas/ClaimFile"}},
        missing_files={
            "type": "array",
            "items": _one_of(EvidenceKind, "A kind of file"),
            "description": "What must still be attached before it can be sent",
        },
        invoice_number=_or_null(_said("The number of your invoice")),
        invoice_on=_or_null(_day("The date of the invoice")),
        contribution_paid_on=_or_null(_day("When the business paid its part")),
        contribution_unpaid={"type": "boolean", "description": "Whether it has not paid yet"},
        work_done=_said("What you did"),
        claim_by_on=_day("The last day for sending it"),
        started_at=_moment("When it was begun"),
        submitted_at=_or_null(_moment("When it was sent")),
        confirm_by_on=_or_null(_day("The last day for the business’s answer")),
        approved_at=_or_null(_moment("When it was approved")),
        pay_by_on=_or_null(_day("The last day for paying it")),
        note=_or_null(_said("What we ask of you, when the claim is back with you")),
        payout=_or_null(_reference("Its payment, once there is one")),
        agreed=_whole(**AMOUNTS) | {"description": "The amounts that the claim must have"},
        currency=CURRENCY,
        **POSSIBLE_AMOUNTS,
    ),
    "ClaimFile": _whole(
        reference=_reference("The file"),
        kind=_one_of(EvidenceKind, "What it shows"),
        name=_said("Its name"),
        media_type=_said("What it is"),
        size_bytes={"type": "integer", "description": "Its size"},
        uploaded_at=_moment("When it was attached"),
    ),
    "ClaimUpload": {
        "type": "object",
        "required": ["kind", "file"],
        "additionalProperties": False,
        "properties": {
            "kind": _one_of(EvidenceKind, "What the file shows"),
            "file": {
                "type": "string",
                "format": "binary",
                "description": "A whole PDF, PNG or JPG of up to 10 MB",
            },
        },
    },
    "ClaimSummary": _whole(
        reference=_reference("The claim"),
        redemption=_reference("What it claims on"),
        business=_said("The business"),
        offering=_said("Your offering"),
        status=_one_of(ClaimStatus, "Where the claim stands"),
        status_words=_said("The same in words"),
        submitted_at=_or_null(_moment("When it was sent")),
        currency=CURRENCY,
        voucher_pence=AMOUNTS["voucher_pence"],
    ),
    "ClaimList": _list_of("ClaimSummary", "Claims, the latest first"),
    "Payout": _whole(
        reference=_reference("The payment"),
        claim=_reference("What it pays"),
        status=_one_of(dict.fromkeys(PAYOUT_STATUSES.values()), "Where the money is"),
        status_words=_said("The same in words"),
        currency=CURRENCY,
        amount_pence=_pence("What the claim comes to"),
        set_off_pence=_pence("What of it was set off against what you owed"),
        taken_back_pence=_pence("What of it was taken back from your Stripe account"),
        to_bank_pence=_pence("What goes, or went, to your bank"),
        created_at=_moment("When the payment was begun"),
        transferred_at=_or_null(_moment("When it reached your Stripe account")),
        paid_at=_or_null(_moment("When it was paid to your bank")),
    ),
    "PayoutList": _list_of("Payout", "Payments, the latest first"),
    "StatementMonth": _whole(
        month={"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "description": "The month"},
        so_far={"type": "boolean", "description": "Whether the month is not over"},
    ),
    "StatementList": _list_of("StatementMonth", "Months with a statement, the latest first"),
    "StatementSums": _whole(
        payable_pence=_pence("Owed for approved claims"),
        at_provider_pence=_pence("In the Stripe account"),
        settled_pence=_pence("Paid to the bank"),
        recoverable_pence=_pence("To be repaid"),
    ),
    "Statement": _whole(
        month={"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "description": "The month"},
        so_far={"type": "boolean", "description": "Whether the month is not over"},
        currency=CURRENCY,
        brought_forward={"$ref": "#/components/schemas/StatementSums"},
        lines={
            "type": "array",
            "items": _whole(
                on=_day("The day of the entry"),
                words=_said("What it is"),
                claim=_or_null(_reference("The claim, if it is of one")),
                invoice_number=_or_null(_said("The number of the invoice")),
                reference=_said("The record behind the entry"),
                change={"$ref": "#/components/schemas/StatementSums"},
            ),
        },
        carried_forward={"$ref": "#/components/schemas/StatementSums"},
    ),
    "Key": _whole(
        reference=_reference("The key"),
        name=_said("Its name"),
        scopes={"type": "array", "items": _one_of(Scope, "What the key may do")},
        expires_at=_moment("When it stops working"),
    ),
    "Problem": {
        "type": "object",
        "description": "What was wrong (RFC 9457)",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string", "enum": sorted(CODES), "description": "Never changes"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["detail"],
                    "properties": {
                        "pointer": _said("JSON pointer to the value in the body"),
                        "parameter": _said("Name of the parameter or header"),
                        "detail": {"type": "string"},
                    },
                    "additionalProperties": False,
                },
            },
        },
        "additionalProperties": False,
    },
}
