"""The known-item gate: real services must be found by their own summaries, names blanked."""

import os
from pathlib import Path

import pytest

from bench.relevance import (
    OUR_WEIGHTS,
    blanked_summary,
    bm25_scores,
    document_of,
    index_scores,
    judged,
    plain_texts,
    read_lines,
)
from voucher.matching.likeness.index import index_of

LEAST = 0.712
"""nDCG@10 of TF-IDF on three to five letters on the 109 services, the better baseline."""


@pytest.mark.skipif(
    "MATCHING_DATA" not in os.environ,
    reason="name the folder of gcloud6-services.jsonl in MATCHING_DATA to run this",
)
def test_known_items_are_found_no_worse_than_by_the_better_baseline():
    services = read_lines(Path(os.environ["MATCHING_DATA"]) / "gcloud6-services.jsonl")
    for each in services:
        each["text"] = " ".join([*each["features"], *each["benefits"]])
    queries, answers = [blanked_summary(each) for each in services], list(range(len(services)))
    index = index_of([document_of(each) for each in services])
    ours = judged(index_scores(index, queries, OUR_WEIGHTS), answers)[:, 0].mean()
    words = judged(bm25_scores(plain_texts(services), queries), answers)[:, 0].mean()
    assert ours >= max(LEAST, words)
