"""Paying providers: the exactly-once protocol over Stripe, its inbox, and reconciliation."""
