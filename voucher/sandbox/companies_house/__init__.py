"""A local stand-in for the register of companies, for the demonstration and for tests.

It speaks the register's public data API (company profile, officers, errors, key as user name) for
the companies of a file, and misbehaves on purpose for a few reserved numbers. It is not the
register: every company it knows is fictional, with a number above any that has been issued.

    python -m voucher.sandbox.companies_house --port 8002 --data companies.json
"""
