"""The library's HTTP client for as long as an errand lasts. Imported late, as the library is."""

from typing import Any

import stripe

from voucher.integrations.stripe.errand import errand, is_over


class PunctualClient(stripe.RequestsClient):
    """Sends what the library asks for, but neither sends nor repeats after the errand's time."""

    def request_with_retries(self, *arguments: Any, **options: Any) -> Any:
        """One call with its repetitions: of the errand under way, or one of its own."""
        with errand():
            return super().request_with_retries(*arguments, **options)

    def request(self, *arguments: Any, **options: Any) -> Any:
        """One try. Raises the library's APIConnectionError, not to be tried again, when late."""
        if is_over():
            late: Any = stripe.APIConnectionError
            raise late("Too much time had passed to ask Stripe any more.", should_retry=False)
        return super().request(*arguments, **options)
