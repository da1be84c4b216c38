"""The diagnosis of a data set, as ``producer dataset doctor --json`` writes it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Count = Annotated[int, Field(ge=0)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Verdict = Literal["ok", "warnings", "refused"]


class _Part(BaseModel):
    """Base of all parts: frozen, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Fault(_Part):
    """Why a data set cannot be streamed, as the error says it.

    ``offset`` is the byte of a pickle at which the refused operation begins.
    """

    code: str
    message: str
    what: str
    where: str | None
    offset: Count | None
    expected: str | None
    got: str | None
    hint: str | None
    exit_code: Annotated[int, Field(ge=1, lt=64)]


class ClassCount(_Part):
    """How many images a class has; of ``name``, what cannot be written as UTF-8 is escaped."""

    label: Count
    name: str
    images: Count


class Duplicates(_Part):
    """Images that are the same, pixel for pixel.

    ``images`` is how many are in any group, ``spare`` how many could be dropped so that one of
    each is left; ``examples`` are indices: at most 20 groups, of each at most 20.
    """

    groups: Count
    images: Count
    spare: Count
    examples: tuple[tuple[Count, ...], ...]


class NearPair(_Part):
    """Two images that are nearly the same.

    ``hash_distance`` counts bits of the perceptual hashes; ``difference`` is the mean absolute
    difference at 32 x 32, in standard deviations of the pixels.
    """

    images: tuple[Count, Count]
    hash_distance: Annotated[int, Field(ge=0, le=64)]
    difference: Number


class NearDuplicates(_Part):
    """Images that are nearly the same, exact duplicates counted once.

    ``groups`` hang together by pairs; where ``capped``, there may be more of all, because the
    comparisons have a limit; ``examples`` are the pairs that are most alike.
    """

    pairs: Count
    groups: Count
    images: Count
    capped: bool
    max_hash_distance: Count
    max_difference: Number
    examples: tuple[NearPair, ...]


class Problem(_Part):
    """A finding about labels or classes; ``examples`` are indices of images."""

    code: str
    level: Literal["warning", "note"]
    message: str
    count: Count
    examples: tuple[Count, ...]


class OddImage(_Part):
    """An image that is blank, flat, clipped or far from the others.

    ``name`` is the file that it came from, where there is one; ``score`` the robust z.
    """

    index: Count
    name: str | None
    reason: str
    value: Number
    median: Number
    score: Number | None


class Outliers(_Part):
    """Images that are not like the others; ``reasons`` counts them, ``worst`` names 20 at most."""

    images: Count
    reasons: dict[str, Count]
    min_score: Number
    worst: tuple[OddImage, ...]


class Diagnosis(_Part):
    """What a data set holds, what may be wrong with it, and how to stream it.

    Where ``verdict`` is "refused", ``error`` says why and all figures are None; "warnings" where
    ``warnings`` are not empty. ``height`` and ``width`` (pixels) and ``channels`` are None where
    they vary; ``labels`` is how many images have one, all or none; ``digest`` is BLAKE2b-256 over
    shapes, pixels, labels and class names; ``bytes`` the size of the file or of all files of the
    folder; ``pixel_range`` the least and greatest value; ``measured`` among how many images,
    evenly spaced, outliers and near duplicates were looked for: the other figures are of all.
    """

    verdict: Verdict
    path: str
    kind: str | None = None
    layout: str | None = None
    bytes: Count | None = None
    images: Count | None = None
    height: Count | None = None
    width: Count | None = None
    channels: Count | None = None
    dtype: Literal["uint8"] | None = None
    pixel_range: tuple[Count, Count] | None = None
    pixels_sha256: str | None = None
    digest: str | None = None
    labels: Count | None = None
    classes: tuple[str, ...] | None = None
    class_balance: tuple[ClassCount, ...] | None = None
    measured: Count | None = None
    duplicates: Duplicates | None = None
    near_duplicates: NearDuplicates | None = None
    label_problems: tuple[Problem, ...] | None = None
    outliers: Outliers | None = None
    warnings: tuple[str, ...] | None = None
    notes: tuple[str, ...] | None = None
    command: str | None = None
    error: Fault | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.verdict == "refused") != (self.error is not None):
            raise ValueError("expected an error where refused, and only there")
        if (self.verdict == "warnings") != bool(self.warnings):
            raise ValueError("expected warnings where the verdict says so, and only there")
        return self
