"""From measures to flags: thresholds that are stated, by default or learnt from the images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

Flag = Literal["blurry", "dark", "bright", "low-information", "odd-size"]

LEAST_IMAGES = 8
"""Of fewer nothing is learnt."""
DEVIATIONS = 3.5
_NORMAL = 1.4826
_LEAST_SPREAD = 0.02


class Thresholds(BaseModel):
    """What an image is flagged by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Literal["default", "learnt"] = Field(
        default="default", description="default: fixed; learnt: from the images of this document."
    )
    learnt_from: int = Field(
        default=0, description="So many images: all of this document that have no error."
    )
    rule: str = Field(default="fixed", description="How they were found.")
    blurry_below: float = Field(default=100.0, description="blurry: sharpness below it.")
    dark_below: float = Field(default=40.0, description="dark: brightness below it, 0..255.")
    bright_above: float = Field(default=215.0, description="bright: brightness above it, 0..255.")
    low_information_below: float = Field(
        default=2.0, description="low-information: entropy below it, bits."
    )
    short_side_below: float = Field(
        default=16.0, description="odd-size: shorter side below it, pixels."
    )
    long_side_above: float = Field(
        default=10_000.0, description="odd-size: longer side above it, pixels."
    )
    aspect_above: float = Field(
        default=4.0, description="odd-size: longer side by shorter side above it."
    )


class Judged(NamedTuple):
    """What of an image is compared with thresholds.

    Args:
        sharpness: variance of the Laplacian.
        brightness: mean luma, 0..255.
        entropy: of luma, bits.
        width: pixels.
        height: pixels.
    """

    sharpness: float
    brightness: float
    entropy: float
    width: int
    height: int


def judge(image: Judged, thresholds: Thresholds) -> tuple[Flag, ...]:
    """The flags of one image, always in the same order."""
    short, long = sorted((image.width, image.height))
    verdicts: dict[Flag, bool] = {
        "blurry": image.sharpness < thresholds.blurry_below,
        "dark": image.brightness < thresholds.dark_below,
        "bright": image.brightness > thresholds.bright_above,
        "low-information": image.entropy < thresholds.low_information_below,
        "odd-size": short < thresholds.short_side_below
        or long > thresholds.long_side_above
        or long / short > thresholds.aspect_above,
    }
    return tuple(flag for flag, holds in verdicts.items() if holds)


def learn(images: Sequence[Judged]) -> Thresholds:
    """Thresholds beyond which few of these images lie, whatever those few are.

    Median and median absolute deviation say what is usual; sharpness, sides and aspect on a
    logarithmic scale. Where nearly all images agree, 2 % of the median count as deviation.

    Args:
        images: at least ``LEAST_IMAGES``; of fewer the default thresholds come back.

    Source:
        B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", 1993, for the 3.5.
    """
    if len(images) < LEAST_IMAGES:
        return Thresholds(rule=f"fixed: of fewer than {LEAST_IMAGES} images nothing is learnt")
    sharpness, brightness, entropy, width, height = np.array(images, np.float64).T
    short, long = np.minimum(width, height), np.maximum(width, height)
    return Thresholds(
        source="learnt",
        learnt_from=len(images),
        rule=f"median -/+ {DEVIATIONS} x {_NORMAL} x median absolute deviation; of the logarithm "
        "for sharpness, sides and aspect",
        blurry_below=_beyond(sharpness, -1, logarithmic=True),
        dark_below=_beyond(brightness, -1),
        bright_above=_beyond(brightness, 1),
        low_information_below=_beyond(entropy, -1),
        short_side_below=_beyond(short, -1, logarithmic=True),
        long_side_above=_beyond(long, 1, logarithmic=True),
        aspect_above=_beyond(long / short, 1, logarithmic=True),
    )


def _beyond(
    values: np.ndarray[tuple[int], np.dtype[np.float64]], sign: int, *, logarithmic: bool = False
) -> float:
    scaled = np.log1p(values) if logarithmic else values
    median = float(np.median(scaled))
    deviation = _NORMAL * float(np.median(np.abs(scaled - median)))
    limit = median + sign * DEVIATIONS * max(deviation, _LEAST_SPREAD * abs(median))
    return round(max(0.0, float(np.expm1(limit)) if logarithmic else limit), 6)
