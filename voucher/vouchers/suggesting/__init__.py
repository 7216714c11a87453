"""Round-wide suggestions: a plan of who could go to whom, and what businesses are told of it.

A plan is worked out by the worker, read by officers, and proposed or not. A suggestion takes no
place at an offering and binds nobody: the business still chooses from its whole list.
"""
