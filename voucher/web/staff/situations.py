"""What to do when a claim does not go as agreed: who acts, where, what moves, and by when."""

from dataclasses import dataclass

from flask import Blueprint, render_template

from voucher.accounts.permissions import Permission
from voucher.claims.rules import AMENDMENT_DAYS, CONTRIBUTION_DAYS, DEADLINE_DAYS
from voucher.web.access import requires

blueprint = Blueprint("staff_situations", __name__, url_prefix="/staff/what-to-do")


@dataclass(frozen=True, slots=True)
class Situation:
    """One situation. `links`: (endpoint, words) of the officers' pages, without arguments."""

    key: str
    title: str
    who: str
    where: str
    amounts: str
    books: str
    deadline: str
    too_late: str
    links: tuple[tuple[str, str], ...] = ()


_CLAIMS = ("staff_claims.claims", "Claims")
_BACK = ("staff_clawbacks.clawbacks", "Money asked back")
_PAYMENTS = ("staff_payments.payments", "Payments")
_PROVIDERS = ("staff_providers.providers", "Providers")
_VOUCHERS = ("staff_vouchers.vouchers", "Vouchers")

SITUATIONS = (
    Situation(
        key="variation",
        title="Price or work changes before the voucher is redeemed",
        who="Business or provider proposes, the other answers. An officer agrees too where the "
        "price is higher or the work another.",
        where="“Agree on another price or other work” on the business’s agreement and the "
        "provider’s request. Officers answer under changes to agree to.",
        amounts="All five are worked out anew. The voucher pays its share, and never more than was "
        "awarded: for more support the business takes its choice back and applies anew, which "
        "brings a new subsidy notice.",
        books="Nothing moves: the whole award stays reserved. At redemption what is agreed then is "
        "committed, the rest goes back to the round, and the lower support is recorded.",
        deadline="The round’s working days for an answer, then for an officer’s decision, and the "
        "voucher’s last day: then the change ends. Nothing is redeemed while it is open.",
        too_late="Once redeemed, only less can be agreed: see partial delivery.",
        links=(("staff_variations.variations", "Changes to agree to"), _VOUCHERS),
    ),
    Situation(
        key="partial",
        title="Only part of the work is delivered",
        who="The provider offers a lower price, the business agrees or says why not.",
        where="“The amounts are no longer those you agreed?” on the provider’s claim, while it is "
        "being written. A claim that was sent is given back first.",
        amounts="Net price, VAT, voucher’s part and contribution go down together.",
        books="What the voucher pays less goes from committed back to the round, and the support "
        "on the business’s record is lowered.",
        deadline=f"The business answers within {AMENDMENT_DAYS} days.",
        too_late="Approved: ask the difference back, or cancel the payment before it is sent. "
        "Nothing delivered: no claim, cancel the voucher.",
        links=(_CLAIMS, _BACK),
    ),
    Situation(
        key="credit",
        title="The provider credits part of its invoice",
        who="The provider enters the credit note; before approval the business agrees.",
        where="“You credited part of the invoice” on the provider’s claim.",
        amounts="Before approval as for partial delivery. Afterwards claim and redemption keep "
        "what was approved, and the amounts after the note stand beside it.",
        books="Before approval the rest goes back to the round. Afterwards nothing moves until the "
        "difference is asked back.",
        deadline=f"The business answers within {AMENDMENT_DAYS} days.",
        too_late="Approved or paid: ask the difference back with the reason “credited”. A payout "
        "that has not left waits for that.",
        links=(_CLAIMS, _BACK),
    ),
    Situation(
        key="unpaid",
        title="The business has not paid its own part",
        who="Provider, business or officer says so. The business pays and shows it, or says why it "
        "need not; the provider says it has come; or an officer decides.",
        where="“You have not paid your part yet?” on the business’s claim; the claim’s own page "
        "for provider and officer.",
        amounts="They stay. The contribution has to be evidenced.",
        books="Nothing moves. The claim can’t be approved, so the money stays committed.",
        deadline=f"{CONTRIBUTION_DAYS} days, and again when an officer gives more time.",
        too_late="Not paid in the end: reject the claim; the money goes back to the round.",
        links=(_CLAIMS,),
    ),
    Situation(
        key="gone",
        title="The provider is insolvent or gone",
        who="An officer marks it as gone, with the reason; then settles what it leaves.",
        where="“Insolvent or gone” on the provider’s page, then “What it leaves to settle”.",
        amounts="They stay. Vouchers not redeemed last longer by the days since the business "
        "chose, and the business chooses again.",
        books="Not redeemed: the award stays reserved. Redeemed and unfinished: cancel the "
        "voucher, which releases the commitment; a voucher is redeemed once, so the business "
        "applies anew. Claims and unsent payments are held.",
        deadline="Choices end within a minute. The rest has the clocks of the claim.",
        too_late="Work done is owed to whoever winds it up: end the suspension once they have "
        "proved who they are; its offerings stay paused. A debt that will not come back is "
        "written off by two people.",
        links=(_PROVIDERS, _PAYMENTS, _BACK),
    ),
    Situation(
        key="dissolved",
        title="The business is dissolved",
        who="The register is asked daily. An officer decides on work done before.",
        where="A warning on the voucher’s page; a doubt on the claim before paying.",
        amounts="They stay.",
        books="Before the award nothing is reserved. Not redeemed: cancel the voucher, and the "
        "whole award goes back to the round. Work confirmed before: clear the doubt with "
        "that reason, and the claim is approved and paid. Otherwise refuse it with the reason the "
        "provider reads, and reject the claim: the commitment goes back.",
        deadline=f"A business that can’t confirm any more has let {DEADLINE_DAYS} days pass (or "
        "the round’s) when an officer may enter what was found.",
        too_late="Sent already: the work was owed. If it was not done, ask the money back.",
        links=(("staff_screening.waiting", "Doubts before paying"), _VOUCHERS),
    ),
    Situation(
        key="vat",
        title="The provider’s VAT changes between agreement and invoice",
        who="The provider offers the amounts at its new rate, the business agrees.",
        where="“Your VAT has changed” on the provider’s claim. Before redemption, as a change of "
        "the agreement. Officers put the registration itself right on the provider’s page, under "
        "VAT.",
        amounts="VAT and contribution change; price before VAT and voucher’s part stay.",
        books="Nothing moves: the voucher never pays VAT.",
        deadline=f"The business answers within {AMENDMENT_DAYS} days.",
        too_late="Approved: nothing of ours changes. Provider and business settle the VAT.",
        links=(_CLAIMS, _PROVIDERS),
    ),
    Situation(
        key="invoice",
        title="The invoice is corrected",
        who="The provider replaces it, while the claim is back with it.",
        where="“Replace the invoice with a corrected one” on the provider’s claim. The provider "
        "takes a claim that was sent back, or you give it back.",
        amounts="They stay those agreed. Others need the business: partial delivery, credit, VAT.",
        books="Nothing moves. The old number, date and file are kept.",
        deadline="Until the claim is sent again; the business then confirms again.",
        too_late="Approved: a wrong amount is asked back; a wrong number only is noted.",
        links=(_CLAIMS, _BACK),
    ),
)
"""In the order of a voucher's life."""


@blueprint.get("/")
@requires(Permission.CASE_READ)
def situations() -> str:
    """The eight situations, each with who acts, where, what moves, by when and what else."""
    return render_template("staff/claims/situations.html", situations=SITUATIONS)
