"""The index over offerings: what comes first, that the parts add up, that changes show at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.matching.likeness.index import Document, PartWeights, index_of
from voucher.matching.likeness.topics import read_topics

DOCUMENTS = [
    Document(1, "Accounts in the cloud", "Ledgers, invoices and VAT returns.", ("accounting",)),
    Document(2, "Bookings round the clock", "Customers book themselves after hours."),
    Document(3, "A website", "Customers find you.", ("marketing",)),
    Document(4, "Stock at a glance", "Scan barcodes; know what is in the warehouse."),
]


def order(index, text):
    scores = index.compare(text).whole
    return [
        index.documents[row].key for row in sorted(range(len(scores)), key=lambda r: -scores[r])
    ]


def test_the_nearest_comes_first_whatever_the_words_endings():
    index = index_of(DOCUMENTS)
    assert order(index, "We lose bookngs that customers would make at night")[0] == 2
    assert order(index, "our invoicing is on paper")[0] == 1


def test_a_topic_brings_together_what_has_no_word_in_common():
    found = index_of(DOCUMENTS).compare("inventory by hand")
    assert found.parts["topics"].argmax() == 3
    assert found.parts["words"].max() == 0


def test_the_parts_add_up_to_the_whole_between_nothing_and_one():
    found = index_of(DOCUMENTS).compare("invoices for customers")
    assert sum(found.parts.values()) == pytest.approx(found.whole)
    assert found.whole.min() >= 0
    assert found.whole.max() <= 1
    assert set(found.parts) == {"letters", "words", "topics", "company"}


def test_weights_are_proportions():
    index = index_of(DOCUMENTS)
    once = index.compare("invoices", PartWeights(1, 1, 1, 1)).whole
    assert index.compare("invoices", PartWeights(5, 5, 5, 5)).whole == pytest.approx(once)


@pytest.mark.parametrize("text", ["", "  ", "\N{SLIGHTLY SMILING FACE}", "zzz qqq", "of the and"])
def test_a_text_that_says_nothing_is_like_nothing(text):
    assert index_of(DOCUMENTS).compare(text).whole.max() == 0


def test_an_empty_index_answers():
    assert index_of([]).compare("invoices").whole.tolist() == []


def test_what_is_in_common_is_told_in_the_persons_own_words_the_rarest_first():
    found = index_of(DOCUMENTS).in_common("Customers ring for a booking after hours", 2)
    assert found.words[-1] == "customers"
    assert set(found.words) == {"booking", "customers", "hours"}
    assert found.topics == ()


def test_a_word_that_says_little_by_itself_is_no_reason():
    diary = Document(1, "Diary", "For who cannot answer and would always need new bookings.")
    index = index_of([diary, Document(2, "Else", "Nothing.")])
    found = index.in_common("We cannot take bookings and would always try new ways.", 1)
    assert found.words == ("bookings",)
    assert index.in_common("We cannot, and never could.", 1).words == ()


def test_a_topic_is_told_where_both_clearly_speak_of_it_and_its_name_is_not_in_brackets():
    topics = read_topics(["bookings: book, diary, slot", "(people): people, person", "ice: ice"])
    diary = Document(1, "Diary with slots", "People book ice.")
    index = index_of([diary, Document(2, "Else", "Nothing.")], topics)
    need = "Our diary has no free slots, people book for another person, and there is ice."
    assert index.in_common(need, 1).topics == ("bookings",)
    assert index.in_common("Our people want ice.", 1).topics == ()


def test_a_key_may_stand_once():
    with pytest.raises(ValueError, match="twice"):
        index_of([DOCUMENTS[0], DOCUMENTS[0]])


@given(st.permutations(DOCUMENTS))
def test_the_order_of_documents_does_not_matter(documents):
    index, text = index_of(documents), "invoices for customers’ orders"
    scores = dict(zip((d.key for d in documents), index.compare(text).whole, strict=True))
    usual = index_of(DOCUMENTS)
    assert scores == pytest.approx(
        dict(zip((d.key for d in DOCUMENTS), usual.compare(text).whole, strict=True))
    )


def test_changes_show_at_once_and_leave_the_old_index_alone():
    index = index_of(DOCUMENTS)
    changed = Document(3, "Appointments by telephone", "A diary that answers.")
    later = index.with_changes([changed, Document(5, "Rotas", "Shifts for staff.")], [2, 99])
    assert {document.key for document in later.documents} == {1, 3, 4, 5}
    assert order(later, "appointments in a diary")[0] == 3
    assert order(later, "staff shifts")[0] == 5
    assert order(index, "customers book after hours")[0] == 2
