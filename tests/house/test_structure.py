"""Where things stand, how long they are, and who may commit, read the clock or call outside."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "voucher").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN_NAMES = {"utils", "util", "helpers", "misc", "manager", "common"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@dataclass(frozen=True)
class Module:
    """What the tests ask of a module. It is read once, and its tree is not kept."""

    functions: tuple[tuple[str, int], ...]
    """Where each begins, with its name, and its lines."""
    swallowed: tuple[str, ...]
    """Where an exception is caught and nothing done."""
    is_silent: bool
    """Whether it has code and does not say what for."""


@cache
def module(path: Path) -> Module:
    tree = ast.parse(path.read_text())
    nodes = list(ast.walk(tree))
    return Module(
        functions=tuple(
            (f"{name_of(path)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1)
            for node in nodes
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ),
        swallowed=tuple(
            f"{name_of(path)}:{node.lineno}"
            for node in nodes
            if isinstance(node, ast.ExceptHandler)
            and len(node.body) == 1
            and isinstance(node.body[0], ast.Pass)
        ),
        is_silent=bool(path.read_text().strip()) and ast.get_docstring(tree) is None,
    )


def lines_with(pattern: str, allowed: str) -> list[str]:
    """Where code (not comments) matches `pattern`, outside the files that `allowed` matches."""
    return [
        f"{name_of(path)}:{number}"
        for path in SOURCES
        if not re.match(allowed, name_of(path))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line.split("#")[0])
    ]


def test_there_is_something_to_look_at():
    assert len(SOURCES) > 50
    assert len(TEMPLATES) > 20


def test_only_the_database_module_commits():
    assert lines_with(r"\.commit\(", r"voucher/core/db\.py|voucher/sandbox/") == []


def test_only_the_clock_reads_the_clock():
    pattern = r"datetime\.(now|utcnow)\(|date\.today\(|time\.time\("
    assert lines_with(pattern, r"voucher/core/clock\.py|voucher/sandbox/") == []


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"^\s*(import|from) flask\b", r"voucher/(web|cli|sandbox)/|voucher/__init__\.py"),
        (r"^\s*(import|from) stripe\b", r"voucher/integrations/stripe/"),
        (r"^\s*(import|from) weasyprint\b", r"voucher/integrations/pdf/"),
        (r"^\s*(import|from) smtplib\b", r"voucher/integrations/mail/"),
    ],
)
def test_outside_libraries_stay_behind_their_door(pattern, allowed):
    assert lines_with(pattern, allowed) == []


def test_no_function_is_longer_than_fifty_lines():
    long = [
        (where, length)
        for path in SOURCES
        for where, length in module(path).functions
        if length > 50
    ]
    assert long == []


def test_functions_are_short_as_a_rule():
    lengths = sorted(length for path in SOURCES for _, length in module(path).functions)
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[int(len(lengths) * 0.9)] <= 30


def test_no_file_is_longer_than_four_hundred_lines():
    long = {name_of(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in long.items() if length > 400} == {}


def test_templates_stay_under_a_hundred_lines_as_a_rule():
    lengths = sorted(len(path.read_text().splitlines()) for path in TEMPLATES)
    assert lengths[int(len(lengths) * 0.9)] <= 100
    assert lengths[-1] <= 150


def test_no_module_has_a_name_that_says_nothing():
    assert [name_of(path) for path in SOURCES if path.stem in FORBIDDEN_NAMES] == []


def test_every_module_says_what_it_is_for():
    silent = [name_of(path) for path in SOURCES if module(path).is_silent]
    assert silent == []


def test_no_exception_is_swallowed():
    swallowed = [where for path in SOURCES for where in module(path).swallowed]
    assert swallowed == []


def test_templates_have_no_inline_script_or_style():
    inline = [
        name_of(path)
        for path in TEMPLATES
        if not re.match(r"templates/(reports|emails|security/email)/", name_of(path))
        and re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", path.read_text())
    ]
    assert inline == []
