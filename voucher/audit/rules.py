"""What is hashed, and how: pure functions that anybody can repeat in another language."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def content_sha256(
    *,
    at: datetime,
    actor_user_id: int | None,
    actor_kind: str,
    action: str,
    record_kind: str,
    record_id: int,
    case_reference: str | None,
    details: Mapping[str, Any],
) -> str:
    """SHA-256 (hex) over the event's canonical JSON: keys sorted, no spaces, UTF-8, time in UTC."""
    content = {
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_user_id": actor_user_id,
        "actor_kind": actor_kind,
        "action": action,
        "record_kind": record_kind,
        "record_id": record_id,
        "case_reference": case_reference,
        "details": details,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def seal_hash(*, position: int, event_id: int, previous_hash: str, content: str) -> str:
    """SHA-256 (hex) that chains one event's content hash to the seal before it."""
    line = f"{position}|{event_id}|{previous_hash}|{content}"
    return hashlib.sha256(line.encode()).hexdigest()
