"""Reads for the evaluation: `surveys`, `reports`, and `round_data` (the rows of a report)."""
