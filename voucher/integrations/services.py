"""The outside services, as the settings name them, in one frozen object for entry points."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voucher.integrations.companies_house.gateway import CompaniesHouseGateway
from voucher.integrations.mail.gateway import Security, SmtpGateway
from voucher.integrations.storage.store import ContentStore
from voucher.integrations.stripe.gateway import StripeGateway

if TYPE_CHECKING:
    from config import Settings


@dataclass(frozen=True)
class Services:
    """One gateway per outside service, and the settings they were made from."""

    settings: "Settings"
    stripe: StripeGateway
    register: CompaniesHouseGateway
    mail: SmtpGateway
    store: ContentStore


def make_services(settings: "Settings") -> Services:
    """Make the gateways; nothing is called until one is used."""
    return Services(
        settings=settings,
        stripe=StripeGateway(settings.stripe_secret_key, settings.stripe_api_base),
        register=CompaniesHouseGateway(settings.companies_house_key, settings.companies_house_base),
        mail=SmtpGateway(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.mail_from,
            sender_name=settings.scheme_name,
            username=settings.smtp_user or None,
            password=settings.smtp_password or None,
            security=Security.STARTTLS if settings.smtp_tls else Security.NONE,
        ),
        store=ContentStore(settings.data_dir / "files"),
    )
