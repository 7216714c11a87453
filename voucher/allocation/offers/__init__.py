"""Offers of the places that a draw or a ranked list gave: owed at once, made by the worker."""
