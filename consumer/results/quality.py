"""Which frames of a session are not as they should be, and whether all of them change with time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consumer.pipeline.records import ResultBatch
from consumer.results.flagging import MeasuredFrames, Verdicts
from consumer.results.levels import LevelStatistics, MeasureBins, coarse_bins
from consumer.results.reference import FEWEST, Reference
from shared.messages import Recalled
from shared.quality import MEASURES, Distribution, Drift, MeasureName, MeasureQuality, Quality

WINDOW = 256
"""Frames of the reference, and of each window that is compared with it."""


class QualityMetric:
    """Flags frames that are blank, saturated or outliers, and compares windows with the first one.

    The first WINDOW frames are the reference; all frames, those among them, are judged by it. Of a
    session that ends before, all its frames are. Frames are taken in their order; how they were
    batched changes nothing. Memory does not grow with their number.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget every frame."""
        self._session = LevelStatistics()
        self._recent = MeasuredFrames.none()
        self._reference: Reference | None = None
        self._verdicts = Verdicts()
        self._worst: tuple[Drift | None, ...] = (None,) * len(MEASURES)

    def update(self, batch: ResultBatch) -> None:
        """Judge the next frames."""
        for frames in self._windows(MeasuredFrames.of(batch)):
            self._session.update(frames.levels)
            self._recent = self._recent.then(frames).last(WINDOW)
            if self._reference is not None:
                self._verdicts.judge(frames, self._reference)
            if self._session.frames % WINDOW == 0:
                self._end_window()

    def recall(self, _: Recalled) -> None:
        """Pass over frames of an earlier process: their images are gone."""

    def compute(self) -> Quality | None:
        """The quality so far, or None where nothing was measured."""
        if self._session.frames == 0:
            return None
        reference, verdicts = self._judged()
        measures = tuple(self._measures(reference, verdicts))
        return Quality(
            measured=self._session.frames,
            blank=verdicts.blank,
            saturated=verdicts.saturated,
            outliers=verdicts.outliers,
            frames=tuple(verdicts.flagged),
            drifted=tuple(found.measure for found in measures if _has_drifted(found)),
            measures=measures,
        )

    def bins(self) -> Mapping[MeasureName, MeasureBins]:
        """The distribution of each measure, for plotting; none where nothing was measured."""
        if self._session.frames == 0:
            return {}
        reference, _ = self._judged()
        return coarse_bins(reference.statistics, self._session)

    def _windows(self, frames: MeasuredFrames) -> Iterator[MeasuredFrames]:
        """The same frames, cut where windows end."""
        start, stop = 0, WINDOW - self._session.frames % WINDOW
        while start < len(frames):
            yield frames.part(start, stop)
            start, stop = stop, stop + WINDOW

    def _end_window(self) -> None:
        window = LevelStatistics.of(self._recent.levels)
        if self._reference is None:
            self._reference = Reference(window)
            self._verdicts.judge(self._recent, self._reference)
            return
        drifts = self._reference.drift(window, first=int(self._recent.sequences[0]))
        self._worst = tuple(map(_worse, self._worst, drifts))

    def _judged(self) -> tuple[Reference, Verdicts]:
        """The reference so far, and what comes of it."""
        if self._reference is not None:
            return self._reference, self._verdicts
        reference, verdicts = Reference(self._session), Verdicts()
        verdicts.judge(self._recent, reference)
        return reference, verdicts

    def _measures(self, reference: Reference, verdicts: Verdicts) -> Iterator[MeasureQuality]:
        ours, theirs = reference.statistics.compute(), self._session.compute()
        low, high = reference.low, reference.high
        recent = self._after_reference(reference)
        for place, measure in enumerate(MEASURES):
            yield MeasureQuality(
                measure=measure,
                reference=ours[place],
                session=theirs[place],
                recent=None if recent is None else recent[0][place],
                low=low[place] if reference.judges else None,
                high=high[place] if reference.judges else None,
                outliers=int(verdicts.by_measure[place]),
                drift=None if recent is None else recent[1][place],
                worst=self._worst[place],
            )

    def _after_reference(
        self, reference: Reference
    ) -> tuple[tuple[Distribution, ...], tuple[Drift, ...]] | None:
        """The last window of the frames that follow the reference; None where they are too few."""
        later = self._recent.last(max(0, self._session.frames - WINDOW))
        if len(later) < FEWEST:
            return None
        window = LevelStatistics.of(later.levels)
        return window.compute(), reference.drift(window, first=int(later.sequences[0]))


def _worse(one: Drift | None, other: Drift) -> Drift:
    """Of two windows the one that is further from the reference; the earlier one of two equals."""
    if one is None or (other.drifted, other.distance) > (one.drifted, one.distance):
        return other
    return one


def _has_drifted(found: MeasureQuality) -> bool:
    return any(drift is not None and drift.drifted for drift in (found.drift, found.worst))
