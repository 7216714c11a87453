"""Writes on providers: `registration` (who they are, sending it in), `due_diligence` (proofs and
their checks, approval, suspension), `offerings` (what they sell, and importing it), `terms`."""

from voucher.providers.operations.departure import mark_gone
from voucher.providers.operations.due_diligence import (
    approve,
    check_item,
    correct_vat,
    provide_item,
    refuse,
    reinstate,
    suspend,
)
from voucher.providers.operations.offerings import (
    add_offering,
    edit_offering,
    pause,
    publish,
)
from voucher.providers.operations.registration import register, save_profile, submit
from voucher.providers.operations.terms import add_terms, agree_to_terms

__all__ = [
    "add_offering",
    "add_terms",
    "agree_to_terms",
    "approve",
    "check_item",
    "correct_vat",
    "edit_offering",
    "mark_gone",
    "pause",
    "provide_item",
    "publish",
    "refuse",
    "register",
    "reinstate",
    "save_profile",
    "submit",
    "suspend",
]
