"""Trying the ways of sharing a round on past or test applications, before the round opens.

Nothing here decides about anybody: what is kept is that somebody tried, on what, and what came out.
"""
