"""Payments that finance lets go: the queue of those that are ready, trying out, releasing."""
