"""Writes of scored rounds: plan, begin, scorers and their sheets, the ranked list, replacements."""
