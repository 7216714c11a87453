"""The question bank: the questions of every version, and the ladder of outcomes they measure.

A code never changes its meaning, and a version never changes once it was asked: a changed set is a
new version, and a stored response names the version it was asked in.
"""
