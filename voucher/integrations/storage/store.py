"""A content-addressed store: each content lies once, under its SHA-256, and is never altered.

Layout: `<root>/<first two hex digits>/<whole digest>`, beside `<root>/incoming/` for what is still
arriving. A content appears by an atomic rename once its bytes have reached the disk, so a reader
sees all of it or nothing, and a crash leaves only a file in `incoming/`.
"""

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK = 256 * 1024
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class TooLarge(Exception):
    """The stream held more bytes than its limit; nothing was stored. `limit` is in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


class ContentMissing(Exception):
    """No content with this digest is stored (or what was asked for is no digest)."""


class ContentDamaged(Exception):
    """What lies under a digest is no longer what was stored there."""


@dataclass(frozen=True)
class StoredContent:
    """What was stored: `sha256` in lower-case hex (64 characters), `size` in bytes."""

    sha256: str
    size: int


class ContentStore:
    """The store under one folder. Many processes may use the same folder at once."""

    def __init__(self, root: Path | str) -> None:
        self._root = Path(root)

    def put(self, stream: BinaryIO, limit: int) -> StoredContent:
        """Store what `stream` still holds and say under which digest.

        At most `limit` bytes are accepted; reading stops at the first byte over it, so a stream
        without end costs no more. Storing the same content again is harmless. Raises TooLarge.
        """
        incoming = self._folder("incoming")
        descriptor, name = tempfile.mkstemp(dir=incoming)
        try:
            with os.fdopen(descriptor, "wb") as target:
                content = _copy(stream, target, limit)
                target.flush()
                os.fsync(target.fileno())
            self._settle(Path(name), content.sha256)
        finally:
            with suppress(FileNotFoundError):  # the rename has taken it away when all went well
                os.unlink(name)
        return content

    def open(self, sha256: str) -> BinaryIO:
        """Open the content for reading; the caller closes it. Raises ContentMissing."""
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError:
            raise ContentMissing(sha256) from None

    def has(self, sha256: str) -> bool:
        """Say whether the content is stored. Raises ContentMissing for what is no digest."""
        return self._path(sha256).is_file()

    def verify(self, sha256: str) -> int:
        """Read the content through and give its size in bytes.

        Raises ContentMissing when it is not there and ContentDamaged when its bytes no longer have
        this digest.
        """
        digest, size = hashlib.sha256(), 0
        with self.open(sha256) as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        if digest.hexdigest() != sha256:
            raise ContentDamaged(sha256)
        return size

    def remove(self, sha256: str) -> None:
        """Delete the content where law demands it. Removing what is not there is harmless."""
        self._path(sha256).unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        # Only a whole digest names a content: "..", "/", NUL and upper case never reach the disk.
        if not isinstance(sha256, str) or not DIGEST.fullmatch(sha256):
            raise ContentMissing("not a digest")
        return self._root / sha256[:2] / sha256

    def _folder(self, name: str) -> Path:
        folder = self._root / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def _settle(self, arrived: Path, sha256: str) -> None:
        path = self._path(sha256)
        folder = self._folder(path.parent.name)
        arrived.chmod(0o400)
        os.replace(arrived, path)
        _flush_folder(folder)


def _copy(stream: BinaryIO, target: BinaryIO, limit: int) -> StoredContent:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(min(CHUNK, limit + 1 - size)):
        size += len(chunk)
        if size > limit:
            raise TooLarge(limit)
        digest.update(chunk)
        target.write(chunk)
    return StoredContent(digest.hexdigest(), size)


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable: on POSIX a name lives in its folder's own data."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
