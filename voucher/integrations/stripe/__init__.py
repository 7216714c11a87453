"""Stripe: the only package that imports the `stripe` library.

gateway.py speaks to Stripe (or to the sandbox's emulator) over HTTP; webhooks.py verifies what
Stripe sends, without the library, so that the web process never loads it; errors.py says what a
failure means for the caller: unknown outcome, definite refusal, or a fault of our own set-up.
"""
