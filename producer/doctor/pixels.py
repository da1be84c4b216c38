"""What may be wrong with the values of the pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from producer.doctor.finding import EXAMPLES, Finding
from producer.doctor.outliers import CLIPPED_SHARE, FLAT_CONTRAST, Outlier
from producer.doctor.survey import Survey
from producer.doctor.words import count_of
from shared.intake.imageset import ImageSet

DARK_RANGE = 15
"""Where no pixel is brighter, of 255, the values were hardly meant as bytes."""
BORDER_SAMPLE = 1_000
"""So many images, evenly spaced from the first to the last, are asked for their border."""
LIGHT_BORDER = 192.0
"""A border with a median of so much, of 255, is a light background."""
_REASONS = {
    "blank": "of a single value",
    "flat": f"of nearly a single value (deviation below {FLAT_CONTRAST:g} of 255)",
    "clipped": f"with {CLIPPED_SHARE:.0%} or more of their pixels at 0 or 255",
}


def pixel_findings(images: ImageSet, survey: Survey, found: list[Outlier]) -> list[Finding]:
    """Say what the pixels tell: their range, the background, and how many images are outliers.

    Args:
        images: the set.
        survey: what was seen of it.
        found: its outliers.
    """
    findings = [_range(survey), _background(images), _measured(survey), *_outliers(found)]
    return [finding for finding in findings if finding is not None]


def _range(survey: Survey) -> Finding | None:
    highest = int(survey.extremes[:, 1].max())
    if highest > DARK_RANGE:
        return None
    message = f"no pixel is brighter than {highest} of 255: every frame looks black"
    return Finding("dark-range", "warning", message, len(survey.extremes))


def _measured(survey: Survey) -> Finding | None:
    count, most = len(survey.extremes), len(survey.chosen)
    parts = []
    if most < count:
        parts.append(f"{most:,} of {count:,} images, evenly spaced")
    if thinned := int(survey.is_thinned.sum()):
        parts.append(f"every k-th row and column of {count_of(thinned, 'large image')}")
    if not parts:
        return None
    message = f"outliers and near duplicates are those of {'; '.join(parts)}"
    return Finding("sampled", "note", message, most)


def _background(images: ImageSet) -> Finding | None:
    if images.image_shape[2] != 1:
        return None
    sample = np.linspace(0, len(images) - 1, min(len(images), BORDER_SAMPLE)).astype(np.int64)
    border = float(np.median([_border(images.image(index)) for index in sample.tolist()]))
    if border < LIGHT_BORDER:
        return None
    message = (
        f"light background (border at {border:.0f} of 255, median of {len(sample):,} images): "
        "to a model of light things on dark, such as the included one, they look inverted"
    )
    return Finding("light-background", "note", message, len(images))


def _border(image: NDArray[np.uint8]) -> float:
    edges = (image[0], image[-1], image[:, 0], image[:, -1])
    return float(np.concatenate([edge.ravel() for edge in edges]).mean())


def _outliers(found: list[Outlier]) -> list[Finding]:
    findings = []
    for reason, words in _REASONS.items():
        indices = tuple(outlier.index for outlier in found if outlier.reason == reason)
        if indices:
            message = f"{count_of(len(indices), 'image')} {words}"
            examples = indices[:EXAMPLES]
            findings.append(Finding(reason, "warning", message, len(indices), examples))
    far = tuple(outlier.index for outlier in found if outlier.reason not in _REASONS)
    if far:
        message = f"{count_of(len(far), 'image')} unlike the others"
        findings.append(Finding("unlike", "note", message, len(far), far[:EXAMPLES]))
    return findings
