"""Reads of applications: `drafts` (the business's own side) and `staff` (queue and case page)."""
