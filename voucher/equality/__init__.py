"""Equality monitoring: short voluntary questions, kept apart from the case they were asked beside.

Who decides never meets them. The table of answers holds no application, no person and no moment,
only a keyed digest; nothing of it goes into a case, a search, an extract or the record of events.
Only the business that answered writes here, and only the evaluator's job reads, to count.
"""
