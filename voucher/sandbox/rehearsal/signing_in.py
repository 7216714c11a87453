"""Getting in: registering with an e-mail to confirm, and signing in, with a code if asked."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from voucher.sandbox.mailbox import list_messages, read_message
from voucher.sandbox.rehearsal.browser import Browser, Stuck

PATIENCE_SECONDS = 60.0
GLANCE_SECONDS = 0.5
SHOWN_CODE = re.compile(r"the app shows\W*(\d{6})")


def wait_for(what: str, look: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> object:
    """What `look` gives, as soon as it gives something. Raises Stuck when it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(GLANCE_SECONDS)
    raise Stuck(f"waited {seconds:.0f} seconds in vain for {what}")


def sign_in(browser: Browser, email: str, password: str) -> None:
    """Sign in through the form, and type the code that the demonstration shows if one is asked."""
    browser.open("/account/sign-in")
    browser.send({"email": email, "password": password}, to="sign-in", button="Sign in")
    shown = SHOWN_CODE.search(browser.page.words)
    if shown:
        browser.send({"code": shown[1]}, button="Continue")
    if "/account/sign-in" in browser.path or "/account/code" in browser.path:
        raise Stuck(f"{browser.name} could not sign in as {email}: {browser.page.heading}")
    browser.tell(f"signs in as {email}" + (" with a code" if shown else ""))


def register(browser: Browser, *, name: str, email: str, password: str, mailbox: Path) -> None:
    """Create an account, read the e-mail, press the button behind its link, sign in."""
    browser.open("/account/register")
    answers = {"full_name": name, "email": email, "password": password}
    if "password_confirm" in browser.page.form(having="email").names:
        answers["password_confirm"] = password
    browser.send(answers, button="Create an account")
    browser.tell(f"creates an account for {email}")
    link = letter_link(mailbox, to=email, path="/account/confirm/")
    browser.open(link)
    browser.tell("opens the link in the e-mail: nothing is confirmed yet")
    browser.send(button="Confirm my address")
    browser.tell("presses the button: the address is confirmed")
    if browser.path.startswith("/account/sign-in") or "sign-in" in browser.path:
        sign_in(browser, email, password)


def letter_link(mailbox: Path, *, to: str, path: str) -> str:
    """The address in the newest message to `to` that leads to `path`. Waits for the message."""
    wanted = re.compile(rf"https?://[^\s<>\"]*{re.escape(path)}[^\s<>\"]*")

    def look() -> str | None:
        for summary in list_messages(mailbox, to=to, limit=20):
            found = wanted.search(read_message(mailbox, summary.name).text)
            if found:
                return found[0]
        return None

    return str(wait_for(f"an e-mail to {to} with a link to {path}", look))
