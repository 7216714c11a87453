"""Rounds shared by scores: plan, scorers, marks, the ranked list that two people settle.

The rule itself is `voucher.allocation.scoring`.
"""
