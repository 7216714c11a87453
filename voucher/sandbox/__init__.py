"""Rehearsal: stand-ins that speak the real protocols, and fictional demonstration material.

Everything here runs beside the application, never inside it: each stand-in is a process of its
own with its own store, and the application reaches it over real HTTP, exactly as it would reach
the service that the stand-in takes the place of.
"""
