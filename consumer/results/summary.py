"""Summary metrics of a session, gathered batch by batch in fixed memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from consumer.pipeline.records import UNCLASSIFIED, ResultBatch, StageTimes
from shared.doubt import Doubt
from shared.latency import LatencyBins, LatencyHistogram
from shared.messages import Recalled
from shared.quality import Quality
from shared.reports import HISTOGRAM_BINS, Latencies, Quantiles, QueueUse, Summary

UNKNOWN_REASON = "unknown"
NS_PER_S = 1e9
_STAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "network": ("sent", "received"),
        "queue": ("received", "taken"),
        "classification": ("taken", "done"),
        "end_to_end": ("sent", "done"),
    }
)


class SummaryMetric:
    """Counts, confidences, throughput and stage latencies of all frames of a session.

    A frame that could not be classified is counted under ``rejected`` by its reason and in the
    latencies, never in the class counts, the confidences or the throughput. Memory does not grow
    with the number of frames.

    Args:
        model: the model's name.
        classes: class names, a label's index finds its name; at least one.
    """

    def __init__(self, model: str, classes: Sequence[str]) -> None:
        if not classes:
            raise ValueError("expected at least one class name, got none")
        self._model = model
        self._classes = tuple(classes)
        self.reset()

    def reset(self) -> None:
        """Forget every frame."""
        self._frames = 0
        self._recalled = 0
        self._counts = np.zeros(len(self._classes), dtype=np.int64)
        self._confidence_sum = 0.0
        self._confidence_bins = np.zeros(HISTOGRAM_BINS, dtype=np.int64)
        self._rejected: Counter[str] = Counter()
        self._first_received: int | None = None
        self._last_done: int | None = None
        self._latencies = {stage: LatencyHistogram() for stage in _STAGES}

    def update(self, batch: ResultBatch) -> None:
        """Count a run of frames.

        Raises:
            ValueError: a label is neither an index into the classes nor UNCLASSIFIED; nothing of
                the run is counted.
        """
        if len(batch) == 0:
            return
        labels, confidences = batch.labels, batch.confidences
        low, high = int(labels.min()), int(labels.max())
        if low < UNCLASSIFIED or high >= len(self._classes):
            raise ValueError(f"expected labels of -1..{len(self._classes) - 1}, got {low}..{high}")
        if low == UNCLASSIFIED:
            classified = labels != UNCLASSIFIED
            self._reject(batch, np.flatnonzero(~classified))
            labels, confidences = labels[classified], confidences[classified]
        self._count(labels, confidences)
        self._time(batch.times)
        self._frames += len(batch)

    def recall(self, recalled: Recalled) -> None:
        """Count frames that an earlier process has classified: all but their times.

        Raises:
            ValueError: a label is not an index into the classes; nothing is counted.
        """
        labels = np.array(recalled.labels, np.int16)
        if int(labels.max()) >= len(self._classes):
            raise ValueError(f"expected labels of -1..{len(self._classes) - 1}, got {labels.max()}")
        classified = labels != UNCLASSIFIED
        self._count(labels[classified], np.array(recalled.confidences, np.float32)[classified])
        self._rejected.update(frame.reason for frame in recalled.unclassified)
        self._frames += len(labels)
        self._recalled += int(classified.sum())

    def merge(self, other: SummaryMetric) -> None:
        """Add what another metric over the same classes has counted; the other stays as it is.

        Raises:
            ValueError: the classes differ.
        """
        # pylint: disable=protected-access  # of another object of this very class
        if other._classes != self._classes:
            raise ValueError("expected a metric over the same classes, got other classes")
        self._frames += other._frames
        self._recalled += other._recalled
        self._counts += other._counts
        self._confidence_sum += other._confidence_sum
        self._confidence_bins += other._confidence_bins
        self._rejected.update(other._rejected)
        if other._first_received is not None and other._last_done is not None:
            self._span(other._first_received, other._last_done)
        for stage, histogram in self._latencies.items():
            histogram.merge(other._latencies[stage])

    def compute(
        self,
        *,
        frames_queue: QueueUse,
        results_queue: QueueUse,
        send_lag: Quantiles | None,
        quality: Quality | None = None,
        doubt: Doubt | None = None,
    ) -> Summary:
        """The summary so far; ``send_lag`` is the producer's to tell, None where it has none.

        ``quality`` is that of the frames and ``doubt`` that of the model, counted beside this.
        """
        classified = int(self._counts.sum())
        duration = self._duration_s()
        quantiles = {stage: found.compute() for stage, found in self._latencies.items()}
        return Summary(
            model=self._model,
            classes=self._classes,
            frames=self._frames,
            counts=tuple(self._counts.tolist()),
            # Rounding of a long sum must not carry the mean out of its range.
            mean_confidence=min(1.0, self._confidence_sum / classified) if classified else None,
            confidence_histogram=tuple(self._confidence_bins.tolist()),
            duration_s=duration,
            throughput=(classified - self._recalled) / duration if duration else 0.0,
            latencies=Latencies(send_lag=send_lag, **quantiles),
            frames_queue=frames_queue,
            results_queue=results_queue,
            rejected=dict(sorted(self._rejected.items())),
            quality=quality,
            doubt=doubt,
        )

    def latency_bins(self) -> dict[str, LatencyBins]:
        """Each measured stage's distribution, for plotting; stages without frames are absent."""
        found = {stage: histogram.bins() for stage, histogram in self._latencies.items()}
        return {stage: bins for stage, bins in found.items() if bins is not None}

    def _count(self, labels: NDArray[np.int16], confidences: NDArray[np.float32]) -> None:
        self._counts += np.bincount(labels, minlength=len(self._classes))
        # In float32 the product could round up into the next bin.
        exact = confidences.astype(np.float64)
        self._confidence_sum += float(exact.sum())
        bins = np.minimum((exact * HISTOGRAM_BINS).astype(np.intp), HISTOGRAM_BINS - 1)
        self._confidence_bins += np.bincount(bins, minlength=HISTOGRAM_BINS)

    def _reject(self, batch: ResultBatch, places: NDArray[np.intp]) -> None:
        for place in places.tolist():
            self._rejected[batch.reasons.get(batch.first + place, UNKNOWN_REASON)] += 1

    def _time(self, times: StageTimes) -> None:
        self._span(int(times.received.min()), int(times.done.max()))
        for stage, (start, end) in _STAGES.items():
            self._latencies[stage].update(getattr(times, end) - getattr(times, start))

    def _span(self, received: int, done: int) -> None:
        if self._first_received is None or self._last_done is None:
            self._first_received, self._last_done = received, done
        else:
            self._first_received = min(self._first_received, received)
            self._last_done = max(self._last_done, done)

    def _duration_s(self) -> float:
        if self._first_received is None or self._last_done is None:
            return 0.0
        return max(0, self._last_done - self._first_received) / NS_PER_S
