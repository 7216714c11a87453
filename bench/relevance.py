"""How good the shortlist's comparing of texts is, on public collections that you have at hand.

    .venv/bin/python -m bench.relevance FOLDER [--resamples 5000]

FOLDER holds `needs-dev.jsonl` (described needs with the services that were really chosen; `masked`
blanks the answer's name), `services.jsonl` (title, text, tags) and `gcloud6-services.jsonl` (real
public-sector services: title, summary, features, benefits). Judged on the *clean* slice: needs with
one answer that at most ten needs chose. Baselines, over the same text (title, text and tags once
each): BM25 by bm25s (k1 1.2, b 0.75, Snowball stems) and TF-IDF on three to five characters within
words by scikit-learn. Printed: nDCG@10 and recall at 5 and 10, with the answer's name and without;
the gain over the better baseline with its paired-bootstrap 95 % interval; what each part adds; the
same with the weights chosen by cross-validation; and the known-item test (the query is the summary
with the words of its own title and supplier blanked).
"""

import argparse
import itertools
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voucher.matching.likeness.index import OUR_WEIGHTS, Document, PartWeights, TextIndex, index_of

FIELDS = {"text": "with names", "masked": "names blanked"}
DEPTH = 10
RAREST = 10
FOLDS = 5
ABLATIONS = {
    "letters alone": PartWeights(1, 0, 0, 0),
    "letters, words": PartWeights(1, 0.2, 0, 0),
    "letters, words, topics": PartWeights(1, 0.2, 0.2, 0),
    "all four": OUR_WEIGHTS,
    "without words": PartWeights(1, 0, 0.2, 0.15),
    "without topics": PartWeights(1, 0.2, 0, 0.15),
}
GRID = [
    PartWeights(1, *weights)
    for weights in itertools.product((0.1, 0.2, 0.4), (0.1, 0.2, 0.4), (0.0, 0.15, 0.3))
]


