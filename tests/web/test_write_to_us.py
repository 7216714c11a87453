"""Whoever is told to write to us reads where."""

import re
from pathlib import Path

from config import Settings
from tests.factories.scheme import AT, make_member, make_provider
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.providers.models import ProviderStatus

TEMPLATES = Path(__file__).parents[2] / "templates"
ADDRESS = Settings.mail_from
# By the component, or in words: " at ", then what gives the address.
WITHOUT = re.compile(r"(?<!\')[Ww]rite to us(?! at (?:\{\{ contact_email|\" ~ contact_email))")


def test_no_page_and_no_message_says_so_without_an_address():
    silent = []
    for path in sorted(TEMPLATES.rglob("*.*")):
        if path.name in ("write_to_us.html", "ended.html"):
            continue
        text = path.read_text()
        silent += [
            f"{path.name}: {text[one.start() : one.end() + 20]}" for one in WITHOUT.finditer(text)
        ]
    assert silent == []


def test_a_suspended_provider_reads_the_address_where_it_is_told_to_write(client, arrange):
    with arrange():
        provider = make_provider(
            status=ProviderStatus.SUSPENDED, suspended_at=AT, suspension_reason="Asked to explain."
        )
        person = make_member(Role.PROVIDER, provider=provider)
        session.expunge(person)
    client.sign_in(person)
    page = client.get("/provider/").page
    told = next(one for one in page.elements("a", href=f"mailto:{ADDRESS}"))
    assert f"Write to us at {ADDRESS} to settle it." in page.text
    assert told.text == ADDRESS


def test_every_page_has_the_address_at_its_foot(client):
    assert f"Write to us at {ADDRESS}" in client.get("/").page.text
