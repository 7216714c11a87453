"""Reports that are published: signed off by an evaluator, published by a programme manager, kept.

Nothing here is ever changed or taken back: a newer version supersedes an older one, with a note on
why, and both stay where they were.
"""
