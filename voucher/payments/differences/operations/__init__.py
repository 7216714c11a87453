"""Writes on differences: `noting` (found, gone, explained), `unexplained` (movements that nobody
here made, and what they were), `undoing` (what fits them), `saying` (who said what), `signing`."""
