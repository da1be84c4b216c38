"""RunBuilder: whatever the batches, contiguous runs of at most 256 frames with true digests."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
import pytest
from consumer_parts import SESSION, results
from hypothesis import given
from hypothesis import strategies as st

from consumer.session.runs import RunBuilder
from shared.messages import Predictions, Unclassified, decode_consumer_message, encode_message


def blake(crcs: list[int]) -> str:
    """The content digest, computed without the project's own code."""
    packed = struct.pack(f"<{len(crcs)}I", *crcs)
    return hashlib.blake2b(packed, digest_size=16).hexdigest()


def cut_all(builder: RunBuilder) -> list[Predictions]:
    """Every run there is."""
    return list(iter(builder.cut, None))


def test_without_results_there_is_no_run() -> None:
    builder = RunBuilder(SESSION, 1)
    assert builder.cut() is None
    assert (builder.pending, builder.frames) == (0, 0)


def test_a_later_connections_first_run_is_where_the_session_goes_on() -> None:
    builder = RunBuilder(SESSION, 2, first=300)
    assert builder.frames == 300
    builder.add(results(300, [1, -1]))
    run = builder.cut()
    assert run is not None
    assert (run.epoch, run.first, builder.frames) == (2, 300, 302)
    assert run.unclassified == (Unclassified(sequence=301, reason="too-large"),)


def test_a_run_says_what_the_results_said() -> None:
    builder = RunBuilder(SESSION, 7)
    builder.add(results(0, [2, -1, 0], confidences=[0.25, 0.0, 1.0], crcs=[9, 2**32 - 1, 0]))
    assert builder.pending == 3
    assert builder.cut() == Predictions(
        session=SESSION,
        epoch=7,
        first=0,
        labels=(2, -1, 0),
        confidences=(0.25, 0.0, 1.0),
        digest=blake([9, 2**32 - 1, 0]),
        unclassified=(Unclassified(sequence=1, reason="too-large"),),
    )
    assert (builder.pending, builder.frames) == (0, 3)


@pytest.mark.parametrize(
    ("given_sizes", "run_sizes"),
    [([256], [256]), ([257], [256, 1]), ([255, 2], [256, 1]), ([1000], [256, 256, 256, 232])],
)
def test_a_run_ends_at_256_frames(given_sizes: list[int], run_sizes: list[int]) -> None:
    builder = RunBuilder(SESSION, 1)
    first = 0
    for size in given_sizes:
        builder.add(results(first, [1] * size))
        first += size
    assert [len(run.labels) for run in cut_all(builder)] == run_sizes


@pytest.mark.parametrize(
    ("confidence", "told"),
    [
        (0.0, 0.0),
        (1.0, 1.0),
        (0.123456, 0.1235),
        (0.00004, 0.0),
        (0.99996, 1.0),
        (1.0 + 2**-23, 1.0),
        (float(np.nextafter(np.float32(1), np.float32(0))), 1.0),
        (1 / 3, 0.3333),
    ],
)
def test_a_confidence_travels_with_four_decimals_within_0_and_1(
    confidence: float, told: float
) -> None:
    builder = RunBuilder(SESSION, 1)
    builder.add(results(0, [1], confidences=[confidence]))
    run = builder.cut()
    assert run is not None
    assert run.confidences == (told,)


def test_reasons_are_kept_across_the_cut_between_two_runs() -> None:
    builder = RunBuilder(SESSION, 1)
    labels = [0] * 255 + [-1, -1] + [0] * 3
    builder.add(results(0, labels, reasons={255: "too-large", 256: "not-readable"}))
    first, second = cut_all(builder)
    assert first.unclassified == (Unclassified(sequence=255, reason="too-large"),)
    assert second.unclassified == (Unclassified(sequence=256, reason="not-readable"),)
    assert second.first == 256


@given(
    batches=st.lists(
        st.lists(
            st.tuples(st.integers(-1, 9), st.integers(0, 2**32 - 1), st.floats(0, 1, width=32)),
            min_size=1,
            max_size=300,
        ),
        max_size=6,
    ),
    cut_between=st.booleans(),
)
def test_any_batches_give_contiguous_runs_of_the_same_frames(
    batches: list[list[tuple[int, int, float]]], cut_between: bool
) -> None:
    builder = RunBuilder(SESSION, 1)
    runs: list[Predictions] = []
    frames = [frame for batch in batches for frame in batch]
    first = 0
    for batch in batches:
        labels, crcs, confidences = zip(*batch)
        reasons = {first + k: f"odd-{first + k}" for k, label in enumerate(labels) if label < 0}
        builder.add(results(first, labels, confidences=confidences, crcs=crcs, reasons=reasons))
        first += len(batch)
        if cut_between:
            runs += cut_all(builder)
    runs += cut_all(builder)

    place = 0
    for run in runs:
        assert run.first == place
        assert 1 <= len(run.labels) <= 256
        part = frames[place : place + len(run.labels)]
        assert run.labels == tuple(label for label, _, _ in part)
        assert run.digest == blake([crc for _, crc, _ in part])
        assert np.abs(np.array(run.confidences) - [share for _, _, share in part]).max() <= 5.1e-5
        assert [(each.sequence, each.reason) for each in run.unclassified] == [
            (k, f"odd-{k}") for k, frame in enumerate(part, place) if frame[0] < 0
        ]
        assert decode_consumer_message(encode_message(run)) == run
        place += len(run.labels)
    assert place == builder.frames == len(frames)
