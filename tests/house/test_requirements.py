"""Every package that is needed is pinned, and only what is pinned is needed."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def pins_of(name):
    """Package name → (version, extras) of one requirements file, without what it includes."""
    found = {}
    for line in (ROOT / name).read_text().splitlines():
        words = line.partition("#")[0].strip()
        if not words or words.startswith("-r"):
            continue
        requirement = Requirement(words)
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", f"{name}: {words} is not pinned"
        found[canonicalize_name(requirement.name)] = (specifier.version, requirement.extras)
    return found


RUN = pins_of("requirements.txt")
ALL = RUN | pins_of("requirements-dev.txt")


def needs_of(name, extras):
    """The names of the packages that the installed package `name` needs here."""
    for text in distribution(name).requires or []:
        requirement = Requirement(text)
        marker = requirement.marker
        wanted = [{"extra": extra} for extra in extras] or [{"extra": ""}]
        if marker is None or any(marker.evaluate(environment) for environment in wanted):
            yield canonicalize_name(requirement.name)


@pytest.mark.parametrize("pins", [RUN, ALL], ids=["run", "dev"])
def test_the_closure_is_pinned(pins):
    missing = {
        f"{need} (for {name})"
        for name, (_, extras) in pins.items()
        for need in needs_of(name, extras)
        if need not in pins
    }
    assert not missing


def test_what_is_installed_is_what_is_pinned():
    wrong = {}
    for name, (version, _) in ALL.items():
        try:
            installed = distribution(name).version
        except PackageNotFoundError:
            installed = None
        if installed != version:
            wrong[name] = (version, installed)
    assert not wrong


def test_no_address_of_an_index_is_written_down():
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert not re.search(r"https?://|--index|--extra|--find", (ROOT / name).read_text())
