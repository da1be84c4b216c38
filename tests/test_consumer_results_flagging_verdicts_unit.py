"""Verdicts: every frame is flagged once, with the reason that says most."""

from __future__ import annotations

import numpy as np
import pytest
from consumer_parts import results
from quality_parts import SATURATED, frames, measured, row, rows

from consumer.results.flagging import CLIPPED_BRIGHT, MeasuredFrames, Verdicts
from consumer.results.levels import LevelStatistics, levels_of
from consumer.results.reference import Reference
from shared.quality import MAX_FLAGGED, MEASURES, FlaggedFrame

REFERENCE = Reference(LevelStatistics.of(levels_of(rows(256))))


def _judged(*parts: MeasuredFrames) -> Verdicts:
    verdicts = Verdicts()
    for part in parts:
        verdicts.judge(part, REFERENCE)
    return verdicts


def _counts(verdicts: Verdicts) -> tuple[int, int, int]:
    return verdicts.blank, verdicts.saturated, verdicts.outliers


@pytest.mark.parametrize(
    ("values", "is_blank", "counts"),
    [
        ({}, False, (0, 0, 0)),
        ({"contrast": 0.0, "entropy": 0.0}, True, (1, 0, 0)),
        ({"clipped_bright": 1.0, "clipped_dark": 0.0}, True, (1, 0, 0)),
        (SATURATED, False, (0, 1, 0)),
        ({"clipped_dark": 0.65, "clipped_bright": 0.30}, False, (0, 1, 0)),
        ({"clipped_dark": 0.60, "clipped_bright": 0.34}, False, (0, 0, 1)),
        ({"clipped_dark": 0.94, "clipped_bright": 0.06}, False, (0, 0, 1)),
        ({"brightness": 250.0}, False, (0, 0, 1)),
    ],
    ids=[
        "ordinary",
        "blank",
        "blank and white",
        "saturated",
        "just saturated",
        "not enough clipped",
        "black, but not bright",
        "bright",
    ],
)
def test_a_frame_has_one_flag_at_most(
    values: dict[str, float], is_blank: bool, counts: tuple[int, int, int]
) -> None:
    verdicts = _judged(frames(row(**values)[None], blank={0} if is_blank else ()))
    assert _counts(verdicts) == counts
    assert len(verdicts.flagged) == sum(counts)
    assert bool(verdicts.by_measure.any()) == bool(counts[2])


def test_an_outlier_counts_in_each_measure_that_is_beyond() -> None:
    verdicts = _judged(frames(np.stack([row(brightness=250.0, contrast=1.0), row()])))
    found = {name: int(count) for name, count in zip(MEASURES, verdicts.by_measure, strict=True)}
    assert {name for name, count in found.items() if count} == {"brightness", "contrast"}
    assert verdicts.outliers == 1


def test_flagged_frames_are_told_in_their_order_with_what_is_wrong() -> None:
    values = np.stack([row(), row(brightness=250.0), row(contrast=0.0), row(**SATURATED)])
    told = _judged(frames(values, first=40, blank={2})).flagged
    assert [(frame.sequence, frame.flag, frame.measure) for frame in told] == [
        (41, "outlier", "brightness"),
        (42, "blank", None),
        (43, "saturated", "clipped_bright"),
    ]
    limits = (REFERENCE.low[0], REFERENCE.high[0])
    assert (told[0].value, told[0].low, told[0].high) == (250, *limits)
    assert told[1] == FlaggedFrame(sequence=42, index=42, flag="blank")
    assert (told[2].value, told[2].low, told[2].high) == (0.45, None, CLIPPED_BRIGHT)


def test_all_are_counted_but_the_first_alone_are_told() -> None:
    far = frames(rows(15, brightness=250.0))
    verdicts = _judged(far, frames(rows(15, brightness=250.0), first=15), far)
    assert verdicts.outliers == 45
    assert [frame.sequence for frame in verdicts.flagged] == list(range(MAX_FLAGGED))


def test_frames_that_were_not_measured_are_left_out() -> None:
    values = rows(4)
    values[1:3] = np.nan
    found = frames(values, first=7)
    assert found.sequences.tolist() == [7, 10]
    assert found.indices.tolist() == [7, 10]
    assert len(found.levels) == len(found.blank) == len(found) == 2


def test_a_batch_without_measures_has_no_measured_frames() -> None:
    assert len(MeasuredFrames.of(results(0, [0, 1]))) == 0


def test_frames_are_cut_and_joined_in_their_order() -> None:
    values = rows(6)
    whole = MeasuredFrames.of(measured(values, blank={4}))
    joined = MeasuredFrames.none().then(whole.part(0, 2)).then(whole.part(2, 6))
    for found in (joined, whole.last(6), whole.last(100)):
        assert found.sequences.tolist() == list(range(6))
        assert found.levels.tolist() == whole.levels.tolist()
        assert found.blank.tolist() == whole.blank.tolist()
    assert whole.last(2).sequences.tolist() == [4, 5]
    assert len(whole.last(0)) == 0
