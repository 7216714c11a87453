"""Clawbacks: money that was transferred for a claim and is asked back.

One person asks, another approves. While the money lies in the provider's Stripe account the worker
reverses the transfer, whole or in part; once it has left, the provider owes it and it comes back
by being set off against later payments or by invoice, or two people write it off.
"""
