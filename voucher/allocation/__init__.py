"""Who gets a voucher when there is not enough for all: arms and assignments.

Rolling rounds assign each approved application to the voucher arm as it is decided.
"""
