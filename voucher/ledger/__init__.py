"""Double-entry journal of the programme's money, append-only, in whole pence.

An entry moves an amount from the account it credits to the account it debits, in one row: a journal
sums to zero by construction, and no database needs a deferred trigger to make sure of it.
"""
