"""Paying approved claims through Stripe, once each: transfer, hold, payout, and the proof of it.

Every request to Stripe stands between two transactions. The first takes the payment up (a lease)
and freezes the request with its idempotency key; the second enters what came of it. In between
nothing is locked, and a crash at any point leaves a row that another worker can take up.
"""
