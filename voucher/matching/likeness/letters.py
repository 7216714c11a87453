"""Runs of three to five letters within words, as numbers: what forgives endings and misspellings.

"bookings", "booked" and "bookng" share most of their runs. A word is taken with one space on each
side, so that its beginning and its end count as such. Runs are kept as 32-bit hashes, which halves
the memory that an index needs: among half a million different ones some thirty meet another.
"""

import re
from typing import Any

SHORTEST, LONGEST = 3, 5
_WORD = re.compile(r"\S+")
_MULTIPLIER = 0x9E3779B97F4A7C15
_SECOND = 0xBF58476D1CE4E5B9


def letter_runs(text: str) -> Any:
    """Every run of the text, repeats included, as a numpy array of uint32."""
    import numpy as np

    padded = "".join(f" {word} " for word in _WORD.findall(text.casefold()))
    codes = np.frombuffer(padded.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < SHORTEST:
        return np.empty(0, dtype=np.uint32)
    spaces = codes == ord(" ")
    between = np.concatenate([[0], np.cumsum(spaces[:-1] & spaces[1:])])
    found = [_runs(codes, between, length) for length in range(SHORTEST, LONGEST + 1)]
    return np.concatenate(found)


def _runs(codes: Any, between: Any, length: int) -> Any:
    """The runs of one length, without those that reach over the gap between two words."""
    import numpy as np

    count = len(codes) - length + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint32)
    mixed = np.full(count, length, dtype=np.uint64)
    for place in range(length):
        mixed = (mixed ^ codes[place : place + count]) * np.uint64(_MULTIPLIER)
        mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(_SECOND)
    mixed ^= mixed >> np.uint64(32)
    whole = between[length - 1 : length - 1 + count] == between[:count]
    return mixed[whole].astype(np.uint32)
