"""Writes of screening: `lists` (sanctions lists), `parties` (the register's word on businesses and
providers), `checks` (what was found on a claim) and `referrals` (a person's answer to a doubt)."""
