"""Files that commands write: one that can’t be written is refused before the work is done."""

import os
from pathlib import Path
from typing import Any

import click


class NewFile(click.Path):
    """A path to write to, as a Path: in a folder that is there, of what may be written."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The path, or a usage error that says what stands in its way."""
        path = Path(super().convert(value, param, ctx))
        if not path.parent.is_dir():
            self.fail(f"there is no folder {path.parent}", param, ctx)
        if not os.access(path.parent, os.W_OK):
            self.fail(f"the folder {path.parent} can’t be written to", param, ctx)
        return path


NEW_FILE = NewFile()
