"""Tests of the house itself: structure, boundaries, migrations, access."""
