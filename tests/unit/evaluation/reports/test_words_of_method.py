"""The words of reports change with the version of their method, and never without it."""

import json

from tests.factories.words_of_method import FOLDER, file_of, words_of_method
from voucher.evaluation.figures import METHOD_VERSION

CHANGED = (
    "The words that reports are written in have changed, but METHOD_VERSION has not. Published"
    " reports of this version say what they say: raise METHOD_VERSION and write the words of the"
    " new one (see tests/factories/words_of_method.py); never change a file of an older one."
)


def test_this_method_has_its_words_kept() -> None:
    assert file_of(METHOD_VERSION).exists(), CHANGED


def test_the_words_are_those_of_this_method() -> None:
    kept = json.loads(file_of(METHOD_VERSION).read_text())
    written = json.loads(json.dumps(words_of_method()))
    for part in ("summaries", "synthesis"):
        assert written[part].keys() == kept[part].keys(), CHANGED
        differing = [name for name in kept[part] if kept[part][name] != written[part][name]]
        assert not differing, f"{part}: {differing}. {CHANGED}"
    differing = sorted({*written["sentences"]} ^ {*kept["sentences"]})
    assert not differing, f"{differing}. {CHANGED}"


def test_this_method_is_the_newest_that_is_kept() -> None:
    versions = [tuple(int(each) for each in path.stem.split("-")) for path in FOLDER.glob("*.json")]
    assert max(versions) == tuple(int(each) for each in METHOD_VERSION.split("-"))
