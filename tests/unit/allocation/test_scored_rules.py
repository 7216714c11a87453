"""How far the scoring of one application has come, who takes what next, and who sees what."""

import pytest

from voucher.allocation.scored.rules import (
    Stage,
    check_reasons,
    may_see_sheets,
    place_to_take,
    stage_of,
    without_name,
)
from voucher.allocation.scoring import Criterion, ScoringRule
from voucher.core.errors import Invalid

RULE = ScoringRule(
    criteria=(Criterion("need", "Need", "How much it costs.", 10_000),),
    highest_mark=10,
    apart_bps=2_000,
)


@pytest.mark.parametrize(
    ("given", "taken", "stage"),
    [
        ((), 0, Stage.TO_SCORE),
        ((), 1, Stage.TO_SCORE),
        ((), 2, Stage.WITH_SCORERS),
        ((5,), 0, Stage.TO_SCORE),
        ((5,), 1, Stage.WITH_SCORERS),
        ((5, 7), 0, Stage.SCORED),
        ((5, 8), 0, Stage.THIRD_NEEDED),
        ((5, 8), 1, Stage.WITH_THIRD),
        ((5, 8, 9), 0, Stage.SCORED),
    ],
)
def test_stages(given, taken, stage):
    sheets = [{"need": mark} for mark in given]
    assert stage_of(RULE, sheets=sheets, taken=taken, waits=True) is stage
    assert stage_of(RULE, sheets=sheets, taken=taken, waits=False) is Stage.GONE


@pytest.mark.parametrize(
    ("stage", "occupied", "place"),
    [
        (Stage.TO_SCORE, (), 1),
        (Stage.TO_SCORE, (1,), 2),
        (Stage.TO_SCORE, (2,), 1),
        (Stage.WITH_SCORERS, (1, 2), None),
        (Stage.THIRD_NEEDED, (1, 2), 3),
        (Stage.WITH_THIRD, (1, 2, 3), None),
        (Stage.SCORED, (1, 2), None),
        (Stage.GONE, (), None),
    ],
)
def test_which_sheet_is_next(stage, occupied, place):
    assert place_to_take(stage, occupied) == place


@pytest.mark.parametrize(
    ("stage", "handed_in", "may_score", "has_handed_in", "sees"),
    [
        (Stage.TO_SCORE, 1, False, False, False),  # nobody sees the first alone
        (Stage.WITH_SCORERS, 1, True, True, False),  # nor does who gave it
        (Stage.THIRD_NEEDED, 2, True, False, False),  # who could be the third
        (Stage.WITH_THIRD, 2, True, False, False),
        (Stage.THIRD_NEEDED, 2, True, True, True),  # one of the two
        (Stage.THIRD_NEEDED, 2, False, False, True),  # the manager, the auditor
        (Stage.SCORED, 2, True, False, True),
        (Stage.GONE, 1, False, False, False),
    ],
)
def test_nobody_who_has_still_to_score_sees_another_mark(
    stage, handed_in, may_score, has_handed_in, sees
):
    found = may_see_sheets(
        stage, handed_in=handed_in, may_score=may_score, has_handed_in=has_handed_in
    )
    assert found is sees


@pytest.mark.parametrize(
    ("text", "name", "blind"),
    [
        ("At Whinfold Ltd we queue.", "Whinfold Ltd", "At [the business] we queue."),
        ("WHINFOLD queues.", "Whinfold Limited", "[the business] queues."),
        ("We queue.", "Whinfold Ltd", "We queue."),
        ("We queue.", " ", "We queue."),
        ("We start parties.", "Art Ltd", "We start parties."),
        ("It waits; IT does not.", "IT Limited", "It waits; [the business] does not."),
        ("it ltd. waits", "IT Limited", "[the business] waits"),
        ("Ash  & Sons’ van", "Ash and Sons Ltd", "[the business]’ van"),
        ("Whinfold’s Own bakes", "Whinfold's Own C.I.C.", "[the business] bakes"),
        ("WHINFOLD LTD. bakes", "Whinfold Limited", "[the business] bakes"),
        ("C++ (Leeds) codes", "C++ (Leeds) Ltd", "[the business] codes"),
    ],
)
def test_the_name_is_taken_out_of_the_words(text, name, blind):
    assert without_name(text, name) == blind


def test_reasons_are_kept_without_the_space_around_them():
    assert check_reasons(RULE, {"need": "  Ten or more.  "}) == {"need": "Ten or more."}


@pytest.mark.parametrize("words", ["", "  too few  ", "x" * 1_001])
def test_a_reason_that_is_none_is_refused_at_its_field(words):
    with pytest.raises(Invalid) as refused:
        check_reasons(RULE, {"need": words})
    assert refused.value.field == "reason_need"
