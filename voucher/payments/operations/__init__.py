"""Writes on payments: `queueing` (which claims, released, retried, cancelled), `sending` (taking up
a request and entering its outcome), `following` (what became of a payout), `accounts`, `top_ups`,
`inbox` (webhooks) and `reconciliation`."""
