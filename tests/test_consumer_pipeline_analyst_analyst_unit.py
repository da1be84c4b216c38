"""Analyst: batches of what is there, rejected frames with their reason, and no quiet end."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np
import pytest
from consumer_parts import FakeEngine, HeldEngine, counting_clock, picture, received, take_all
from numpy.typing import NDArray

from consumer.classifier.answers import Answers
from consumer.pipeline.analyst import Analyst, Engine, Measure
from consumer.pipeline.channels import Channel, ChannelClosed
from consumer.pipeline.measuring import measure_frames
from consumer.pipeline.records import UNCLASSIFIED, FrameMeasures, ReceivedFrame, ResultBatch
from consumer.vitals import Pulse
from shared.digests import pixel_crc
from shared.errors import CatwalkError, DataError, FrameError, WorkerError
from shared.sets import members_of


class Bench:
    """An analyst with its two channels."""

    def __init__(
        self,
        engine: Engine,
        *,
        batch: int = 4,
        room: int = 1024,
        first: int = 0,
        measure: Measure | None = measure_frames,
        now_ns: Callable[[], int] | None = None,
    ) -> None:
        self.frames: Channel[ReceivedFrame] = Channel(1024)
        self.results: Channel[ResultBatch] = Channel(room)
        self.analyst = Analyst(
            engine,
            self.frames,
            self.results,
            batch=batch,
            now_ns=counting_clock() if now_ns is None else now_ns,
            first=first,
            measure=measure,
        )

    def feed(self, *frames: ReceivedFrame) -> None:
        """Put frames and end the stream."""
        for frame in frames:
            self.frames.put(frame)
        self.frames.close()

    def run(self, *frames: ReceivedFrame) -> list[ResultBatch]:
        """All results of these frames, once the thread has ended."""
        self.feed(*frames)
        self.analyst.start()
        batches = take_all(self.results)
        self.analyst.join()
        return batches

    def failure(self) -> CatwalkError:
        """What the results failed with, once the thread has ended."""
        with pytest.raises(CatwalkError) as caught:
            take_all(self.results)
        self.analyst.join()
        return caught.value

    def put_on(self) -> threading.Thread:
        """A thread that puts frame after frame until that is no longer possible."""

        def put() -> None:
            with suppress(ChannelClosed):
                for k in itertools.count():
                    self.frames.put(received(k))

        thread = threading.Thread(target=put, daemon=True)
        thread.start()
        return thread

    def assert_frames_closed(self) -> None:
        """Nobody can be left waiting for room."""
        with pytest.raises(ChannelClosed):
            self.frames.put(received(0))


@pytest.mark.parametrize(
    ("frames", "batch", "sizes"),
    [(10, 4, [4, 4, 2]), (4, 64, [4]), (4, 1, [1, 1, 1, 1]), (0, 4, [])],
)
def test_a_batch_is_what_waits_up_to_the_limit(frames: int, batch: int, sizes: list[int]) -> None:
    engine = FakeEngine()
    batches = Bench(engine, batch=batch).run(*(received(k) for k in range(frames)))
    assert engine.batches == sizes
    assert [len(each) for each in batches] == sizes


def test_results_keep_the_frames_order_and_all_they_say() -> None:
    first, second = Bench(FakeEngine(), batch=3).run(*(received(k) for k in range(5)))
    assert (first.first, second.first) == (0, 3)
    assert second.labels.tolist() == [0, 1]
    assert second.labels.dtype == np.int16
    assert second.confidences.tolist() == [0.5, 0.5]
    assert second.indices.tolist() == [1003, 1004]
    assert second.crcs.tolist() == [pixel_crc(picture(k).tobytes()) for k in (3, 4)]
    assert [image[0, 0] for image in second.images] == [3, 4]
    assert second.times.sent.tolist() == [30, 40]
    assert second.times.received.tolist() == [31, 41]
    # The clock counts looks: taken and done of the first batch are 1 and 2.
    assert second.times.taken.tolist() == [3, 3]
    assert second.times.done.tolist() == [4, 4]
    assert not second.reasons


def test_a_rejected_frame_has_no_label_and_its_reason() -> None:
    engine = FakeEngine()
    frames = [received(0), received(1, reason="too-large"), received(2), received(3, reason="odd")]
    (batch,) = Bench(engine).run(*frames)
    assert batch.labels.tolist() == [0, UNCLASSIFIED, 2, UNCLASSIFIED]
    assert batch.confidences.tolist() == [0.5, 0.0, 0.5, 0.0]
    assert batch.reasons == {1: "too-large", 3: "odd"}
    assert engine.batches == [2]


def test_a_batch_of_rejected_frames_alone_does_not_reach_the_engine() -> None:
    engine = FakeEngine(AssertionError("asked"))
    (batch,) = Bench(engine).run(received(0, reason="too-large"))
    assert batch.labels.tolist() == [UNCLASSIFIED]


@pytest.mark.parametrize("at", [0, 1, 7])
@pytest.mark.parametrize(
    "cause",
    [RuntimeError("broken"), MemoryError("no memory"), SystemExit("killed")],
    ids=["error", "memory", "killed"],
)
def test_a_raising_engine_fails_the_results_and_closes_the_frames(
    cause: BaseException, at: int
) -> None:
    bench = Bench(FakeEngine(cause, fail_at=at), batch=1)
    receiver = bench.put_on()
    bench.analyst.start()
    # Before anybody joins the analyst: what feeds it must be released at once.
    receiver.join(5)
    assert not receiver.is_alive()
    failure = bench.failure()
    assert isinstance(failure, WorkerError)
    assert failure.__cause__ is cause
    assert str(failure) == f"the analyst thread failed: got {cause!r}"


def test_a_documented_error_of_the_engine_is_passed_on_as_it_is() -> None:
    cause = DataError("wrong batch of images")
    bench = Bench(FakeEngine(cause))
    receiver = bench.put_on()
    bench.analyst.start()
    receiver.join(5)
    assert not receiver.is_alive()
    assert bench.failure() is cause


def test_an_engine_that_answers_for_too_few_frames_is_a_failure() -> None:
    class Short(FakeEngine):
        """Answers for two frames, whatever it gets."""

        def classify(self, images: NDArray[np.uint8]) -> Answers:
            """Labels and confidences of two frames."""
            return super().classify(images[:2])

    bench = Bench(Short())
    bench.feed(*(received(k) for k in range(4)))
    bench.analyst.start()
    assert isinstance(bench.failure(), WorkerError)


def test_a_batch_is_classified_in_powers_of_two_and_stays_one_batch() -> None:
    engine = FakeEngine()
    batches = Bench(engine, batch=64).run(*(received(k) for k in range(13)))
    assert engine.batches == [8, 4, 1]
    assert [batch.labels.tolist() for batch in batches] == [[k % 3 for k in range(13)]]


class Doubter(FakeEngine):
    """Tells of its doubt: each image's class and the next one, and a fifth of a third as novelty.

    Args:
        silent: which of its batches it says nothing about.
    """

    def __init__(self, *silent: int) -> None:
        super().__init__()
        self._silent = silent

    def classify(self, images: NDArray[np.uint8]) -> Answers:
        """Labels and confidences with sets and novelties."""
        found = super().classify(images)
        if len(self.batches) - 1 in self._silent:
            return found
        sets = np.zeros((len(images), 4), np.bool_)
        rows = np.arange(len(images))
        sets[rows, found.labels] = sets[rows, found.labels + 1] = True
        novelty = np.full(len(images), 0.2 / 3, np.float32)
        return Answers(found.labels, found.confidences, sets, novelty)


def test_doubt_is_passed_on_portion_by_portion_and_rounded_as_it_travels() -> None:
    frames = [received(0), received(1), received(2, reason="odd"), received(3)]
    (batch,) = Bench(Doubter()).run(*frames)
    assert batch.sets is not None and batch.novelty is not None
    assert members_of(batch.sets) == [(0, 1), (1, 2), (), (0, 1)]
    assert batch.novelty.tolist() == np.array([0.0667, 0.0667, 0, 0.0667], np.float32).tolist()


def test_an_engine_without_doubt_passes_none_on() -> None:
    (batch,) = Bench(FakeEngine()).run(received(0), received(1, reason="odd"))
    assert (batch.sets, batch.novelty) == (None, None)


def test_an_engine_that_tells_its_doubt_of_some_portions_alone_is_a_failure() -> None:
    bench = Bench(Doubter(1))
    bench.feed(*(received(k) for k in range(3)))
    bench.analyst.start()
    failure = bench.failure()
    assert isinstance(failure, WorkerError)
    assert "expected prediction sets of all portions or of none" in str(failure)


def test_a_failed_stream_fails_the_results_with_the_same_error() -> None:
    cause = FrameError("wrong CRC-32")
    bench = Bench(FakeEngine())
    bench.analyst.start()
    bench.frames.fail(cause)
    assert bench.failure() is cause


def test_a_slow_taker_loses_nothing() -> None:
    bench = Bench(FakeEngine(), batch=1, room=1)
    bench.feed(*(received(k) for k in range(50)))
    bench.analyst.start()
    batches = take_all(bench.results, limit=1)
    bench.analyst.join()
    assert [batch.first for batch in batches] == list(range(50))
    assert bench.results.use().high_water == 1


def _block(bench: Bench) -> None:
    """Return when the analyst waits for room in the results."""
    for k in range(9):
        bench.frames.put(received(k))
    bench.analyst.start()
    while not bench.results.use().waits:
        # Busy waiting: the thread has nothing else to do than to begin its wait.
        pass


def test_join_releases_an_analyst_that_waits_for_room() -> None:
    bench = Bench(FakeEngine(), batch=1, room=1)
    _block(bench)
    bench.analyst.join()
    bench.assert_frames_closed()


def test_join_releases_an_analyst_that_waits_for_frames() -> None:
    bench = Bench(FakeEngine())
    bench.analyst.start()
    bench.analyst.join()
    assert bench.results.drain() == ([], True)


def test_a_stream_that_fails_while_the_results_are_full_is_known_once_there_is_room() -> None:
    bench = Bench(FakeEngine(), batch=1, room=1)
    _block(bench)
    cause = FrameError("wrong CRC-32")
    bench.frames.fail(cause)
    assert bench.failure() is cause


def test_a_stop_finishes_the_batch_in_hand_and_takes_back_what_waits() -> None:
    engine = HeldEngine()
    bench = Bench(engine, batch=3)
    bench.feed(*(received(k) for k in range(8)))
    bench.analyst.start()
    assert engine.asked.wait(5)
    assert bench.analyst.stop() == 3
    engine.release.set()
    batches = take_all(bench.results)
    bench.analyst.join()
    assert [len(batch) for batch in batches] == [3]
    assert (bench.analyst.pulse(), bench.analyst.stop()) == (Pulse(3), 3)


@pytest.mark.parametrize("first", [0, 40])
def test_a_stop_before_the_first_frame_ends_the_session_where_the_connection_began(
    first: int,
) -> None:
    engine = FakeEngine()
    bench = Bench(engine, first=first)
    assert (bench.analyst.stop(), bench.analyst.pulse()) == (first, Pulse(first))
    assert not bench.run(*(received(first + k) for k in range(5)))
    assert not engine.batches
    assert bench.analyst.pulse() == Pulse(first)


def test_a_stop_after_the_last_frame_is_at_its_end() -> None:
    bench = Bench(FakeEngine(), first=10)
    assert sum(map(len, bench.run(*(received(k) for k in range(10, 15))))) == 5
    assert (bench.analyst.stop(), bench.analyst.pulse()) == (15, Pulse(15))


def test_a_stop_while_frames_come_ends_with_the_last_one_taken() -> None:
    bench = Bench(FakeEngine(), batch=1, room=1)
    receiver = bench.put_on()
    bench.analyst.start()
    at = bench.analyst.stop()
    batches = []
    while bench.analyst.pulse().passed < at:
        batches += bench.results.take(1)
    bench.frames.close()
    batches += take_all(bench.results)
    receiver.join(5)
    bench.analyst.join()
    assert [batch.first for batch in batches] == list(range(at))


def test_an_engine_that_does_not_return_is_named_at_join() -> None:
    engine = HeldEngine()
    bench = Bench(engine)
    bench.frames.put(received(0))
    bench.analyst.start()
    assert engine.asked.wait(5)
    with pytest.raises(WorkerError, match="the analyst thread did not end: expected within 0.01 s"):
        bench.analyst.join(0.01)
    engine.release.set()
    bench.analyst.join()


def test_its_pulse_counts_the_frames_passed_on_before_and_after_a_regular_end() -> None:
    bench = Bench(FakeEngine(), batch=2)
    assert bench.analyst.pulse() == Pulse(0)
    bench.run(*(received(k) for k in range(3)), received(3, reason="too-large"), received(4))
    assert bench.analyst.pulse() == Pulse(5)


def test_a_batch_that_nobody_takes_is_not_passed_on() -> None:
    bench = Bench(FakeEngine(), batch=1, room=1)
    _block(bench)
    assert bench.analyst.pulse() == Pulse(1)
    bench.analyst.join()


def test_its_pulse_tells_of_an_error() -> None:
    bench = Bench(FakeEngine(DataError("wrong batch of images")))
    bench.feed(received(0))
    bench.analyst.start()
    bench.failure()
    assert bench.analyst.pulse() == Pulse(0, failure="wrong batch of images")


def test_a_thread_that_ends_in_silence_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Analyst, "_run", lambda _: None)
    bench = Bench(FakeEngine())
    assert not bench.analyst.pulse().dead
    bench.analyst.start()
    while not bench.analyst.pulse().dead:
        # Busy waiting: the thread has nothing else to do than to end.
        pass
    bench.analyst.join()
    assert not bench.analyst.pulse().dead


def test_each_frame_that_is_classified_is_measured_as_received() -> None:
    frames = [received(0), received(1, reason="too-large"), received(2)]
    first, second = Bench(FakeEngine(), batch=2).run(*frames)
    assert first.measures is not None and second.measures is not None
    assert np.isnan(first.measures.values).all(axis=1).tolist() == [False, True]
    assert first.measures.blank.tolist() == [True, False]
    # A picture has its sequence number as the value of every pixel.
    assert second.measures.values[0].tolist()[:2] == [2.0, 0.0]


def test_without_a_measure_nothing_is_measured() -> None:
    (batch,) = Bench(FakeEngine(), measure=None).run(received(0))
    assert batch.measures is None


def test_a_measure_that_raises_ends_the_session_with_its_cause() -> None:
    cause = RuntimeError("broken")

    def broken(_: object) -> FrameMeasures:
        raise cause

    bench = Bench(FakeEngine(), measure=broken)
    bench.feed(received(0))
    bench.analyst.start()
    failure = bench.failure()
    assert isinstance(failure, WorkerError)
    assert failure.__cause__ is cause
    bench.assert_frames_closed()


def test_the_time_of_measuring_is_not_the_time_of_classification() -> None:
    clock = counting_clock()

    def slow(images: Sequence[NDArray[np.uint8] | None]) -> FrameMeasures:
        for _ in range(100):
            clock()
        return measure_frames(images)

    (batch,) = Bench(FakeEngine(), measure=slow, now_ns=clock).run(received(0))
    assert (batch.times.taken.tolist(), batch.times.done.tolist()) == ([1], [2])
