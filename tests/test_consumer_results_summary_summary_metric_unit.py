"""SummaryMetric: the same figures as counted by hand, however the frames were batched."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from consumer_parts import CLASSES, recalled, results
from hypothesis import given
from hypothesis import strategies as st

from consumer.pipeline.records import ResultBatch, StageTimes
from consumer.results.summary import UNKNOWN_REASON, SummaryMetric
from shared.latency import LatencyHistogram
from shared.doubt import Doubt
from shared.quality import Quality
from shared.reports import HISTOGRAM_BINS, Quantiles, QueueUse, Summary

QUEUE = QueueUse(capacity=8, high_water=3, waits=1)
frames = st.lists(
    st.tuples(st.integers(-1, len(CLASSES) - 1), st.floats(0.0, 1.0, width=32)), max_size=40
)


def _metric(*batches: ResultBatch) -> SummaryMetric:
    metric = SummaryMetric("net", CLASSES)
    for batch in batches:
        metric.update(batch)
    return metric


def _compute(metric: SummaryMetric, send_lag: Quantiles | None = None) -> Summary:
    return metric.compute(frames_queue=QUEUE, results_queue=QueueUse(), send_lag=send_lag)


def _batch(first: int, pairs: list[tuple[int, float]]) -> ResultBatch:
    confidences = [confidence if label >= 0 else 0.0 for label, confidence in pairs]
    return results(first, [label for label, _ in pairs], confidences=confidences)


def _comparable(summary: Summary) -> dict[str, Any]:
    found = summary.model_dump()
    mean = found.pop("mean_confidence")
    return found | {"mean_confidence": mean and pytest.approx(mean)}


@given(pairs=frames)
def test_the_figures_are_those_counted_by_hand(pairs: list[tuple[int, float]]) -> None:
    summary = _compute(_metric(_batch(7, pairs)))
    good = [(label, confidence) for label, confidence in pairs if label >= 0]
    labels = Counter(label for label, _ in good)
    histogram = [0] * HISTOGRAM_BINS
    for _, confidence in good:
        histogram[min(int(confidence * HISTOGRAM_BINS), HISTOGRAM_BINS - 1)] += 1
    rejected = len(pairs) - len(good)
    assert summary.frames == len(pairs)
    assert summary.counts == tuple(labels[k] for k in range(len(CLASSES)))
    assert summary.confidence_histogram == tuple(histogram)
    assert summary.rejected == ({"too-large": rejected} if rejected else {})
    if good:
        mean = sum(confidence for _, confidence in good) / len(good)
        assert summary.mean_confidence == pytest.approx(mean)
    else:
        assert summary.mean_confidence is None


@given(pairs=frames, cut=st.integers(0, 40))
def test_batches_and_merged_metrics_give_the_same_as_one_batch(
    pairs: list[tuple[int, float]], cut: int
) -> None:
    start, rest = _batch(0, pairs[:cut]), _batch(len(pairs[:cut]), pairs[cut:])
    whole, pieces = _metric(_batch(0, pairs)), _metric(start, rest)
    merged, other = _metric(start), _metric(rest)
    before = _compute(other)
    merged.merge(other)
    expected = _comparable(_compute(whole))
    assert _comparable(_compute(pieces)) == expected
    assert _comparable(_compute(merged)) == expected
    assert _compute(other) == before


def test_stages_duration_and_throughput_come_from_the_times() -> None:
    one = np.ones(4, np.int64)
    start = 10**18 + 10**7 * np.arange(4, dtype=np.int64)
    batch = results(0, [0, 1, -1, 2])
    times = StageTimes(start, start + 10**6 * one, start + 3 * 10**6, start + 6 * 10**6)
    metric = _metric(ResultBatch(**{name: getattr(batch, name) for name in _FIELDS}, times=times))
    summary = _compute(metric)
    found = summary.latencies
    for stage, milliseconds in (
        (found.network, 1.0),
        (found.queue, 2.0),
        (found.classification, 3.0),
        (found.end_to_end, 6.0),
    ):
        assert stage is not None
        assert (stage.count, stage.p50, stage.max) == (4, milliseconds, milliseconds)
    assert summary.duration_s == pytest.approx(0.035)
    assert summary.throughput == pytest.approx(3 / 0.035)
    assert set(metric.latency_bins()) == {"network", "queue", "classification", "end_to_end"}


_FIELDS = ("first", "images", "indices", "crcs", "labels", "confidences", "reasons")


def test_a_clock_behind_gives_negative_latencies_and_no_negative_duration() -> None:
    batch = results(0, [0])
    early = np.array([0], np.int64)
    late = np.array([10**9], np.int64)
    times = StageTimes(sent=late, received=late, taken=late, done=early)
    metric = _metric(ResultBatch(**{name: getattr(batch, name) for name in _FIELDS}, times=times))
    summary = _compute(metric)
    assert summary.latencies.end_to_end is not None
    assert summary.latencies.end_to_end.p50 == -1000.0
    assert (summary.duration_s, summary.throughput) == (0.0, 0.0)


def test_frames_are_rejected_by_reason() -> None:
    reasons = {0: "too-large", 2: "wrong-kind", 3: "too-large"}
    summary = _compute(_metric(results(0, [-1, 1, -1, -1, -1], reasons=reasons)))
    assert summary.rejected == {"too-large": 2, UNKNOWN_REASON: 1, "wrong-kind": 1}
    assert summary.counts == (0, 1, 0)


def test_without_frames_there_is_nothing_to_say() -> None:
    summary = _compute(_metric(results(0, [])))
    assert summary == _compute(SummaryMetric("net", CLASSES))
    assert (summary.frames, summary.mean_confidence, summary.throughput) == (0, None, 0.0)
    assert summary.latencies.end_to_end is None
    assert not SummaryMetric("net", CLASSES).latency_bins()


def test_recalled_frames_count_as_others_but_for_their_times() -> None:
    metric = _metric()
    metric.recall(recalled(0, [0, 2, -1, 2]))
    metric.recall(recalled(4, [1]))
    summary = _compute(metric)
    assert (summary.frames, summary.counts) == (5, (1, 1, 2))
    assert summary.mean_confidence == 0.25
    assert summary.confidence_histogram == (*[0] * 5, 4, *[0] * 14)
    assert summary.rejected == {"not-readable": 1}
    assert (summary.duration_s, summary.throughput) == (0.0, 0.0)
    assert summary.latencies.end_to_end is None
    assert not metric.latency_bins()


def test_the_throughput_is_that_of_the_frames_of_this_process() -> None:
    metric, alone = _metric(results(4, [0, 1, 2])), _metric(results(4, [0, 1, 2]))
    metric.recall(recalled(0, [0, 2, -1, 2]))
    assert _compute(metric).frames == 7
    assert _compute(metric).throughput == _compute(alone).throughput > 0.0
    assert _compute(metric).latencies == _compute(alone).latencies


@given(pairs=frames, cut=st.integers(0, 40))
def test_a_session_recalled_in_part_has_the_counts_of_the_whole(
    pairs: list[tuple[int, float]], cut: int
) -> None:
    page, rest = pairs[:cut], pairs[cut:]
    metric = _metric()
    if page:
        shares = tuple(share if label >= 0 else 0.0 for label, share in page)
        metric.recall(recalled(0, [label for label, _ in page], confidences=shares))
    metric.update(_batch(len(page), rest))
    found, whole = _compute(metric), _compute(_metric(_batch(0, pairs)))
    for name in ("frames", "counts", "confidence_histogram"):
        assert getattr(found, name) == getattr(whole, name)
    assert sum(found.rejected.values()) == sum(whole.rejected.values())
    assert _comparable(found)["mean_confidence"] == whole.mean_confidence


def test_recalled_frames_are_merged_and_forgotten_like_others() -> None:
    metric, other = _metric(results(4, [0])), _metric()
    other.recall(recalled(0, [0, 2, -1, 2]))
    alone = _compute(metric)
    metric.merge(other)
    assert (_compute(metric).frames, _compute(metric).throughput) == (5, alone.throughput)
    metric.reset()
    metric.update(results(4, [0]))
    assert _compute(metric) == alone


@pytest.mark.parametrize("label", [3, 999])
def test_a_recalled_label_out_of_range_is_refused_and_nothing_is_counted(label: int) -> None:
    metric = _metric(results(0, [1]))
    before = _compute(metric)
    with pytest.raises(ValueError, match=rf"expected labels of -1..2, got {label}"):
        metric.recall(recalled(1, [0, label]))
    assert _compute(metric) == before


def test_queues_and_send_lag_are_passed_on() -> None:
    histogram = LatencyHistogram()
    histogram.update(np.array([5_000_000], np.int64))
    summary = _compute(_metric(), histogram.compute())
    assert summary.frames_queue == QUEUE
    assert summary.latencies.send_lag == histogram.compute()


@pytest.mark.parametrize("label", [3, 32767, -2, -32768])
def test_a_label_out_of_range_is_refused_and_nothing_of_its_run_is_counted(label: int) -> None:
    metric = _metric(results(0, [1]))
    before = _compute(metric)
    with pytest.raises(ValueError, match=r"expected labels of -1..2, got"):
        metric.update(results(1, [0, -1, label], reasons={}))
    assert _compute(metric) == before


def test_a_full_confidence_is_in_the_last_bin_and_rounding_moves_none_up() -> None:
    summary = _compute(_metric(results(0, [0, 0, 0], confidences=[1.0, 0.95, 0.0])))
    # In float32, 0.95 is a little less.
    assert summary.confidence_histogram == (1, *[0] * 17, 1, 1)


def test_after_a_reset_nothing_is_left() -> None:
    metric = _metric(results(0, [0, -1]))
    metric.reset()
    assert _compute(metric) == _compute(SummaryMetric("net", CLASSES))


def test_metrics_of_other_classes_do_not_merge() -> None:
    with pytest.raises(ValueError, match="expected a metric over the same classes"):
        _metric().merge(SummaryMetric("net", ("other",)))


def test_a_metric_without_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least one class name, got none"):
        SummaryMetric("net", ())


def test_the_quality_of_the_frames_is_handed_on() -> None:
    quality = Quality(measured=3, blank=1)
    found = _metric().compute(
        frames_queue=QUEUE, results_queue=QUEUE, send_lag=None, quality=quality
    )
    assert found.quality == quality
    assert _compute(_metric()).quality is None


def test_the_models_doubt_is_handed_on() -> None:
    doubt = Doubt(frames=1, set_sizes=(1, 0, 0, 0), mean_set_size=1.0)
    found = _metric().compute(frames_queue=QUEUE, results_queue=QUEUE, send_lag=None, doubt=doubt)
    assert found.doubt == doubt
    assert _compute(_metric()).doubt is None
