"""Quality: what a peer may say of its frames, and no more."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from message_examples import SUMMARY
from pydantic import ValidationError
from quality_parts import judged, row, rows

from shared.quality import (
    MAX_FLAGGED,
    MEASURES,
    Distribution,
    Drift,
    FlaggedFrame,
    MeasureName,
    MeasureQuality,
    Quality,
    QualityValue,
)
from shared.reports import Summary

KINDS = (Distribution, Drift, FlaggedFrame, MeasureQuality, Quality)
FRAME = FlaggedFrame(sequence=1, index=1, flag="blank")


def _found() -> Quality:
    values = rows(600)
    values[300:330] = row(brightness=250.0)
    found = judged(values, blank={1}).compute()
    assert found is not None
    return found


def test_every_name_of_a_measure_is_listed_once() -> None:
    assert get_args(MeasureName) == MEASURES


def test_it_survives_the_post() -> None:
    found = _found()
    assert Quality.model_validate_json(found.model_dump_json(exclude_none=True)) == found
    assert len(found.model_dump_json()) < 16_384


def test_a_summary_without_it_is_still_one() -> None:
    content = SUMMARY.model_dump(mode="json", exclude={"quality"})
    assert Summary.model_validate(content, strict=False).quality is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"blank": 6, "outliers": 5}, "expected 0 to 10 frames flagged, got 11"),
        ({"frames": (FRAME,)}, "expected 1 to 10 frames flagged, got 0"),
        ({"blank": 10, "frames": (FRAME,) * (MAX_FLAGGED + 1)}, "at most 20 items"),
        ({"drifted": ("contrast",) * 9}, "at most 8 items"),
        ({"drifted": ("charm",)}, "Input should be 'brightness'"),
        ({"measured": -1}, "greater than or equal to 0"),
        ({"more": 1}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Quality(**({"measured": 10} | changes))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e7])
def test_a_figure_is_a_finite_number_of_a_bounded_size(value: float) -> None:
    with pytest.raises(ValidationError):
        FlaggedFrame(sequence=1, index=1, flag="outlier", value=value)


@pytest.mark.parametrize("kind", KINDS)
def test_each_value_is_frozen_and_closed(kind: type[QualityValue]) -> None:
    assert kind.model_config.get("frozen") and kind.model_config.get("extra") == "forbid"


def test_flagged_is_the_sum_of_all_flags() -> None:
    assert Quality(measured=9, blank=1, saturated=2, outliers=3).flagged == 6
