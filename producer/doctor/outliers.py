"""Images that are blank, or unlike the rest of their set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from producer.doctor.survey import Survey

ROBUST_Z = 5.0
"""How many robust standard deviations from the median is too far."""
ROBUST_FROM = 20
"""With fewer images none is compared with the others."""
COMPARED = ("brightness", "contrast", "sharpness", "entropy", "saturation")
FLAT_CONTRAST = 2.0
"""A standard deviation of luma below this, of 255, is hardly a picture."""
CLIPPED_SHARE = 0.95
"""So many pixels at 0 or 255 are too many, in a set of which most images have fewer than half."""
_MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True, slots=True)
class Outlier:
    """An image that is not like the others, by the one reason that weighs most.

    Args:
        index: of the image.
        reason: "blank" (one value only), "flat", "clipped", or one of ``COMPARED``.
        value: the measure: contrast for blank and flat, share of pixels for clipped.
        median: of the set.
        score: robust z, at least ``ROBUST_Z``; None for blank, flat and clipped.
    """

    index: int
    reason: str
    value: float
    median: float
    score: float | None = None


def outliers(survey: Survey) -> list[Outlier]:
    """Find the measured images that are blank, flat, clipped, or far from the median of all.

    Far means that \\|x - median\\| / (1.4826 MAD) is at least ``ROBUST_Z``; sharpness is compared
    by its logarithm. A measure whose MAD is 0 compares nothing.

    Returns:
        One for each such image, blank ones first, then flat and clipped, then the farthest.

    Source:
        B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", 1993.
    """
    found: dict[int, Outlier] = {}
    for outlier in (*_absolute(survey), *_relative(survey)):
        known = found.get(outlier.index)
        if known is None or _weight(outlier) < _weight(known):
            found[outlier.index] = outlier
    return sorted(found.values(), key=lambda outlier: (_weight(outlier), outlier.index))


def _weight(outlier: Outlier) -> tuple[int, float]:
    rank = {"blank": 0, "flat": 1, "clipped": 2}.get(outlier.reason, 3)
    return rank, -(outlier.score or 0.0)


def _absolute(survey: Survey) -> list[Outlier]:
    contrast = survey.measured("contrast")
    clipped = survey.measured("clipped_dark") + survey.measured("clipped_bright")
    extremes = survey.extremes[survey.chosen]
    is_blank = extremes[:, 0] == extremes[:, 1]
    is_usual = bool(np.median(clipped) >= 0.5)
    return [
        *_marked(survey, "blank", contrast, is_blank),
        *_marked(survey, "flat", contrast, ~is_blank & (contrast < FLAT_CONTRAST)),
        *_marked(survey, "clipped", clipped, (clipped >= CLIPPED_SHARE) & (not is_usual)),
    ]


def _marked(
    survey: Survey, reason: str, values: NDArray[np.float32], marks: NDArray[np.bool_]
) -> list[Outlier]:
    median = _rounded(np.median(values))
    return [
        Outlier(index, reason, _rounded(value), median)
        for index, value in zip(survey.chosen[marks].tolist(), values[marks], strict=True)
    ]


def _relative(survey: Survey) -> list[Outlier]:
    found: list[Outlier] = []
    for name in COMPARED if len(survey.hashes) >= ROBUST_FROM else ():
        values = survey.measured(name)
        scores = _robust_z(np.log1p(values) if name == "sharpness" else values)
        median = _rounded(np.median(values))
        found.extend(
            Outlier(
                int(survey.chosen[place]),
                name,
                _rounded(values[place]),
                median,
                round(float(scores[place]), 2),
            )
            for place in np.flatnonzero(scores >= ROBUST_Z).tolist()
        )
    return found


def _robust_z(values: NDArray[np.float32]) -> NDArray[np.float64]:
    away = np.abs(values.astype(np.float64) - np.median(values))
    deviation = _MAD_TO_DEVIATION * float(np.median(away))
    return away / deviation if deviation else np.zeros(len(values))


def _rounded(value: np.floating) -> float:
    return round(float(value), 4)
