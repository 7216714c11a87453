"""From a problem to a provider: ranked, explained shortlist, the business's choice, the answer.

Out of scope: what the three parties agree costs the programme (vouchers)."""
