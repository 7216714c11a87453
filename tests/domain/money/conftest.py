"""The machine, ready to live."""

from collections import Counter

import pytest

from tests.domain.money.machine import Scheme, watched


@pytest.fixture
def scheme(database, emulator, tmp_path):
    """The machine on this database, before the emulator; its steps are counted from nothing."""
    writes = watched(database)

    class Here(Scheme):
        bench, folder, steps, refused, ends = database, tmp_path, 0, 0, Counter()

    Here.emulator, Here.writes = emulator, writes
    yield Here
    writes.close()
