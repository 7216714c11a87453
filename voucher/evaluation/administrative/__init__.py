"""Figures from official records, brought as a file: read, looked at, kept, found again."""
