"""The arms of a draw as a programme manager types them: one a line, `kind; name; per cent`."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from voucher.programmes.models import Arm
from voucher.programmes.rules import arms_of

LINE = "Line {}: write a kind, a name and a share in per cent, like “voucher; Voucher; 50”."
KINDS = ", ".join(arm.value for arm in Arm)


def read_arms(text: str) -> list[dict[str, Any]]:
    """The arms in `text`; ValueError, naming the line, for one that can't be read."""
    lines = [line.strip() for line in text.splitlines()]
    return [_arm(number, line) for number, line in enumerate(lines, 1) if line]


def write_arms(arms: Iterable[Mapping[str, Any]]) -> str:
    """Stored arms as they are typed."""
    return "\n".join(
        f"{arm['arm']}; {arm['name']}; {_percent(arm['share_bps'])}" for arm in arms_of(list(arms))
    )


def _arm(number: int, line: str) -> dict[str, Any]:
    parts = [part.strip() for part in line.split(";")]
    if len(parts) != 3 or not parts[1]:
        raise ValueError(LINE.format(number))
    kind, name, share = parts
    if kind not in {arm.value for arm in Arm}:
        raise ValueError(f"Line {number}: the kind is one of {KINDS}.")
    found = re.fullmatch(r"(\d{1,3})(?:\.(\d{1,2}))?%?", share, re.ASCII)
    if found is None:
        raise ValueError(LINE.format(number))
    share_bps = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    return {"code": _code(name), "arm": kind, "name": name, "share_bps": share_bps}


def _code(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _percent(share_bps: int) -> str:
    return f"{share_bps / 100:g}"
