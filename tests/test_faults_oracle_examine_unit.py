"""Tests of faults.oracle.examine: each deliberately broken row is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fault_books import changed, other_results, other_run, stored_run, whole_books

from faults.oracle import Books, examine

Break = Callable[[Books], Books]


def test_a_whole_session_has_no_findings() -> None:
    assert not examine(whole_books(), frames=6, acknowledged=6)


def test_skipped_positions_count_as_offered() -> None:
    skips = [{"first": 2, "count": 3}, {"first": 7, "count": 1}]
    books = changed(replace(whole_books(), skips=skips), skipped=4, frames=10)

    assert not examine(books, frames=10)


@pytest.mark.parametrize(
    ("broken", "finding"),
    [
        (lambda books: replace(books, runs=books.runs[1:]), "a run begins at 3: expected 0"),
        (
            lambda books: replace(books, runs=[*books.runs[:2], books.runs[1], books.runs[2]]),
            "a run begins at 3: expected 5",
        ),
        (lambda books: replace(books, runs=books.runs[:2]), "6 frames are stored, its runs 5"),
        (lambda books: changed(books, stored=5), "5 frames are stored, its runs 6"),
        (
            lambda books: replace(books, runs=[*books.runs, stored_run(6, (1,))]),
            "6 frames are stored, its runs 7",
        ),
        (lambda books: other_run(books, 0, confidences=b""), "has 3 labels and 0 confidences"),
        (lambda books: other_run(books, 1, reasons={}), "reasons for other frames"),
        (lambda books: other_run(books, 0, reasons={"0": "x"}), "reasons for other frames"),
        (lambda books: other_run(books, 0, epoch=5), "epoch 2 at frame 3 follows 5"),
        (lambda books: changed(books, state="complete"), "state is complete: expected accepted"),
        (lambda books: replace(books, results=[]), "has 0 results: expected 1"),
        (
            lambda books: replace(books, results=[*books.results] * 2),
            "has 2 results: expected 1",
        ),
        (lambda books: changed(books, skipped=1), "says 1 were skipped, its ranges 0"),
        (lambda books: changed(books, frames=7), "expected 7 frames"),
        (lambda books: other_results(books, "producer", sent=7), "says 7 sent: expected 6"),
        (
            lambda books: other_results(books, "consumer", received=7),
            "says 7 received: expected 6",
        ),
        (
            lambda books: other_results(books, "consumer", classified=6),
            "says 7 classified or unclassified: expected 6",
        ),
        (lambda books: other_results(books, "producer", stored=5), "says 5 stored: expected 6"),
        (
            lambda books: other_results(books, "producer", stored_unclassified=0),
            "says 0 unclassified",
        ),
        (lambda books: other_results(books, "consumer", digest="0" * 32), "digest of the producer"),
        (
            lambda books: other_results(books, "balance", verdict="FAIL", reasons=["x"]),
            "the verdict is FAIL",
        ),
        (
            lambda books: other_results(books, "producer", wire={"frames": 5}),
            "the wire carried 5 frames",
        ),
        (lambda books: other_results(books, "summary", frames=5), "summary's frames: expected 6"),
        (
            lambda books: other_results(books, "summary", counts=[3, 1, 1]),
            "summary's counts: expected [2, 2, 1]",
        ),
        (
            lambda books: other_results(books, "summary", confidence_histogram=[0] * 20),
            "summary's confidence_histogram",
        ),
        (lambda books: other_results(books, "summary", rejected={}), "summary's rejected"),
        (
            lambda books: other_results(books, "summary", mean_confidence=0.6),
            "summary's mean confidence: expected 0.5, got 0.6",
        ),
        (
            lambda books: other_results(books, "summary", mean_confidence=None),
            "mean confidence of 5 labels is None",
        ),
    ],
)
def test_whatever_is_broken_is_found(broken: Break, finding: str) -> None:
    findings = examine(broken(whole_books()))

    assert any(finding in found for found in findings), findings


def test_a_session_of_another_length_is_found() -> None:
    assert examine(whole_books(), frames=7) == ("the session has 6 frames: expected 7",)


def test_an_acknowledged_frame_without_a_row_is_found() -> None:
    assert examine(whole_books(), acknowledged=7) == ("7 frames were acknowledged, 6 are stored",)
