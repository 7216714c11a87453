"""Writes of scored rounds: plan, begin, scorers and their sheets, sheets taken off them, the ranked
list, replacements."""
