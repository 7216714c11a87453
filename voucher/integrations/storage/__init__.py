"""Where evidence and generated documents lie: a content-addressed store on disk.

Knows bytes and their SHA-256, nothing of whose they are or what they mean; that is `voucher.files`.
"""

from voucher.integrations.storage.store import (
    ContentDamaged,
    ContentMissing,
    ContentStore,
    StoredContent,
    TooLarge,
)

__all__ = ["ContentDamaged", "ContentMissing", "ContentStore", "StoredContent", "TooLarge"]
