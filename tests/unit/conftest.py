"""Pure rules: no database, no clock, no network."""

from hypothesis import settings

# A library that is loaded at first use makes the first example slow; that is not a failure.
settings.register_profile("unit", deadline=None)
settings.load_profile("unit")
