"""Gateways to the outside: each sub-package is the only importer of the library it wraps.

A gateway is built from plain values, answers with small frozen dataclasses of ours, and raises
errors that say what the caller may do next. No business rule and no database lives here.
"""
