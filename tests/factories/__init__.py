"""Makers of records for tests: straight into the tables, with sensible values everywhere."""
