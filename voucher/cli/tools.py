"""Commands that work on a file alone: no settings, no database, no network.

They share one way of reading, printing and failing: JSON alone on standard output, everything else
on standard error, an error in one line with exit status 2. `flask voucher draw` and the others
start a bare application (`application`), so that they run in an empty environment and at once.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from voucher.core.errors import DomainError

TOOLS = {
    "draw": ("voucher.cli.draws", "draw_command"),
    "verify-draw": ("voucher.cli.draws", "verify_command"),
    "verify-ranking": ("voucher.cli.ranked_lists", "verify_ranking_command"),
    "rank": ("voucher.cli.ranks", "rank_command"),
    "assign": ("voucher.cli.assignments", "assign_command"),
    "evaluate": ("voucher.cli.evaluations", "evaluate_command"),
}
"""Command → module and name of its function. Loaded only when asked for."""

FILE = click.Path(exists=True, dir_okay=False, readable=True, allow_dash=False, path_type=Path)


class ToolError(click.ClickException):
    """Why a tool could not do its work: one line on standard error, exit status 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(in_one_line(message))


class Tool(click.Command):
    """A command whose every failure, wrong options too, is one line and exit status 2."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _one_line_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _one_line_errors():
            return super().invoke(ctx)


def commands() -> tuple[click.Command, ...]:
    """All the tools."""
    return tuple(getattr(import_module(module), name) for module, name in TOOLS.values())


def asked_for(arguments: Sequence[str]) -> bool:
    """Whether the words of a command line (the program first) ask for a tool."""
    program, words = Path(arguments[0]), arguments[1:]
    by_flask = program.stem == "flask" or program.parts[-2:] == ("flask", "__main__.py")
    return by_flask and any(
        group == "voucher" and command in TOOLS for group, command in pairwise(words)
    )


def application() -> Flask:
    """An application that knows the tools and nothing else, not even its settings."""
    app = Flask("voucher")
    group = AppGroup("voucher", help="Work on files alone.")
    for command in commands():
        group.add_command(command)
    app.cli.add_command(group)
    return app


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, without the signature that some programs put first."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ToolError(f"{path} can’t be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ToolError(f"{path} is not UTF-8: byte {error.start + 1} is wrong") from error


def read_json(path: Path, hook: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """What a JSON file holds. A key that stands twice in one object is refused.

    `hook` may be given the pairs of each object instead (it is then to refuse such a key itself).
    """
    text = read_text(path)
    try:
        return json.loads(text, object_pairs_hook=hook or _without_repeats)
    except (ValueError, RecursionError) as error:
        raise ToolError(f"{path} is not JSON that can be read: {error}") from error


def print_json(value: Any) -> None:
    """One JSON value on standard output, in ASCII whatever the terminal's language is."""
    click.echo(json.dumps(value, allow_nan=False))


def say(words: str) -> None:
    """One line for the person, on standard error."""
    click.echo(in_one_line(words), err=True)


def _without_repeats(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"“{twice}” stands twice in one object")
    return found


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        raise ToolError(error.format_message()) from error
    except DomainError as error:
        raise ToolError(str(error)) from error
    except MemoryError as error:
        raise ToolError("there is not enough memory for this file") from error


def in_one_line(words: str) -> str:
    """Words that any terminal can show in one line: what it can't is replaced."""
    line = " ".join(words.split())
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line
    )
