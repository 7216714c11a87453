"""Writes on releases: `releasing`."""
