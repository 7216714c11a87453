"""What the logs say went wrong inside the processes: which jobs failed, of what, how often.

A job that fails is tried again and loses nothing, so this is no failure of the run by itself. What
Stripe's refusals and a lost connection explain is expected; anything else is worth a look.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

FAILED = re.compile(r"the job '([^']+)' failed")
RAISED = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)")
BROKEN_PAGE = re.compile(r"Exception on (\S+) \[\w+\]")


def troubles(logs: Path) -> Counter[str]:
    """Every kind of trouble in the logs of a folder, as "job or page: exception"."""
    found: Counter[str] = Counter()
    for log in sorted(logs.glob("*.log")):
        found.update(_in(log.read_text(errors="replace").splitlines()))
    return found


def _in(lines: list[str]) -> Iterator[str]:
    """Each failure's last exception; the ones before it in the same report were its causes."""
    where, raised = "", ""
    for line in lines:
        begun = FAILED.search(line) or BROKEN_PAGE.search(line)
        if begun:
            if where and raised:
                yield f"{where}: {raised}"
            where, raised = begun[1], ""
        elif where and (named := RAISED.match(line)) and "." in named[1]:
            raised = named[1].rpartition(".")[2]
    if where and raised:
        yield f"{where}: {raised}"
