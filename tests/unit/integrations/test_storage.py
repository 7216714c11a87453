"""The content-addressed store, on a real folder."""

import hashlib
import os
from io import BytesIO

import pytest

from voucher.integrations.storage import (
    ContentDamaged,
    ContentMissing,
    ContentStore,
    StoredContent,
    TooLarge,
)

CONTENT = b"invoice 17" * 40_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path):
    return ContentStore(tmp_path / "files")


def everything_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_can_be_opened(store):
    assert store.put(BytesIO(CONTENT), len(CONTENT)) == StoredContent(DIGEST, len(CONTENT))
    with store.open(DIGEST) as stream:
        assert stream.read() == CONTENT
    assert store.verify(DIGEST) == len(CONTENT)


def test_an_empty_content_is_a_content(store):
    stored = store.put(BytesIO(b""), 10)
    assert stored.size == 0
    assert store.has(stored.sha256)


def test_the_same_content_lies_once(store, tmp_path):
    store.put(BytesIO(CONTENT), len(CONTENT))
    store.put(BytesIO(CONTENT), len(CONTENT))
    assert [path.name for path in everything_in(tmp_path)] == [DIGEST]


def test_a_content_over_the_limit_leaves_nothing_behind(store, tmp_path):
    with pytest.raises(TooLarge) as refusal:
        store.put(BytesIO(CONTENT), len(CONTENT) - 1)
    assert refusal.value.limit == len(CONTENT) - 1
    assert everything_in(tmp_path) == []


class Endless:
    """A stream without end that counts what was asked of it."""

    given = 0

    def read(self, size):
        self.given += size
        return b"x" * size


def test_an_endless_stream_is_read_one_byte_past_the_limit(store):
    stream = Endless()
    with pytest.raises(TooLarge):
        store.put(stream, 1_000_000)
    assert stream.given == 1_000_001


def test_a_stream_that_breaks_off_leaves_nothing_behind(store, tmp_path):
    class Broken:
        def read(self, size):
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(Broken(), 10)
    assert everything_in(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../" * 21 + "a",
        "/etc/passwd",
        DIGEST.upper(),
        DIGEST[:-1],
        DIGEST + "0",
        DIGEST + "\n",
        DIGEST[:-1] + "\0",
        "٣" * 64,
        DIGEST[:32] + "/" + DIGEST[33:],
    ],
)
def test_what_is_no_digest_never_reaches_the_disk(store, name):
    for act in (store.open, store.has, store.verify, store.remove):
        with pytest.raises(ContentMissing):
            act(name)


def test_an_unknown_digest_is_missing(store):
    assert not store.has(DIGEST)
    with pytest.raises(ContentMissing):
        store.open(DIGEST)


def test_damage_is_noticed(store, tmp_path):
    store.put(BytesIO(CONTENT), len(CONTENT))
    (path,) = everything_in(tmp_path)
    os.chmod(path, 0o600)
    path.write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(ContentDamaged):
        store.verify(DIGEST)


def test_what_is_removed_is_gone_and_may_be_removed_again(store):
    store.put(BytesIO(CONTENT), len(CONTENT))
    store.remove(DIGEST)
    store.remove(DIGEST)
    assert not store.has(DIGEST)
