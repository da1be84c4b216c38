"""The analyst thread: takes what is waiting as one batch, classifies it, passes it on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from consumer.classifier.answers import Answers
from consumer.pipeline.answering import joined, spread, unanswered
from consumer.pipeline.channels import Channel, ChannelClosed
from consumer.pipeline.measuring import measure_frames
from consumer.pipeline.records import FrameMeasures, ReceivedFrame, ResultBatch, StageTimes
from consumer.vitals import Pulse
from shared.errors import CatwalkError, WorkerError

log = structlog.get_logger()

JOIN_S = 5.0


Measure = Callable[[Sequence[NDArray[np.uint8] | None]], FrameMeasures]


class Engine(Protocol):
    """Whatever classifies a batch."""

    def classify(self, images: NDArray[np.uint8]) -> Answers:
        """The answers to uint8 images (n, h, w)."""


class Analyst:
    """Owns the thread named "analyst".

    It never waits for more than one frame: a batch is what has arrived meanwhile, at most
    ``batch`` frames. That bounds the latency at a low rate and the cost a frame at a high one.

    Args:
        engine: classifies.
        frames: where received frames come from.
        results: where results go; ended or failed as ``frames`` was.
        batch: most frames of one batch.
        now_ns: nanoseconds since 1970.
        first: sequence number of the first frame to come.
        measure: how good each image of a batch is; None where nothing is to be measured.
    """

    name = "analyst"

    def __init__(
        self,
        engine: Engine,
        frames: Channel[ReceivedFrame],
        results: Channel[ResultBatch],
        *,
        batch: int,
        now_ns: Callable[[], int],
        first: int = 0,
        measure: Measure | None = measure_frames,
    ) -> None:
        self._engine = engine
        self._frames = frames
        self._results = results
        self._batch = batch
        self._now_ns = now_ns
        self._measure = measure
        self._passed = self._taken = first
        self._end: int | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        """Classify on a thread of its own."""
        self._thread.start()

    def join(self, within_s: float = JOIN_S) -> None:
        """End both queues and wait for the thread, at most so long.

        Raises:
            WorkerError: the thread did not end.
        """
        self._frames.close()
        self._results.close()
        self._thread.join(within_s)
        if self._thread.is_alive():
            raise WorkerError("the analyst thread did not end", expected=f"within {within_s} s")

    def stop(self) -> int:
        """Classify no more than is in hand; gives the number at which the session then ends."""
        with self._lock:
            if self._end is None:
                self._end = self._taken
            return self._end

    def pulse(self) -> Pulse:
        """How many frames it has passed on, and whether its thread has died or failed."""
        return Pulse(
            self._passed,
            dead=self._results.is_abandoned_by(self._thread),
            failure=str(self._results.failure or ""),
        )

    def _run(self) -> None:
        try:
            while batch := self._frames.take(self._batch):
                if wanted := self._wanted(batch):
                    self._results.put(self._analyse(wanted))
                    self._passed += len(wanted)
        except ChannelClosed:
            log.debug("analyst-cut")
        except CatwalkError as error:
            self._results.fail(error)
        except BaseException as error:  # pylint: disable=broad-exception-caught
            # Top of the thread: both neighbours must learn of it, whatever it was.
            failure = WorkerError("the analyst thread failed", got=repr(error))
            failure.__cause__ = error
            self._results.fail(failure)
        finally:
            # However it ended: nobody may wait for a result, nor for room for a frame.
            self._results.close()
            self._frames.close()

    def _classify(self, batch: list[ReceivedFrame]) -> Answers:
        fitting = [k for k, frame in enumerate(batch) if frame.model_input is not None]
        if not fitting:
            return unanswered(len(batch))
        images = np.stack([frame.model_input for frame in batch if frame.model_input is not None])
        sizes = list(portions(len(images)))
        ends = list(accumulate(sizes))
        found = [self._engine.classify(images[end - size : end]) for size, end in zip(sizes, ends)]
        return spread(joined(found, sizes), fitting, len(batch))

    def _wanted(self, batch: list[ReceivedFrame]) -> list[ReceivedFrame]:
        """The frames of a batch that a stop has not taken back."""
        with self._lock:
            if self._end is None:
                self._taken = batch[-1].header.sequence + 1
                return batch
            return [frame for frame in batch if frame.header.sequence < self._end]

    def _analyse(self, batch: list[ReceivedFrame]) -> ResultBatch:
        taken = self._now_ns()
        answers = self._classify(batch)
        done = self._now_ns()
        return _result(batch, answers, span=(taken, done), measures=self._measured(batch))

    def _measured(self, batch: list[ReceivedFrame]) -> FrameMeasures | None:
        """How good the images are; what OpenCV could not make fit is not given to it again."""
        if self._measure is None:
            return None
        return self._measure([None if frame.reason else frame.image for frame in batch])


def portions(count: int) -> Iterator[int]:
    """A number as a sum of powers of two, the greatest first.

    PyTorch keeps memory for every batch size that it has met: seven sizes up to 64 are few.
    """
    return (1 << bit for bit in reversed(range(count.bit_length())) if count >> bit & 1)


def _result(
    batch: list[ReceivedFrame],
    answers: Answers,
    *,
    span: tuple[int, int],
    measures: FrameMeasures | None,
) -> ResultBatch:
    taken, done = span
    headers = [frame.header for frame in batch]
    return ResultBatch(
        first=headers[0].sequence,
        images=tuple(frame.image for frame in batch),
        indices=np.array([header.index for header in headers], np.int64),
        crcs=np.array([header.crc for header in headers], np.uint32),
        labels=answers.labels,
        confidences=answers.confidences,
        times=StageTimes(
            sent=np.array([header.sent_ns for header in headers], np.int64),
            received=np.array([frame.received_ns for frame in batch], np.int64),
            taken=np.full(len(batch), taken, np.int64),
            done=np.full(len(batch), done, np.int64),
        ),
        reasons={frame.header.sequence: frame.reason for frame in batch if frame.reason},
        measures=measures,
        sets=answers.sets,
        novelty=answers.novelty,
    )
