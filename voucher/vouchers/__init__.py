"""The award and the voucher: amount, code, life, redemption, extension, expiry, cancellation.

Out of scope: who gets one (applications, allocation), what the provider claims for it (claims)."""
