"""Writes on applications, one file for each part of their life: `draft` and `submit` (the
business), `assess`, `decide` and `appeal` (the officers)."""