def main() -> None:
    """Read the folder and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--resamples", type=int, default=5000)
    options = parser.parse_args()
    chosen_services(options.folder, options.resamples)
    known_items(options.folder)


def chosen_services(folder: Path, resamples: int) -> None:
    """Needs and the services chosen for them."""
    services = read_lines(folder / "services.jsonl")
    needs = clean_slice(read_lines(folder / "needs-dev.jsonl"))
    answers = [service_row(services, need["answers"][0]) for need in needs]
    index, texts = index_of([document_of(each) for each in services]), plain_texts(services)
    print(f"{len(needs)} clean needs, {len(services)} services")
    print(f"{'':26s}" + "".join(f"{words:>30s}" for words in FIELDS.values()))
    queries = {field: [need[field] for need in needs] for field in FIELDS}
    baselines = {
        name: {field: judged(score(texts, asked), answers) for field, asked in queries.items()}
        for name, score in (("BM25", bm25_scores), ("TF-IDF, 3 to 5 letters", tfidf_scores))
    }
    ours = {
        name: {
            field: judged(index_scores(index, asked, weights), answers)
            for field, asked in queries.items()
        }
        for name, weights in ABLATIONS.items()
    }
    alike = index_of([fields_alike(each) for each in services])
    ours["all four, fields alike"] = {
        field: judged(index_scores(alike, asked, OUR_WEIGHTS), answers)
        for field, asked in queries.items()
    }
    for name, found in {**baselines, **ours}.items():
        print_row(name, found)
    crossed = {
        field: by_cross_validation(index, asked, answers) for field, asked in queries.items()
    }
    print_row("weights by 5 folds", crossed)
    for name, found in (("all four", ours["all four"]), ("weights by 5 folds", crossed)):
        for field, words in FIELDS.items():
            best = max(baselines.values(), key=lambda base: base[field][:, 0].mean())[field]
            print_gain(f"{name}, {words}", found[field][:, 0] - best[:, 0], resamples)


def known_items(folder: Path) -> None:
    """The known-item test: each service's own summary must find it."""
    services = read_lines(folder / "gcloud6-services.jsonl")
    for each in services:
        each["text"] = " ".join([*each["features"], *each["benefits"]])
    queries, answers = [blanked_summary(each) for each in services], list(range(len(services)))
    index, texts = index_of([document_of(each) for each in services]), plain_texts(services)
    print(f"\nKnown item, {len(services)} services")
    for name, scores in (
        ("BM25", bm25_scores(texts, queries)),
        ("TF-IDF, 3 to 5 letters", tfidf_scores(texts, queries)),
        ("all four", index_scores(index, queries, OUR_WEIGHTS)),
    ):
        print_row(name, {"summary": judged(scores, answers)})


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def clean_slice(needs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The needs with one answer that few other needs chose."""
    return [need for need in needs if len(need["answers"]) == 1 and need["rarest"] <= RAREST]


def service_row(services: Sequence[dict[str, Any]], name: str) -> int:
    """Where a service stands in the list."""
    return next(row for row, each in enumerate(services) if each["id"] == name)


def document_of(service: dict[str, Any]) -> Document:
    """A service as the index takes it."""
    return Document(
        service["id"], service["title"], service["text"], tuple(service.get("tags", ()))
    )


def fields_alike(service: dict[str, Any]) -> Document:
    """As `document_of`, but title and tags count no more than the text."""
    whole = document_of(service)
    return Document(whole.key, "", " ".join([whole.title, whole.text, *whole.tags]))


def plain_texts(services: Sequence[dict[str, Any]]) -> list[str]:
    """What the baselines compare: title, text and tags, once each."""
    return [
        " ".join([each["title"], each["text"], *dict.fromkeys(each.get("tags", ()))])
        for each in services
    ]


def blanked_summary(service: dict[str, Any]) -> str:
    """A service's summary without the words of its own title and supplier."""
    named = re.findall(r"\w+", f"{service['title']} {service['supplier']}".casefold())
    return re.sub(
        r"\w+", lambda word: "" if word[0].casefold() in named else word[0], service["summary"]
    )


def index_scores(index: TextIndex, queries: Sequence[str], weights: PartWeights) -> Any:
    """Queries × documents by our own index."""
    return np.array([index.compare(query, weights).whole for query in queries])


def bm25_scores(texts: Sequence[str], queries: Sequence[str]) -> Any:
    """Queries × documents by the library's BM25."""
    import bm25s
    import Stemmer

    def tokens(of: Sequence[str]) -> Any:
        return bm25s.tokenize(
            list(of),
            stopwords="en",
            stemmer=Stemmer.Stemmer("english"),
            return_ids=False,
            show_progress=False,
        )

    ranker = bm25s.BM25(k1=1.2, b=0.75)
    ranker.index(tokens(texts), show_progress=False)
    nothing = np.zeros(len(texts))
    return np.array([ranker.get_scores(each) if each else nothing for each in tokens(queries)])


def tfidf_scores(texts: Sequence[str], queries: Sequence[str]) -> Any:
    """Queries × documents by scikit-learn's TF-IDF on letters."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    documents = vectoriser.fit_transform(texts)
    return (vectoriser.transform(queries) @ documents.T).toarray()


def judged(scores: Any, answers: Sequence[int]) -> Any:
    """For each query: nDCG@10, found in the first 5, found in the first 10. Ties by position."""
    order = np.argsort(-scores, axis=1, kind="stable")
    places = np.array(
        [int(np.flatnonzero(row == own)[0]) for row, own in zip(order, answers, strict=True)]
    )
    gain = np.where(places < DEPTH, 1 / np.log2(places + 2), 0.0)
    return np.column_stack([gain, places < DEPTH // 2, places < DEPTH])


def by_cross_validation(index: TextIndex, queries: Sequence[str], answers: Sequence[int]) -> Any:
    """Each fifth judged with the weights of the grid that serve the other four best."""
    found = np.array([judged(index_scores(index, queries, weights), answers) for weights in GRID])
    folds = np.random.default_rng(1).permutation(len(queries)) % FOLDS
    result = np.empty_like(found[0])
    for fold in range(FOLDS):
        best = found[:, folds != fold, 0].mean(axis=1).argmax()
        result[folds == fold] = found[best][folds == fold]
    return result


def print_row(name: str, found: dict[str, Any]) -> None:
    """One line: nDCG@10, recall@5, recall@10 for each field."""
    means = [values.mean(axis=0) for values in found.values()]
    print(
        f"{name:26s}"
        + "".join(f"{'  '.join(f'{each:.3f}' for each in mean):>30s}" for mean in means)
    )


def print_gain(name: str, differences: Any, resamples: int) -> None:
    """The mean gain in nDCG@10 with its paired-bootstrap interval."""
    draws = np.random.default_rng(1).integers(0, len(differences), (resamples, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), [2.5, 97.5])
    print(f"gain of {name}: {differences.mean():+.3f} [{low:+.3f}, {high:+.3f}]")


if __name__ == "__main__":
    main()
