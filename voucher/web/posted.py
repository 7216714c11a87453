"""Values that a button posts beside no form."""

from flask import abort, request

from voucher.web.forms import UNPRINTABLE

LARGEST_ID = 2**63


def posted_id(name: str) -> int:
    """The record's id in the hidden field `name`; 404 for anything that can't be one."""
    number = request.form.get(name, type=int)
    if number is None or not 0 < number < LARGEST_ID:
        abort(404)
    return number


def posted_reference(name: str) -> str:
    """The record's reference in the hidden field `name`; 404 for anything that can't be one."""
    reference = request.form.get(name, "")
    if not reference or UNPRINTABLE.search(reference):
        abort(404)
    return reference
