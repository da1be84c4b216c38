"""Examples and strategies of every message of the session channel."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

from hypothesis import strategies as st

from shared.balance import balance
from shared.doubt import Calibration, Doubt, ReliabilityBin
from shared.messages import (
    Accepted,
    Error,
    Event,
    Finished,
    Message,
    Predictions,
    Progress,
    Recalled,
    Results,
    Session,
    SessionInfo,
    SessionQuery,
    Sessions,
    SessionsQuery,
    Start,
    Started,
    Stop,
    Stopped,
    Stored,
    Unclassified,
    Watch,
)
from shared.quality import (
    MEASURES,
    Distribution,
    Drift,
    FlaggedFrame,
    MeasureQuality,
    Quality,
)
from shared.reports import (
    BalanceSheet,
    ClassScore,
    ConsumerCounts,
    ConsumerWire,
    Latencies,
    ProducerCounts,
    ProducerWire,
    Quantiles,
    QueueUse,
    Sample,
    Score,
    Summary,
)

SESSION = "0123456789abcdef"
DIGEST = "00112233445566778899aabbccddeeff"


def png(width: int, height: int, *, padding: int = 0) -> bytes:
    """A gray PNG of zeros, with ``padding`` bytes in a chunk that readers ignore."""
    rows = zlib.compress(bytes((width + 1) * height))
    header = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", rows), (b"paDd", bytes(padding)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


QUANTILES = Quantiles(count=3, p50=0.5, p95=1.5, p99=2.0, max=2.25)
CONSUMER_COUNTS = ConsumerCounts(
    received=3,
    classified=2,
    unclassified=1,
    withdrawn=0,
    digest=DIGEST,
    wire=ConsumerWire(frames=5, duplicates=1, corrupt=1, gaps=1, connections=2),
)
PRODUCER_COUNTS = ProducerCounts(
    frames=3,
    sent=3,
    skipped=0,
    withdrawn=0,
    stored=3,
    stored_classified=2,
    stored_unclassified=1,
    digest=DIGEST,
    wire=ProducerWire(frames=5, connections=2, mismatches=1, injected={"drop": 1}),
)
DISTRIBUTION = Distribution(
    frames=2,
    mean=100.0,
    deviation=10.0,
    least=90.0,
    lower_quartile=90.0,
    median=90.0,
    upper_quartile=110.0,
    greatest=110.0,
)
DRIFT = Drift(first=256, frames=256, distance=0.5, limit=0.25, shift=-1.5, drifted=True)
QUALITY = Quality(
    measured=2,
    outliers=1,
    frames=(
        FlaggedFrame(
            sequence=1,
            index=1,
            flag="outlier",
            measure="brightness",
            value=240.0,
            low=60.0,
            high=140.0,
        ),
    ),
    drifted=("brightness",),
    measures=(
        MeasureQuality(
            measure="brightness",
            reference=DISTRIBUTION,
            session=DISTRIBUTION,
            recent=DISTRIBUTION,
            low=60.0,
            high=140.0,
            outliers=1,
            drift=DRIFT,
            worst=DRIFT,
        ),
    ),
)
SUMMARY = Summary(
    model="little-net",
    classes=("shirt", "bag"),
    frames=3,
    counts=(1, 1),
    mean_confidence=0.75,
    confidence_histogram=(0,) * 19 + (2,),
    duration_s=0.3,
    throughput=10.0,
    latencies=Latencies(
        send_lag=QUANTILES,
        network=QUANTILES,
        queue=QUANTILES,
        classification=QUANTILES,
        end_to_end=QUANTILES,
    ),
    frames_queue=QueueUse(capacity=1024, high_water=2, waits=0),
    results_queue=QueueUse(capacity=1024, high_water=2, waits=0),
    rejected={"too-large": 1},
    quality=QUALITY,
    doubt=Doubt(
        coverage=0.99,
        frames=2,
        mean_set_size=1.5,
        set_sizes=(1, 1, 0, 0),
        novel=1,
        novelty_histogram=(1, *[0] * 12, 1, *[0] * 6),
    ),
)
SAMPLE = Sample(
    sequence=0, index=0, label=1, name="bag", confidence=0.5, png=base64.b64encode(png(2, 1))
)
SCORE = Score(
    accuracy=0.5,
    scored=2,
    classes=("shirt", "bag"),
    per_class=(
        ClassScore(name="shirt", support=2, precision=1.0, recall=0.5),
        ClassScore(name="bag", support=0, precision=None, recall=None),
    ),
    confusion=((1, 1), (0, 0)),
    calibration=Calibration(
        frames=2,
        error=0.25,
        bins=(
            *[ReliabilityBin(frames=0)] * 14,
            ReliabilityBin(frames=2, confidence=0.75, accuracy=0.5),
        ),
        sets=2,
        coverage=1.0,
        mean_set_size=1.5,
    ),
)
SHEET = balance(SESSION, PRODUCER_COUNTS, CONSUMER_COUNTS)
INFO = SessionInfo(
    session=SESSION,
    consumer="me",
    dataset="a.pickle",
    state="accepted",
    fps=10.0,
    frames=3,
    stored=3,
    created=1.5e9,
    verdict="PASS",
)

CONSUMER_EXAMPLES: tuple[Message, ...] = (
    Start(
        consumer="me",
        session=SESSION,
        recall=True,
        fps=10.0,
        count=3,
        delivery="newest",
        model="little-net",
        classes=("shirt", "bag"),
    ),
    Predictions(
        session=SESSION,
        epoch=1,
        first=0,
        labels=(1, -1),
        confidences=(0.5, 0.0),
        digest=DIGEST,
        unclassified=(Unclassified(sequence=1, reason="too-large"),),
        sets=((0, 1), ()),
        novelties=(0.25, 0.0),
    ),
    Stop(session=SESSION, at=2),
    Results(session=SESSION, counts=CONSUMER_COUNTS, summary=SUMMARY, samples=(SAMPLE,)),
    SessionsQuery(limit=5),
    SessionQuery(session=SESSION),
    Watch(),
)
PRODUCER_EXAMPLES: tuple[Message, ...] = (
    Started(
        session=SESSION,
        epoch=2,
        frames=3,
        fps=10.0,
        delivery="newest",
        height=28,
        width=28,
        channels=1,
        classes=("shirt", "bag"),
        dataset="a.pickle",
        origin="file",
        next=2,
        digest=DIGEST,
        window=1024,
        port=6000,
        path=f"/{SESSION}/2",
    ),
    Recalled(
        session=SESSION,
        first=0,
        indices=(0, 1),
        labels=(1, -1),
        confidences=(0.5, 0.0),
        unclassified=(Unclassified(sequence=1, reason="too-large"),),
        sets=((0, 1), ()),
        novelties=(0.25, None),
    ),
    Stored(session=SESSION, through=2),
    Progress(session=SESSION, sent=3, skipped=0, stored=1),
    Stopped(session=SESSION, frames=2, by="consumer"),
    Finished(session=SESSION, frames=3, sent=3, skipped=0, withdrawn=0, send_lag=QUANTILES),
    Accepted(session=SESSION, receipt=DIGEST, balance=SHEET, score=SCORE),
    Sessions(sessions=(INFO,)),
    Session(info=INFO, balance=SHEET, score=SCORE),
    Event(
        session=SESSION,
        consumer="me",
        dataset="a.pickle",
        state="accepted",
        fps=10.0,
        frames=3,
        sent=3,
        stored=3,
        verdict="PASS",
    ),
    Error(code="bad-state", message="event not allowed", fatal=False),
)
"""One example of each type, with every optional field set."""

_names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
_session_ids = st.integers(0, 2**64 - 1).map(lambda number: f"{number:016x}")
_digests = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")
_counts = st.integers(0, 2**63 - 1)
_sequences = st.integers(0, 2**32 - 1)
_shares = st.floats(0.0, 1.0)
_finite = st.floats(allow_nan=False, allow_infinity=False)
_lengths = st.floats(0.0, 1e300)
_epochs = st.integers(1, 2**32 - 1)
_deliveries = st.sampled_from(["every", "newest"])
_fps = st.floats(0.0, 1e6)
_classes = st.lists(_names, max_size=5).map(tuple)
_sides = st.integers(1, 1024)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _tuples(strategy: st.SearchStrategy[Any], *, least: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(strategy, min_size=least, max_size=max(3, least)).map(tuple)


_quantiles = st.builds(Quantiles, count=_counts, p50=_finite, p95=_finite, p99=_finite, max=_finite)
_queues = st.builds(QueueUse, capacity=_counts, high_water=_counts, waits=_counts)
_figures = st.floats(-1e6, 1e6)
_measures = st.sampled_from(MEASURES)
_distributions = st.builds(
    Distribution,
    frames=_counts,
    mean=_figures,
    deviation=_figures,
    least=_figures,
    lower_quartile=_figures,
    median=_figures,
    upper_quartile=_figures,
    greatest=_figures,
)
_drifts = st.builds(
    Drift,
    first=_counts,
    frames=_counts,
    distance=_shares,
    limit=_figures,
    shift=_figures,
    drifted=st.booleans(),
)
_qualities = st.builds(
    Quality,
    measured=st.integers(1000, 2**63 - 1),
    blank=st.integers(3, 300),
    saturated=st.integers(0, 300),
    outliers=st.integers(0, 300),
    frames=_tuples(
        st.builds(
            FlaggedFrame,
            sequence=_counts,
            index=_counts,
            flag=st.sampled_from(["blank", "saturated", "outlier"]),
            measure=_maybe(_measures),
            value=_maybe(_figures),
            low=_maybe(_figures),
            high=_maybe(_figures),
        )
    ),
    drifted=_tuples(_measures),
    measures=_tuples(
        st.builds(
            MeasureQuality,
            measure=_measures,
            reference=_distributions,
            session=_distributions,
            recent=_maybe(_distributions),
            low=_maybe(_figures),
            high=_maybe(_figures),
            outliers=_counts,
            drift=_maybe(_drifts),
            worst=_maybe(_drifts),
        )
    ),
)
_some = st.integers(0, 2**40)
_doubts = st.builds(
    Doubt,
    coverage=_maybe(_shares),
    frames=st.integers(2**45, 2**63 - 1),
    mean_set_size=_maybe(st.floats(1.0, 1000.0)),
    set_sizes=st.tuples(*[_some] * 4),
    novel=st.just(0),
    novelty_histogram=st.tuples(*[_some] * 20),
)
_summaries = st.builds(
    Summary,
    model=_names,
    classes=_classes,
    frames=_counts,
    counts=_tuples(_counts),
    mean_confidence=_maybe(_shares),
    confidence_histogram=st.lists(_counts, min_size=20, max_size=20).map(tuple),
    duration_s=_lengths,
    throughput=_lengths,
    latencies=st.builds(
        Latencies,
        send_lag=_maybe(_quantiles),
        network=_maybe(_quantiles),
        queue=_maybe(_quantiles),
        classification=_maybe(_quantiles),
        end_to_end=_maybe(_quantiles),
    ),
    frames_queue=_queues,
    results_queue=_queues,
    rejected=st.dictionaries(_names, _counts, max_size=3),
    quality=_maybe(_qualities),
    doubt=_maybe(_doubts),
)
_samples = st.builds(
    Sample,
    sequence=_counts,
    index=_counts,
    label=st.integers(0, 999),
    name=_names,
    confidence=_shares,
    png=st.builds(png, _sides, _sides).map(base64.b64encode),
)
_consumer_counts = st.builds(
    ConsumerCounts,
    received=_counts,
    classified=_counts,
    unclassified=_counts,
    withdrawn=_counts,
    digest=_digests,
    wire=st.builds(
        ConsumerWire,
        frames=_counts,
        duplicates=_counts,
        corrupt=_counts,
        gaps=_counts,
        connections=_counts,
    ),
)
_producer_counts = st.builds(
    ProducerCounts,
    frames=_counts,
    sent=_counts,
    skipped=_counts,
    withdrawn=_counts,
    stored=_counts,
    stored_classified=_counts,
    stored_unclassified=_counts,
    digest=_digests,
    wire=st.builds(
        ProducerWire,
        frames=_counts,
        connections=_counts,
        mismatches=_counts,
        injected=st.dictionaries(_names, _counts, max_size=3),
    ),
)
_verdicts = st.sampled_from(["PASS", "FAIL"])
_sheets = st.builds(
    BalanceSheet,
    session=_session_ids,
    producer=_producer_counts,
    consumer=_consumer_counts,
    verdict=_verdicts,
    reasons=_tuples(_names),
)
_class_scores = st.builds(
    ClassScore,
    name=_names,
    support=_counts,
    precision=_maybe(_shares),
    recall=_maybe(_shares),
)


_bins = st.builds(
    ReliabilityBin, frames=_counts, confidence=_maybe(_shares), accuracy=_maybe(_shares)
)
_calibrations = st.builds(
    Calibration,
    frames=_counts,
    error=_shares,
    bins=st.tuples(*[_bins] * 15),
    sets=_counts,
    coverage=_maybe(_shares),
    mean_set_size=_maybe(st.floats(1.0, 1000.0)),
)


def _score_of(classes: tuple[str, ...]) -> st.SearchStrategy[Score]:
    count = len(classes)
    row = st.tuples(*[_counts] * count)
    return st.builds(
        Score,
        accuracy=_shares,
        scored=_counts,
        classes=st.just(classes),
        per_class=st.tuples(*[_class_scores] * count),
        confusion=st.tuples(*[row] * count),
        calibration=_maybe(_calibrations),
    )


_scores = _classes.flatmap(_score_of)
_infos = st.builds(
    SessionInfo,
    session=_session_ids,
    consumer=_names,
    dataset=_names,
    state=_names,
    fps=_fps,
    frames=_counts,
    stored=_counts,
    created=_finite,
    verdict=_maybe(_verdicts),
)


def _shares_of(draw: st.DrawFn, labels: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(draw(st.lists(_shares, min_size=len(labels), max_size=len(labels))))


def _reasons_of(draw: st.DrawFn, first: int, labels: tuple[int, ...]) -> tuple[Unclassified, ...]:
    reasons = st.sampled_from(["too-large", "not-readable", "0"])
    return tuple(
        Unclassified(sequence=first + k, reason=draw(reasons))
        for k, label in enumerate(labels)
        if label < 0
    )


def _sets_of(draw: st.DrawFn, labels: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    others = st.sets(st.integers(0, 999), max_size=2)
    return tuple(tuple(sorted({label} | draw(others))) if label >= 0 else () for label in labels)


_labels = st.lists(st.integers(-1, 999), min_size=1, max_size=256).map(tuple)
_firsts = st.integers(0, 2**32 - 256)


@st.composite
def _predictions(draw: st.DrawFn) -> Predictions:
    labels, first = draw(_labels), draw(_firsts)
    return Predictions(
        session=draw(_session_ids),
        epoch=draw(_epochs),
        first=first,
        labels=labels,
        confidences=_shares_of(draw, labels),
        digest=draw(_digests),
        unclassified=_reasons_of(draw, first, labels),
        sets=_sets_of(draw, labels) if draw(st.booleans()) else None,
        novelties=_shares_of(draw, labels) if draw(st.booleans()) else None,
    )


@st.composite
def _recalled(draw: st.DrawFn) -> Recalled:
    labels, first = draw(_labels), draw(_firsts)
    indices = st.lists(_sequences, min_size=len(labels), max_size=len(labels))
    return Recalled(
        session=draw(_session_ids),
        first=first,
        indices=tuple(draw(indices)),
        labels=labels,
        confidences=_shares_of(draw, labels),
        unclassified=_reasons_of(draw, first, labels),
        sets=_sets_of(draw, labels) if draw(st.booleans()) else None,
        novelties=_shares_of(draw, labels) if draw(st.booleans()) else None,
    )


CONSUMER_MESSAGES: dict[str, st.SearchStrategy[Message]] = {
    "start": st.builds(
        Start,
        consumer=st.from_regex("[A-Za-z0-9._-]{1,64}", fullmatch=True),
        session=_maybe(_session_ids | st.just("latest")),
        recall=st.booleans(),
        fps=_maybe(_fps),
        count=_maybe(st.integers(1, 2**32 - 1)),
        delivery=_deliveries,
        model=_names,
        classes=_classes,
    ),
    "predictions": _predictions(),
    "stop": st.builds(Stop, session=_session_ids, at=_sequences),
    "results": st.builds(
        Results,
        session=_session_ids,
        counts=_consumer_counts,
        summary=_summaries,
        samples=_tuples(_samples),
    ),
    "sessions": st.builds(SessionsQuery, limit=st.integers(1, 500)),
    "session": st.builds(SessionQuery, session=_session_ids),
    "watch": st.just(Watch()),
}
PRODUCER_MESSAGES: dict[str, st.SearchStrategy[Message]] = {
    "started": st.builds(
        Started,
        session=_session_ids,
        epoch=_epochs,
        frames=_counts,
        fps=_fps,
        delivery=_deliveries,
        height=st.integers(1, 65535),
        width=st.integers(1, 65535),
        channels=st.integers(1, 4),
        classes=_classes,
        dataset=_names,
        origin=_names,
        next=_sequences,
        digest=_digests,
        window=st.integers(1, 65536),
        port=st.integers(1, 65535),
        path=st.builds(lambda session, epoch: f"/{session}/{epoch}", _session_ids, _epochs),
    ),
    "recalled": _recalled(),
    "stored": st.builds(Stored, session=_session_ids, through=_sequences),
    "progress": st.builds(
        Progress, session=_session_ids, sent=_counts, skipped=_counts, stored=_counts
    ),
    "stopped": st.builds(
        Stopped,
        session=_session_ids,
        frames=_counts,
        by=st.sampled_from(["consumer", "producer"]),
    ),
    "finished": st.builds(
        Finished,
        session=_session_ids,
        frames=_counts,
        sent=_counts,
        skipped=_counts,
        withdrawn=_counts,
        send_lag=_maybe(_quantiles),
    ),
    "accepted": st.builds(
        Accepted, session=_session_ids, receipt=_digests, balance=_sheets, score=_maybe(_scores)
    ),
    "sessions": st.builds(Sessions, sessions=_tuples(_infos)),
    "session": st.builds(Session, info=_infos, balance=_maybe(_sheets), score=_maybe(_scores)),
    "event": st.builds(
        Event,
        session=_session_ids,
        consumer=_names,
        dataset=_names,
        state=_names,
        fps=_fps,
        frames=_counts,
        sent=_counts,
        stored=_counts,
        verdict=_maybe(_verdicts),
    ),
    "error": st.builds(
        Error,
        code=st.from_regex("[a-z-]{1,32}", fullmatch=True),
        message=_names,
        fatal=st.booleans(),
    ),
}
