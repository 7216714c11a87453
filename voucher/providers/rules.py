"""Pure rules on providers: who may work under the scheme on a day."""

from collections.abc import Iterable
from datetime import date

from voucher.providers.models import (
    DueDiligenceItem,
    DueDiligenceStatus,
    Provider,
    ProviderStatus,
)


def may_work(provider: Provider, items: Iterable[DueDiligenceItem], today: date) -> bool:
    """Whether the provider is approved and not suspended, with every check passed and in date.

    `today` is the date in London; the last day of an insurance or a check counts.
    """
    if provider.status is not ProviderStatus.APPROVED:
        return False
    return all(
        item.status is DueDiligenceStatus.PASSED
        and (item.expires_on is None or item.expires_on >= today)
        for item in items
    )
