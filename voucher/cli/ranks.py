"""`rank`: the text part of the shortlist's ranking, on any two files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from voucher.cli.tools import FILE, Tool, ToolError, in_one_line, print_json, read_text
from voucher.matching.likeness.index import Document, TextIndex, index_of


@click.command("rank", cls=Tool)
@click.option("--needs", type=FILE, required=True, help='Lines of {"id", "text"}.')
@click.option(
    "--offerings", type=FILE, required=True, help='Lines of {"id", "text"}; "title", "tags" count.'
)
@click.option("--top", type=click.IntRange(1), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each need.")
def rank_command(needs: Path, offerings: Path, top: int, as_json: bool) -> None:
    """Rank the texts of OFFERINGS for each text of NEEDS, the most alike first.

    Both are files of JSON lines. Equal scores stand in the order of the offerings' ids.
    """
    index = index_of([_document(line, where) for line, where in _lines(offerings)])
    # All are read before the first answer, so that a bad line leaves nothing half done.
    asked = [(line["id"], _text(line, "text", where)) for line, where in _lines(needs)]
    for name, text in asked:
        ranking = _best(index, text, top)
        if as_json:
            print_json({"need": name, "ranking": ranking})
        else:
            first = ", ".join(str(each["offering"]) for each in ranking[:5])
            click.echo(in_one_line(f"{name}: {first}"))


def _best(index: TextIndex, text: str, top: int) -> list[dict[str, Any]]:
    """The first `top` offerings with their scores, 0 to 1."""
    scores = index.compare(text).whole.round(9)
    rows = sorted(
        range(len(index.documents)),
        key=lambda row: (-scores[row], str(index.documents[row].key)),
    )
    return [
        {"offering": index.documents[row].key, "score": float(scores[row])} for row in rows[:top]
    ]


def _document(line: dict[str, Any], where: str) -> Document:
    tags = line.get("tags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ToolError(f"{where}: “tags” is not a list of strings")
    title = _text(line, "title", where) if line.get("title") else ""
    return Document(line["id"], title, _text(line, "text", where), tuple(map(_readable, tags)))


def _text(line: dict[str, Any], name: str, where: str) -> str:
    if not isinstance(line.get(name), str):
        raise ToolError(f"{where}: “{name}” is missing or not a string")
    return _readable(line[name])


def _readable(words: str) -> str:
    """Half of a surrogate pair, as cutting a text leaves it, is no character: it becomes “?”."""
    return words.encode("utf-8", "replace").decode()


def _lines(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Each line's object with where it stands; its id is there, a string or number, and new."""
    seen = set()
    for number, text in enumerate(read_text(path).split("\n"), start=1):
        if not text.strip():
            continue
        where = f"{path} line {number}"
        line = _object(text, where)
        name = line.get("id")
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise ToolError(f"{where}: “id” is missing or not a string or whole number")
        if name in seen:
            raise ToolError(f"{where}: the id “{name}” stands twice")
        seen.add(name)
        yield line, where


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ToolError(f"{where} is not JSON that can be read: {error}") from error
    if not isinstance(line, dict):
        raise ToolError(f"{where} is not an object")
    return line
