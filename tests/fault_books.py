"""Books of an imagined session, whole or broken in one place, for the oracle's tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from faults.oracle import Books, Row

DIGEST = "ab" * 16
LABELS = ((0, 1, 1), (2, -1), (0,))
CONFIDENCE = 0.5


def whole_books() -> Books:
    """Six frames in three runs, one of them without a label; accepted."""
    runs: list[Row] = []
    first = 0
    for epoch, labels in enumerate(LABELS, start=1):
        runs.append(stored_run(first, labels, epoch=epoch))
        first += len(labels)
    return Books(session=_session(), runs=runs, skips=[], results=[_results()])


def stored_run(first: int, labels: tuple[int, ...], *, epoch: int = 1) -> Row:
    """One run as it is stored."""
    missing = {str(first + k): "too-large" for k, label in enumerate(labels) if label < 0}
    confidences = [CONFIDENCE if label >= 0 else 0.0 for label in labels]
    return {
        "first": first,
        "epoch": epoch,
        "labels": np.array(labels, "<i2").tobytes(),
        "confidences": np.array(confidences, "<f4").tobytes(),
        "reasons": missing,
    }


def changed(books: Books, **session: Any) -> Books:
    """The same with other values in the session's row."""
    return replace(books, session={**books.session, **session})


def other_run(books: Books, place: int, **values: Any) -> Books:
    """The same with other values in one of its runs."""
    runs = list(books.runs)
    runs[place] = {**runs[place], **values}
    return replace(books, runs=runs)


def other_results(books: Books, part: str, **values: Any) -> Books:
    """The same with other values in a part of its results: producer, consumer or summary."""
    result = dict(books.results[0])
    if part == "summary":
        result["summary"] = {**result["summary"], **values}
    elif part == "balance":
        result["balance"] = {**result["balance"], **values}
    else:
        result["balance"] = {
            **result["balance"],
            part: {**result["balance"][part], **values},
        }
    return replace(books, results=[result])


def _session() -> Row:
    return {
        "id": "0123456789abcdef",
        "consumer": "c",
        "state": "accepted",
        "frames": 6,
        "stored": 6,
        "skipped": 0,
        "unclassified": 1,
    }


def _results() -> Row:
    histogram = [0] * 20
    histogram[10] = 5
    producer = {"sent": 6, "stored": 6, "stored_unclassified": 1, "digest": DIGEST}
    consumer = {"received": 6, "classified": 5, "unclassified": 1, "digest": DIGEST}
    return {
        "receipt": "r",
        "balance": {
            "producer": {**producer, "wire": {"frames": 9}},
            "consumer": consumer,
            "verdict": "PASS",
            "reasons": [],
        },
        "summary": {
            "frames": 6,
            "counts": [2, 2, 1],
            "mean_confidence": CONFIDENCE,
            "confidence_histogram": histogram,
            "rejected": {"too-large": 1},
        },
    }
