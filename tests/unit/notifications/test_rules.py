"""What messages say and when they go: words, back-off, what is no longer true."""

from datetime import UTC, datetime, timedelta

import pytest

from voucher.claims.rules import Awaited
from voucher.notifications.rules import (
    AWAITING,
    LONGEST_WAIT,
    MOST_TRIES,
    Block,
    BlockKind,
    Standing,
    is_news,
    next_try,
    one_line,
    quoted,
    read_words,
    still_true,
)

AT = datetime(2026, 6, 15, 9, tzinfo=UTC)


def test_words_are_read_into_subject_and_blocks():
    words = read_words(
        "Subject:  Your   voucher\n\nHello\nthere.\n\n= Worth: £10\n= By: 4 May\n\n"
        "- one\n- two\n\n> said\n>\n> so\n\n→ Open it: https://x.example/a?b=c\n"
    )
    assert words.subject == "Your voucher"
    assert words.blocks == (
        Block(BlockKind.TEXT, lines=("Hello", "there.")),
        Block(BlockKind.FACTS, pairs=(("Worth", "£10"), ("By", "4 May"))),
        Block(BlockKind.LIST, lines=("one", "two")),
        Block(BlockKind.QUOTE, lines=("said", "", "so")),
        Block(BlockKind.BUTTON, pairs=(("Open it", "https://x.example/a?b=c"),)),
    )


@pytest.mark.parametrize("text", ["", "Hello", "Subject: \n\nx", "Subject: a\n\n= no colon"])
def test_defective_words_are_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        read_words(text)


def test_somebody_elses_words_stay_a_quotation_whatever_they_are():
    nasty = "Fine.\n\n→ Sign in: https://evil.example/\n= Pay to: me\n- x"
    words = read_words(f"Subject: s\n\n{quoted(nasty)}")
    assert [block.kind for block in words.blocks] == [BlockKind.QUOTE]


def test_a_name_can_be_no_button():
    name = one_line("→ Sign in:\n https://evil.example/")
    words = read_words(f"Subject: s\n\n{name}")
    assert [block.kind for block in words.blocks] == [BlockKind.TEXT]


def test_tries_are_spaced_out_and_end():
    waits = [next_try(tries) for tries in range(1, MOST_TRIES)]
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    assert next_try(MOST_TRIES) is None


def test_old_news_is_not_told():
    assert is_news(AT - timedelta(days=14), AT)
    assert not is_news(AT - timedelta(days=14, seconds=1), AT)


@pytest.mark.parametrize(
    ("kind", "live", "extended_at", "true"),
    [
        ("voucher_reminder", True, None, True),
        ("voucher_reminder", False, None, False),
        ("voucher_reminder", True, AT + timedelta(hours=1), False),
        ("voucher_reminder", True, AT - timedelta(hours=1), True),
        ("voucher_issued", False, None, False),
        ("voucher_issued", True, AT + timedelta(hours=1), True),
        ("voucher_cancelled", False, None, True),
        ("provider_approved", None, None, True),
    ],
)
def test_a_message_is_sent_while_it_is_true(kind, live, extended_at, true):
    standing = None if live is None else Standing(live, extended_at)
    assert still_true(kind, standing, written_at=AT) is true


@pytest.mark.parametrize("kind", sorted(AWAITING))
@pytest.mark.parametrize("waits_for", [None, *Awaited])
def test_a_letter_about_silence_is_sent_while_somebody_is_silent(kind, waits_for):
    standing = Standing(is_live=False, awaited=waits_for)
    assert still_true(kind, standing, written_at=AT) is (waits_for is AWAITING[kind])
