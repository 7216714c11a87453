"""The project's own Stripe emulator: a separate process that speaks Stripe's wire protocol.

Scope: connected accounts with a hosted onboarding page, transfers, reversals, top-ups, manual
payouts, balances, balance transactions, events and signed webhooks, with Stripe's idempotency,
pagination, scoping and error bodies. State is on disk (SQLite), time is its own clock, faults are
ordered through `/_control/`. Amounts are whole pence, times are Unix seconds.

Start it with `python -m voucher.sandbox.stripe_emulator --port PORT --data DIRECTORY`.
It moves no money and must never be reachable from outside the machine.
"""
