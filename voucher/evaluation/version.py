"""The version of the code that makes figures, which every report and extract names."""

import hashlib
from functools import cache
from pathlib import Path


@cache
def code_version() -> str:
    """The first 12 hex digits of the SHA-256 over the sources that make the figures, in order."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + b"\x00" + path.read_bytes())
    return digest.hexdigest()[:12]
