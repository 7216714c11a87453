"""Second act: a shortlist with reasons, a choice, three who agree, a code that is redeemed."""

import re

from voucher.sandbox.cast import PASSWORD
from voucher.sandbox.rehearsal.browser import Browser, Stuck
from voucher.sandbox.rehearsal.signing_in import sign_in
from voucher.sandbox.rehearsal.supplying import bring_in_first_person
from voucher.sandbox.rehearsal.troupe import Troupe, date_parts, in_days

ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+\.\w+")
MOST_SHOWN = 10


def choose(troupe: Troupe) -> None:
    """The business has its shortlist made, reads the reasons, and takes the first it can."""
    business = troupe.browser("business")
    business.open(f"/business/vouchers/{troupe.voucher}/shortlist")
    business.send(to="/shortlist", button="Show me who can help")
    business.tell("asks who can help; the list, best fit first:")
    for heading, who, *reasons in business.page.cards[:MOST_SHOWN]:
        troupe.say(f"      {heading} ({who})")
        troupe.say(f"         {'; '.join(reasons[:-1])}")
    offered = [each for each in business.page.links if "/choose/OFF-" in each[1]]
    if not offered:
        raise Stuck(f"nothing on offer fits: {business.page.address}")
    choice = _take(troupe, offered)
    business.open(choice)
    troupe.offering = choice.rpartition("/")[2]
    business.send(to="/choose/", button="Choose this offering")
    business.tell(f"chooses {troupe.offering} of {troupe.provider_name}")


def _take(troupe: Troupe, offered: list[tuple[str, str]]) -> str:
    """The new provider's offering if it is on the list, else the first; its provider is signed in.

    Where it came from a catalogue and nobody acts for it yet, an officer invites somebody.
    """
    ours = [each for each in offered if each[0].endswith(f" by {troupe.wishes.provider}")]
    words, address = (ours or offered)[0]
    troupe.provider_name = words.rpartition(" by ")[2]
    if ours:
        troupe.browsers["provider"] = troupe.browser("new provider")
        return address
    email = _contact_of(troupe, troupe.provider_name)
    if email:
        sign_in(troupe.browser("provider"), email, PASSWORD)
    else:
        bring_in_first_person(troupe, troupe.provider_name)
    return address


def _contact_of(troupe: Troupe, name: str) -> str | None:
    """The address of somebody who acts for the provider, as an officer finds it."""
    officer = troupe.staff("caseworker")
    page = troupe.find_provider(officer, name)
    found = ADDRESS.search(officer.open(f"{page}/people").main) if page else None
    return found[0] if found else None


def accept(troupe: Troupe) -> None:
    """The provider accepts the work and names a day."""
    provider = troupe.browser("provider")
    provider.open("/provider/work/")
    match = _match_of(troupe, provider)
    provider.open(match)
    provider.tell("reads what the business needs")
    provider.open(f"{match}/accept")
    provider.send(date_parts("start_on", in_days(3)), button="Accept the work")
    provider.tell("accepts, to start in three days")


def _match_of(troupe: Troupe, provider: Browser) -> str:
    """The address of the request of our business, by its name on the request's page."""
    seen = [address for _, address in provider.page.links if "/work/MAT-" in address]
    for address in dict.fromkeys(seen):
        provider.open(address)
        if troupe.wishes.business in provider.page.words:
            return address
    raise Stuck(f"{troupe.provider_name} has no request of {troupe.wishes.business}")


def agree(troupe: Troupe) -> None:
    """The business agrees; the programme does by rule."""
    business = troupe.browser("business")
    business.open(f"/business/vouchers/{troupe.voucher}/agreement")
    business.send(to="/agreement", button="Agree")
    business.tell("agrees on scope, day and the five amounts")


def redeem(troupe: Troupe) -> None:
    """The provider types the code, sees what it is worth, and redeems it."""
    provider = troupe.browser("provider")
    provider.open("/provider/redeem")
    provider.send({"code": troupe.code}, button="Check the code")
    provider.tell("types the code and sees what it is worth")
    provider.send(to="/redeem/confirm", button="Redeem the voucher")
    provider.tell("redeems it: the money is committed")
