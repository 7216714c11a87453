"""Writes of allocation: assignments (assign), the steps of a draw (steps), replacements."""
