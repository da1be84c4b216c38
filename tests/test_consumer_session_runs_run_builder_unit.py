"""RunBuilder: whatever the batches, contiguous runs of at most 256 frames with true digests."""

from __future__ import annotations

import dataclasses
import hashlib
import struct
from typing import Any

import numpy as np
import pytest
from consumer_parts import SESSION, results
from hypothesis import given
from hypothesis import strategies as st

from consumer.session import runs as runs_module
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


def test_a_run_says_what_was_said_of_doubt() -> None:
    builder = RunBuilder(SESSION, 1)
    novelty = [0.25, 0.0, 0.123456]
    builder.add(results(0, [2, -1, 0], sets=[(0, 2), (), (0,)], novelty=novelty))
    builder.add(results(3, [1], sets=[(1, 11)], novelty=[1.0]))
    run = builder.cut()
    assert run is not None
    assert run.sets == ((0, 2), (), (0,), (1, 11))
    assert run.novelties == (0.25, 0.0, 0.1235, 1.0)
    assert decode_consumer_message(encode_message(run)) == run


def test_of_a_model_that_says_nothing_of_doubt_no_run_does() -> None:
    builder = RunBuilder(SESSION, 1)
    builder.add(results(0, [2, -1]))
    run = builder.cut()
    assert run is not None
    assert (run.sets, run.novelties) == (None, None)
    assert "sets" not in encode_message(run) and "novelties" not in encode_message(run)


@pytest.mark.parametrize(
    ("doubt", "sets", "novelties"),
    [({"sets": [(1,)]}, ((1,),), None), ({"novelty": [0.5]}, None, (0.5,))],
)
def test_sets_and_novelties_may_come_alone(
    doubt: dict[str, Any], sets: object, novelties: object
) -> None:
    builder = RunBuilder(SESSION, 1)
    builder.add(results(0, [1], **doubt))
    run = builder.cut()
    assert run is not None
    assert (run.sets, run.novelties) == (sets, novelties)


def test_a_batch_of_rejected_frames_says_nothing_and_the_others_do() -> None:
    builder = RunBuilder(SESSION, 1)
    builder.add(results(0, [-1]))
    builder.add(results(1, [1], sets=[(0, 1)], novelty=[0.5]))
    run = builder.cut()
    assert run is not None
    assert (run.sets, run.novelties) == (((), (0, 1)), (0.0, 0.5))


def test_rejected_frames_alone_need_no_doubt() -> None:
    builder = RunBuilder(SESSION, 1)
    builder.add(results(0, [-1, -1]))
    run = builder.cut()
    assert run is not None
    assert (run.sets, run.novelties) == (None, None)


def test_a_run_of_which_some_frames_have_no_doubt_tells_of_none() -> None:
    builder = RunBuilder(SESSION, 1)
    builder.add(results(0, [1]))
    builder.add(results(1, [1], sets=[(0, 1)], novelty=[0.5]))
    run = builder.cut()
    assert run is not None
    assert (run.sets, run.novelties) == (None, None)


def test_runs_of_large_sets_are_shorter_and_every_message_is_below_its_limit() -> None:
    builder = RunBuilder(SESSION, 1)
    batch = results(0, [999] * 300, novelty=[0.0001] * 300, crcs=[2**32 - 1] * 300)
    builder.add(dataclasses.replace(batch, sets=np.ones((300, 1000), np.bool_)))
    runs = cut_all(builder)
    assert [len(run.labels) for run in runs] == [8] * 37 + [4]
    assert max(len(encode_message(run)) for run in runs) < 64 * 1024
    assert all(run.sets == (tuple(range(1000)),) * len(run.labels) for run in runs)


def test_a_set_beyond_the_limit_has_a_run_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs_module, "MOST_MEMBERS", 2)
    builder = RunBuilder(SESSION, 1)
    builder.add(results(0, [0, 0, 0], sets=[(0, 1, 2), (0,), (0,)]))
    assert [len(run.labels) for run in cut_all(builder)] == [1, 2]


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
