"""Templates for what is written outside a request: letters and reports."""

from collections.abc import Mapping
from typing import Any

from flask import current_app

from voucher.integrations.services import Services
from voucher.notifications.operations import Desk
from voucher.web.display import identity


def render(template: str, context: Mapping[str, Any]) -> str:
    """The template with `context` and the scheme's identity; nobody is signed in here."""
    found = current_app.jinja_env.get_template(template)
    return found.render({**identity(), **context})


def desk_of(services: Services) -> Desk:
    """What writing letters takes, from the settings."""
    settings = services.settings
    return Desk(
        render=render,
        base_url=settings.base_url.rstrip("/"),
        survey_key=settings.digest_key.encode(),
        bank_cooling_days=settings.bank_change_cooling_days,
    )


def mail_domain(services: Services) -> str:
    """The domain of the sender's address, which makes message ids."""
    return services.settings.mail_from.rpartition("@")[2]
