"""Writes on claims: `writing` by the provider, `answers` by the business, `review` by officers,
`amending` and `credits` when the amounts must change, `invoices` when an invoice was
wrong, `contributions` when the business has not paid its part, `silence` when one of the parties
does not speak by its last day."""

from voucher.claims.operations.amending import (
    agree_amendment,
    lapse_amendment,
    offer_less,
    offer_vat,
    refuse_amendment,
    withdraw_amendment,
)
from voucher.claims.operations.answers import confirm, dispute
from voucher.claims.operations.contributions import (
    UnpaidDecision,
    acknowledge,
    ask_for_proof,
    decide_unpaid,
    deny,
    escalate_question,
    say_unpaid,
    show_paid,
)
from voucher.claims.operations.credits import CreditNote, enter_credit, offer_credit
from voucher.claims.operations.invoices import CorrectedInvoice, correct_invoice
from voucher.claims.operations.review import (
    abandon,
    approve,
    call_off,
    check,
    mark_paid,
    reject,
    return_to_provider,
)
from voucher.claims.operations.silence import (
    confirm_on_behalf,
    escalate_claim,
    escalate_redemption,
)
from voucher.claims.operations.writing import (
    attach,
    remove_evidence,
    save,
    start,
    submit,
    take_back,
)

__all__ = [
    "CorrectedInvoice",
    "CreditNote",
    "UnpaidDecision",
    "abandon",
    "acknowledge",
    "agree_amendment",
    "approve",
    "ask_for_proof",
    "attach",
    "call_off",
    "check",
    "confirm",
    "confirm_on_behalf",
    "correct_invoice",
    "decide_unpaid",
    "deny",
    "dispute",
    "enter_credit",
    "escalate_claim",
    "escalate_question",
    "escalate_redemption",
    "lapse_amendment",
    "mark_paid",
    "offer_credit",
    "offer_less",
    "offer_vat",
    "refuse_amendment",
    "reject",
    "remove_evidence",
    "return_to_provider",
    "save",
    "say_unpaid",
    "show_paid",
    "start",
    "submit",
    "take_back",
    "withdraw_amendment",
]
