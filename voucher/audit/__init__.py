"""Append-only record of what was done: who, what, to which record, when and why.

Events hold ids and reasons from catalogues, never personal data, so that deletion under the law
leaves the chain whole. Writers only append; the worker *seals* events into a hash chain afterwards,
so that the chain never makes writers wait for each other.
"""
