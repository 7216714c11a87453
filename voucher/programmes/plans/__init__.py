"""The analysis plan of a round as it is kept: drawn up, locked with its hash, and departed from.

What a plan says is the evaluation's business (`voucher.evaluation.plans`). Here it is only content
with a hash, which lower packages can ask about: no list is frozen before a plan is locked.
"""
