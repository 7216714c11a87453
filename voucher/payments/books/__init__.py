"""The books for people: accounts, moves, statements, periods, the file for accountants.

Read from the ledger, with the names of rounds, providers and claims. What is kept (a funder's
claim, a closed year, a statement's document) is kept with its figures and their hash.
"""
