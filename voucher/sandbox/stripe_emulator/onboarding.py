"""The hosted onboarding page: where the owner of a connected account gives the bank details.

As at Stripe, a link works once; a used or old one sends the visitor to the refresh address, and
coming back to the return address proves nothing: the account must be read again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from voucher.sandbox.stripe_emulator import account_links, accounts
from voucher.sandbox.stripe_emulator.store import Origin, Store


@dataclass(frozen=True)
class Field:
    """One field of the form: what it is called and what must be typed into it."""

    name: str
    label: str
    hint: str
    shape: re.Pattern[str]
    complaint: str


FIELDS = (
    Field(
        "holder",
        "Name on the account",
        "As the bank knows the business",
        re.compile(r"\S.{0,79}"),
        "Enter the name on the account, 80 characters at most",
    ),
    Field(
        "sort_code",
        "Sort code",
        "6 digits, for example 10 88 00",
        re.compile(r"[0-9]{6}"),
        "Enter a sort code of 6 digits",
    ),
    Field(
        "number",
        "Account number",
        "8 digits",
        re.compile(r"[0-9]{8}"),
        "Enter an account number of 8 digits",
    ),
)


def onboarding_pages(store: Store) -> Blueprint:
    """The pages as a blueprint over a store."""
    pages = Blueprint(
        "onboarding",
        __name__,
        url_prefix="/setup",
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )

    @pages.get("/<token>")
    def open_link(token: str) -> BaseResponse:
        with store.session() as session:
            link, visit = account_links.follow(session, token)
        if link is None:
            return page_response("link_unknown.html", status=404)
        if visit is None:
            return redirect(link["refresh_url"], 303)
        return redirect(url_for("onboarding.show_form", token=visit["id"]), 303)

    @pages.get("/form/<token>")
    def show_form(token: str) -> BaseResponse:
        visit = open_visit(store, token)
        if visit is None:
            return page_response("link_unknown.html", status=404)
        with store.session() as session:
            details = accounts.fictional_bank(session, visit["account"])
        return form_response(visit, details, {})

    @pages.post("/form/<token>")
    def take_form(token: str) -> BaseResponse:
        visit = open_visit(store, token)
        if visit is None:
            return page_response("link_unknown.html", status=404)
        if request.form.get("action") == "leave":
            return redirect(visit["return_url"], 303)
        values = cleaned(request.form)
        errors = complaints(values)
        if errors:
            return form_response(visit, values, errors, status=422)
        with store.session(Origin(account=visit["account"])) as session:
            accounts.complete(session, visit["account"], **values)
        return redirect(visit["return_url"], 303)

    return pages


def open_visit(store: Store, token: str) -> dict[str, str] | None:
    """The visit behind a token, while it lasts."""
    with store.session() as session:
        return account_links.visit(session, token)


def cleaned(form: MultiDict[str, str]) -> dict[str, str]:
    """What was typed; digits of the numbers without the spaces and hyphens people put in."""
    typed = {field.name: form.get(field.name, "").strip() for field in FIELDS}
    for name in ("sort_code", "number"):
        typed[name] = re.sub(r"[\s-]", "", typed[name])
    return typed


def complaints(values: dict[str, str]) -> dict[str, str]:
    """What is wrong, by field."""
    return {
        field.name: field.complaint
        for field in FIELDS
        if not (field.shape.fullmatch(values[field.name]) and values[field.name].isprintable())
    }


def form_response(
    visit: dict[str, str], values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    """The form, with what was typed and what is wrong."""
    response = page_response(
        "onboarding.html", status=status, fields=FIELDS, values=values, errors=errors
    )
    # A form's redirect counts as a form target in Chromium, so the return address is named.
    targets = " ".join(["'self'", origin_of(visit["return_url"])])
    response.headers["Content-Security-Policy"] = POLICY + f"; form-action {targets}"
    return response


POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def origin_of(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def page_response(template: str, *, status: int = 200, **context: object) -> Response:
    """A page that is neither cached nor framed."""
    response = make_response(render_template(template, **context), status)
    response.headers["Content-Security-Policy"] = POLICY + "; form-action 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
