"""Checks before money moves: is the company live, is the payee who it says, is anybody sanctioned,
are the two parties tied to each other, is the claim split or made twice. Doubts go to a person."""
