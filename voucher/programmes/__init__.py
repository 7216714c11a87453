"""Programmes and their rounds: budget, dates, values, rule set, terms. All settings are data."""
