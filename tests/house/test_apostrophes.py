"""Words that people read are set with typographic apostrophes, everywhere alike."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path for kind in ("html", "txt") for path in (ROOT / "templates").rglob(f"*.{kind}")
)
BEHIND = ("cli", "integrations", "sandbox")
"""Packages whose words only operators read, on a terminal or in a log."""
SOURCES = sorted(
    path
    for path in (ROOT / "voucher").rglob("*.py")
    if path.relative_to(ROOT / "voucher").parts[0] not in BEHIND
)
STRAIGHT = re.compile(r"\w*[^\W\d_]'[^\W\d_]\w*|(?<![\w'])\w+s' (?=\w)")
MARKUP = re.compile(r"<[^>]*>")


def words_of_template(source: str) -> Iterator[str]:
    """The text between tags, then every string handed to a macro; comments and code are left out.

    What is shown by an expression is one letter here, so that an apostrophe behind it is found.
    """
    plain, literals = [], []
    for _line, kind, value in Environment().lex(source):
        if kind == "data":
            plain.append(value)
        elif kind == "string":
            literals.append(value[1:-1])
        elif kind == "variable_begin":
            plain.append("x")
    yield MARKUP.sub(" ", "".join(plain))
    yield from literals


def words_of_source(source: str) -> Iterator[str]:
    """Every string of the program but docstrings."""
    tree = ast.parse(source)
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def straight_in(texts: Iterator[str]) -> list[str]:
    return [found for text in texts for found in STRAIGHT.findall(text)]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>It can't be</p>", ["can't"]),
        ("<p>It can’t be</p>{# can't #}{% if x == 'a' %}{{ y['b'] }}{% endif %}", []),
        ("""<a href='{{ x }}' title="one's own">Go</a>""", []),
        ("""{{ empty("A round's budget") }}""", ["round's"]),
        ("{{ name }}'s <b>O'Neill</b>", ["x's", "O'Neill"]),
    ],
)
def test_the_test_finds_what_it_should(source, found):
    assert straight_in(words_of_template(source)) == found


def test_a_sentence_in_the_program_is_found_and_a_docstring_is_not():
    source = '"""It isn\'t."""\nx = "can\'t"\n"""nor\'s this"""\n'
    assert straight_in(words_of_source(source)) == ["can't"]


def test_no_template_says_it_with_a_straight_one():
    assert len(TEMPLATES) > 200
    found = {
        str(path.relative_to(ROOT)): words
        for path in TEMPLATES
        if (words := straight_in(words_of_template(path.read_text())))
    }
    assert found == {}


def test_no_words_of_the_program_do_either():
    assert len(SOURCES) > 100
    found = {
        str(path.relative_to(ROOT)): words
        for path in SOURCES
        if (words := straight_in(words_of_source(path.read_text())))
    }
    assert found == {}
