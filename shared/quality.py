"""How good the frames of a session were: figures of each measure, flagged frames, drift."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MeasureName = Literal[
    "brightness",
    "contrast",
    "sharpness",
    "entropy",
    "saturation",
    "clipped_dark",
    "clipped_bright",
    "darkest",
]
MEASURES: tuple[MeasureName, ...] = (
    "brightness",
    "contrast",
    "sharpness",
    "entropy",
    "saturation",
    "clipped_dark",
    "clipped_bright",
    "darkest",
)
"""In the order of every array of measures; docs/quality.md says what each is."""
MAX_FLAGGED = 20
"""So many flagged frames are told one by one; all are counted."""

Flag = Literal["blank", "saturated", "outlier"]
FrameNumber = Annotated[int, Field(ge=0, lt=2**63)]
Figure = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Portion = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class QualityValue(BaseModel):
    """Base of all values of this module: frozen, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Distribution(QualityValue):
    """How one measure is distributed over some frames.

    Least, greatest and mean value and the standard deviation are to three decimals, the quartiles
    to a 256th of the measure's range.
    """

    frames: FrameNumber
    mean: Figure
    deviation: Figure
    least: Figure
    lower_quartile: Figure
    median: Figure
    upper_quartile: Figure
    greatest: Figure


class Drift(QualityValue):
    """How far a window of frames is from the reference in one measure.

    ``first`` is the sequence number of the window's first frame. ``distance`` is that of Kolmogorov
    and Smirnov, 0..1, and ``limit`` the one beyond which it is drift; ``shift`` is the difference
    of the medians in deviations of the reference.
    """

    first: FrameNumber
    frames: FrameNumber
    distance: Portion
    limit: Figure
    shift: Figure
    drifted: bool


class MeasureQuality(QualityValue):
    """One measure: its distributions, the limits of a frame, how many are beyond, and its drift.

    ``low`` and ``high`` are None where the session has too few frames to learn them from.
    ``recent`` and ``drift`` are of the last window, None where too few frames follow the
    reference; ``worst`` is of the whole window that was furthest from it.
    """

    measure: MeasureName
    reference: Distribution
    session: Distribution
    recent: Distribution | None = None
    low: Figure | None = None
    high: Figure | None = None
    outliers: FrameNumber = 0
    drift: Drift | None = None
    worst: Drift | None = None


class FlaggedFrame(QualityValue):
    """A frame that is not as it should be, and why.

    ``index`` is its place in the data set. An outlier is given with the measure that is furthest
    beyond its limits, its value and the limits.
    """

    sequence: FrameNumber
    index: FrameNumber
    flag: Flag
    measure: MeasureName | None = None
    value: Figure | None = None
    low: Figure | None = None
    high: Figure | None = None


class Quality(QualityValue):
    """The quality of a session's frames, as far as this process has received and classified them.

    Each frame is flagged once: ``blank``, or else ``saturated``, or else among ``outliers``.
    ``frames`` tells the first twenty of them.
    """

    measured: FrameNumber
    blank: FrameNumber = 0
    saturated: FrameNumber = 0
    outliers: FrameNumber = 0
    frames: Annotated[tuple[FlaggedFrame, ...], Field(max_length=MAX_FLAGGED)] = ()
    drifted: Annotated[tuple[MeasureName, ...], Field(max_length=len(MEASURES))] = ()
    measures: Annotated[tuple[MeasureQuality, ...], Field(max_length=len(MEASURES))] = ()

    @property
    def flagged(self) -> int:
        """How many frames are flagged."""
        return self.blank + self.saturated + self.outliers

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if not len(self.frames) <= self.flagged <= self.measured:
            raise ValueError(
                f"expected {len(self.frames)} to {self.measured} frames flagged, got {self.flagged}"
            )
        return self
