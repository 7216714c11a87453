"""The demonstration's post office: every message as the worker sends it. Nowhere else."""

import re
from typing import Any

from flask import Blueprint, abort, render_template, request
from markupsafe import Markup

from voucher.notifications.queries import outbox
from voucher.web.access import public
from voucher.web.configuration import settings
from voucher.web.paging import page_number

blueprint = Blueprint("demonstration_messages", __name__, url_prefix="/demonstration/messages")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


@blueprint.before_request
def _only_in_the_demonstration() -> None:
    if not settings().is_demonstration:
        abort(404)


@blueprint.get("/")
@public
def messages() -> str:
    """Every message, newest first, or those to an address or on a subject."""
    recipient, about = (
        request.args.get(name, "").replace("\x00", "").strip()[:254] for name in ("to", "about")
    )
    found = outbox.messages(recipient=recipient, about=about, page=page_number())
    return render_template("survey/messages.html", found=found, recipient=recipient, about=about)


@blueprint.get("/<int:number>")
@public
def message(number: int) -> str:
    """One message: its plain text with its links, and the source of its HTML form."""
    found = outbox.message(min(number, 2**63 - 1))
    return render_template(
        "survey/message.html", message=found, text=linked(found.text_body, settings().base_url)
    )


def linked(text: str, base_url: str) -> Markup:
    """The text with addresses of this service as links; everything is escaped."""
    pieces: list[Any] = []
    done = 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(".,)")
        if address != base_url and not address.startswith(base_url.rstrip("/") + "/"):
            continue
        pieces.append(text[done : found.start()])
        link = Markup('<a class="govuk-link" href="{}">{}</a>')
        pieces.append(link.format(address.removeprefix(base_url.rstrip("/")) or "/", address))
        done = found.start() + len(address)
    pieces.append(text[done:])
    return Markup("").join(pieces)
