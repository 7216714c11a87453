"""The demonstration's programme in the middle of its life, made by the real operations.

Nothing is written into tables from here: a timeline of some fourteen months is played, in which
fictional people call the operations of the product at moments in the past, the worker's jobs run
every working evening, and money moves through the Stripe emulator. So the audit chain, the ledger
and every status are what they would be had it all happened.
"""
