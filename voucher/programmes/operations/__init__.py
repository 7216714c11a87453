"""Writes on programmes and rounds: setting up (`rounds`), and the budget envelope (`budget`)."""
