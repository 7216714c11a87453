"""Changing an agreement before the voucher is redeemed: what both parties' pages have in common."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms import SelectChoice

from voucher.core import clock
from voucher.matching import operations, queries
from voucher.matching.models import Match
from voucher.providers.rules import DEAREST_PENCE, VAT_RATES_BPS
from voucher.vouchers.models import Voucher
from voucher.web.display import percentage
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    PoundsField,
    ServiceForm,
    TextAreaField,
)


class VariationForm(ServiceForm):
    """The price and the work as they should be, and why."""

    net_price_pence = PoundsField(
        "Price before VAT",
        [Answered("Enter the price before VAT.")],
        maximum_pence=DEAREST_PENCE,
        description="We work out the other amounts from it.",
    )
    vat_rate_bps = ChoiceField("VAT rate", [Answered("Select the VAT rate.")])
    scope = TextAreaField(
        "What is done",
        [Answered("Say what is done."), AtMost(4_000)],
        description="This is what you agreed. Change what should be different.",
    )
    words = TextAreaField(
        "What changes, and why?",
        [Answered("Say what changes, and why."), AtMost(2_000)],
        description="The other party and we read this.",
    )


class RefusalForm(ServiceForm):
    """Why a party does not agree."""

    words = TextAreaField(
        "Why don’t you agree?",
        [Answered("Say why you don’t agree."), AtMost(2_000)],
        description="The other party and we read this.",
    )


@dataclass(frozen=True, slots=True)
class Side:
    """One party's view of one agreement: who looks, at what, and where its pages are.

    `choices`: whether this party names the VAT rate (a registered provider does).
    """

    by_provider: bool
    match: Match
    voucher: Voucher
    other: str
    reference: str
    section: str
    back: str
    choices: bool = False

    @property
    def layout(self) -> str:
        """The layout of this party's pages."""
        return f"layouts/{'provider' if self.by_provider else 'business'}.html"

    @property
    def pays(self) -> str:
        """What the contribution is called on this party's pages."""
        return "The business pays you" if self.by_provider else "You pay the provider"

    def url(self, view: str) -> str:
        """The address of this party's page or act `view`."""
        name = f"{'provider' if self.by_provider else 'business'}_variations.{view}"
        return url_for(name, reference=self.reference)


def change_page(side: Side) -> Any:
    """The change that is proposed, with its answers; else a form to propose one."""
    waits = queries.open_variation(side.match.id)
    form = _form(side)
    if form.carried_out(lambda: _propose(side, form)):
        flash(f"{side.other} has been asked to agree.", "success")
        return redirect(side.url("change"))
    page = render_template(
        "variations/change.html",
        side=side,
        match=side.match,
        form=form,
        waits=waits,
        mine=waits is not None and waits.by_provider is side.by_provider,
        reason_against=operations.reason_against(
            match=side.match, voucher=side.voucher, today=clock.today()
        ),
        earlier=[
            each
            for each in queries.variations_of(side.voucher.id, side.match.id)
            if waits is None or each.id != waits.id
        ],
    )
    return page, 422 if form.is_submitted() else 200


def _form(side: Side) -> VariationForm:
    match = side.match
    form = VariationForm(
        data={
            "net_price_pence": match.net_price_pence,
            "vat_rate_bps": str(match.vat_rate_bps),
            "scope": match.scope,
        }
    )
    if side.choices:
        form.vat_rate_bps.choices = [
            SelectChoice(str(bps), percentage(bps)) for bps in VAT_RATES_BPS
        ]
    else:
        del form.vat_rate_bps
    return form


def _propose(side: Side, form: VariationForm) -> None:
    typed = form.data
    rate = int(typed["vat_rate_bps"]) if "vat_rate_bps" in form else None
    operations.propose_variation(
        match=side.match,
        voucher=side.voucher,
        values={**typed, "vat_rate_bps": rate},
        by_provider=side.by_provider,
        by=current_user.id,
        at=clock.now(),
    )


def agree_to_change(side: Side) -> Any:
    """Agree to the change that was shown."""
    typed = request.form.get("variation", "")
    found = operations.agree_to_variation(
        match=side.match,
        voucher=side.voucher,
        variation_id=int(typed) if typed.isdecimal() and len(typed) < 16 else 0,
        by=current_user.id,
        at=clock.now(),
    )
    if found.needs_officer:
        flash("You have agreed. We look at the change before it counts.", "success")
    else:
        flash("You have agreed to the change. It counts from now on.", "success")
    return redirect(side.url("change"))


def refuse_change(side: Side) -> Any:
    """Say why not; what was agreed before stays."""
    form = RefusalForm()
    if form.carried_out(
        lambda: operations.refuse_variation(
            match=side.match,
            voucher=side.voucher,
            words=form.words.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash(f"{side.other} has been told that you don’t agree.", "success")
        return redirect(side.url("change"))
    page = render_template("variations/refuse.html", side=side, form=form)
    return page, 422 if form.is_submitted() else 200


def take_change_back(side: Side) -> Any:
    """Take the open change back."""
    operations.withdraw_variation(
        match=side.match,
        voucher=side.voucher,
        by_provider=side.by_provider,
        by=current_user.id,
        at=clock.now(),
    )
    flash("The change has been taken back. What you agreed before stays.", "success")
    return redirect(side.url("change"))
