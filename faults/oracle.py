"""The oracle: what must be true of the ledger's rows and of both logs, whatever has happened.

Rows in, findings out; a finding is a sentence, and no findings is the only good answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Row = Mapping[str, Any]

HISTOGRAM_BINS = 20
MEAN_TOLERANCE = 1e-6
TRACES = ("exception", "stack")
CRASHES = ("crashed", "conversation-failed", "stream-failed", "ledger-writer-failed", "not-json")


@dataclass(frozen=True, slots=True)
class Books:
    """What a ledger keeps of one session, as plain rows.

    Args:
        session: the row of the session.
        runs: its runs of predictions, in order of their first frame.
        skips: its ranges of skipped positions, in order.
        results: its posted results: none, or one row.
    """

    session: Row
    runs: Sequence[Row]
    skips: Sequence[Row]
    results: Sequence[Row]


@dataclass(frozen=True, slots=True, eq=False)
class _Frames:
    labels: NDArray[np.int16]
    confidences: NDArray[np.float32]
    reasons: Mapping[int, str]


def examine(books: Books, *, frames: int | None = None, acknowledged: int = 0) -> tuple[str, ...]:
    """What is wrong with a session that has ended and was accepted.

    Args:
        books: its rows.
        frames: how many frames it was to have; None where that is not known.
        acknowledged: how many frames its consumer was told are stored.
    """
    findings = [*_prefix(books), *_ending(books, frames)]
    stored = int(books.session["stored"])
    if acknowledged > stored:
        findings.append(f"{acknowledged} frames were acknowledged, {stored} are stored")
    if not findings:
        findings += _settled(books)
    return tuple(findings)


def examine_unfinished(books: Books, *, acknowledged: int = 0) -> tuple[str, ...]:
    """What is wrong with a session that was left before its end; it may lack frames, never rows."""
    findings = list(_prefix(books))
    stored = int(books.session["stored"])
    if acknowledged > stored:
        findings.append(f"{acknowledged} frames were acknowledged, {stored} are stored")
    return tuple(findings)


def examine_log(lines: Iterable[Row]) -> tuple[str, ...]:
    """What no log may hold: a traceback, an unforeseen fault, a line that is no JSON."""
    return tuple(
        f"the log has {line.get('event')}: {_cause(line)}"
        for line in lines
        if any(name in line for name in TRACES) or line.get("event") in CRASHES
    )


def _cause(line: Row) -> object:
    told = (line.get(name) for name in ("cause", "reason", "text"))
    return next(filter(None, told), "a traceback")


def _prefix(books: Books) -> Iterator[str]:
    """Stored sequence numbers are exactly 0..K: each once, none missing, nothing beyond."""
    expected = 0
    for run in books.runs:
        frames = _run_frames(run)
        if run["first"] != expected:
            yield f"a run begins at {run['first']}: expected {expected}"
        if len(frames.labels) != len(frames.confidences) or len(frames.labels) == 0:
            yield (
                f"the run at {run['first']} has {len(frames.labels)} labels "
                f"and {len(frames.confidences)} confidences"
            )
        unlabelled = {run["first"] + int(k) for k in np.flatnonzero(frames.labels < 0)}
        if unlabelled != set(frames.reasons):
            yield f"the run at {run['first']} has reasons for other frames than those without label"
        expected = run["first"] + len(frames.labels)
    if expected != books.session["stored"]:
        yield f"the session says {books.session['stored']} frames are stored, its runs {expected}"
    for before, after in pairwise(books.runs):
        if after["epoch"] < before["epoch"]:
            yield f"epoch {after['epoch']} at frame {after['first']} follows {before['epoch']}"


def _ending(books: Books, frames: int | None) -> Iterator[str]:
    session = books.session
    if session["state"] != "accepted":
        yield f"the session's state is {session['state']}: expected accepted"
    if len(books.results) != 1:
        yield f"the session has {len(books.results)} results: expected 1"
    skipped = sum(int(skip["count"]) for skip in books.skips)
    if skipped != int(session.get("skipped") or 0):
        yield f"the session says {session.get('skipped')} were skipped, its ranges {skipped}"
    if session["stored"] + skipped != session["frames"]:
        yield (
            f"stored {session['stored']} + skipped {skipped}: expected {session['frames']} frames"
        )
    if frames is not None and session["frames"] != frames:
        yield f"the session has {session['frames']} frames: expected {frames}"


def _settled(books: Books) -> Iterator[str]:
    result, frames = books.results[0], _all_frames(books.runs)
    yield from _balanced(result["balance"], len(frames.labels), books)
    yield from _summarised(result["summary"], frames)


def _balanced(balance: Row, stored: int, books: Books) -> Iterator[str]:
    producer, consumer = balance["producer"], balance["consumer"]
    classified = int(consumer["classified"]) + int(consumer["unclassified"])
    counts = {
        "sent": producer["sent"],
        "received": consumer["received"],
        "classified or unclassified": classified,
        "stored": producer["stored"],
    }
    for name, count in counts.items():
        if count != stored:
            yield f"the balance says {count} {name}: expected {stored}, the rows' number"
    if producer["stored_unclassified"] != books.session["unclassified"]:
        yield f"the balance says {producer['stored_unclassified']} unclassified"
    if producer["digest"] != consumer["digest"]:
        yield f"digest of the producer {producer['digest']}, of the consumer {consumer['digest']}"
    if balance["verdict"] != "PASS":
        yield f"the verdict is {balance['verdict']}: {balance['reasons']}"
    if producer.get("wire", {}).get("frames", stored) < stored:
        yield f"the wire carried {producer['wire']['frames']} frames: expected {stored} or more"


def _summarised(summary: Row, frames: _Frames) -> Iterator[str]:
    """The summary equals a fresh query over the rows."""
    for name, fresh in _fresh_summary(frames, len(summary["counts"])).items():
        if summary.get(name) != fresh:
            yield f"the summary's {name}: expected {fresh}, got {summary.get(name)}"
    labelled = frames.confidences[frames.labels >= 0].astype(np.float64)
    mean = summary.get("mean_confidence")
    if (mean is None) != (len(labelled) == 0):
        yield f"the summary's mean confidence of {len(labelled)} labels is {mean}"
    elif mean is not None and abs(mean - labelled.mean()) > MEAN_TOLERANCE:
        yield f"the summary's mean confidence: expected {labelled.mean()}, got {mean}"


def _fresh_summary(frames: _Frames, classes: int) -> dict[str, Any]:
    labelled = frames.labels >= 0
    exact = frames.confidences[labelled].astype(np.float64)
    bins = np.minimum((exact * HISTOGRAM_BINS).astype(np.intp), HISTOGRAM_BINS - 1)
    return {
        "frames": len(frames.labels),
        "counts": np.bincount(frames.labels[labelled], minlength=classes).tolist(),
        "confidence_histogram": np.bincount(bins, minlength=HISTOGRAM_BINS).tolist(),
        "rejected": dict(Counter(frames.reasons.values())),
    }


def _run_frames(run: Row) -> _Frames:
    return _Frames(
        labels=np.frombuffer(run["labels"], "<i2").astype(np.int16),
        confidences=np.frombuffer(run["confidences"], "<f4").astype(np.float32),
        reasons={int(sequence): reason for sequence, reason in run["reasons"].items()},
    )


def _all_frames(runs: Sequence[Row]) -> _Frames:
    parts = [_run_frames(run) for run in runs]
    return _Frames(
        labels=np.concatenate([np.empty(0, np.int16), *(part.labels for part in parts)]),
        confidences=np.concatenate(
            [np.empty(0, np.float32), *(part.confidences for part in parts)]
        ),
        reasons={key: reason for part in parts for key, reason in part.reasons.items()},
    )
