"""Reads of the books: `names`, `export`, `accounts`, `statements`, `periods`, `kept`."""
