"""A recording as a value: what was streamed, when, and what was predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError
from shared.intake.imageset import ImageSet
from shared.intake.limits import CHANNELS, MAX_CLASSES, MAX_SIDE
from shared.intake.ragged import RaggedImages
from shared.recording.manifest import Manifest


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One session as it was streamed: n frames.

    Args:
        about: the session, and what its file says of itself.
        pixels: uint8 (bytes,), of all frames one after the other.
        shapes: uint16 (n, 3), height, width and channels of each.
        sent_ns: int64 (n,), when each was sent, nanoseconds after the first one.
        indices: uint32 (n,), which image of the data set each shows.
        labels: int16 (n,), index into ``about.classes``, -1 where unclassified.
        confidences: float32 (n,), 0..1.
        reasons: uint8 (n,), 0, or for an unclassified frame a place in ``about.reasons`` from 1.
        where: what to call it in an error, usually the file's name.

    Raises:
        DataError: a value is none that a session can have.
    """

    about: Manifest
    pixels: NDArray[np.uint8]
    shapes: NDArray[np.uint16]
    sent_ns: NDArray[np.int64]
    indices: NDArray[np.uint32]
    labels: NDArray[np.int16]
    confidences: NDArray[np.float32]
    reasons: NDArray[np.uint8]
    where: str = "recording"

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_labels()
        self._check_times()

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.labels)

    @property
    def offsets_s(self) -> NDArray[np.float64]:
        """When each frame was sent, seconds after the first one, float64 (n,).

        Where a clock went back between two frames, the later one counts as sent at once.
        """
        offsets: NDArray[np.float64] = np.maximum.accumulate(self.sent_ns) / 1e9
        return offsets

    def image_set(self) -> ImageSet:
        """The frames as a data set: image k is what frame k showed; without labels."""
        if self.about.shape is None:
            return ImageSet(
                RaggedImages(self.pixels, self.shapes.astype(np.int64), self.where),
                where=self.where,
            )
        height, width, channels = self.about.shape
        shape = (height, width) if channels == 1 else (height, width, channels)
        return ImageSet(self.pixels.reshape(len(self), *shape), where=self.where)

    def _check_shapes(self) -> None:
        shapes = self.shapes.astype(np.int64)
        if shapes[:, :2].min() < 1 or shapes[:, :2].max() > MAX_SIDE:
            self._fail("wrong image size", "shapes", f"sides of 1 to {MAX_SIDE}", "others")
        if not np.isin(shapes[:, 2], CHANNELS).all():
            self._fail("wrong number of channels", "shapes", "1, 3 or 4", "others")
        size = int(shapes.prod(axis=1).sum())
        if size != len(self.pixels):
            self._fail("wrong shapes", "shapes", f"{len(self.pixels):,} bytes", f"{size:,}")
        uniform = tuple(shapes[0].tolist()) if (shapes == shapes[0]).all() else None
        if uniform != self.about.shape:
            self._fail("wrong shape", "manifest", uniform, self.about.shape)

    def _check_labels(self) -> None:
        classes, labels, reasons = self.about.classes, self.labels, self.reasons
        highest = len(classes) - 1 if classes else MAX_CLASSES - 1
        if labels.min() < -1 or labels.max() > highest:
            got = f"{labels.min()}..{labels.max()}"
            self._fail("label out of range", "labels", f"-1..{highest}", got)
        if not ((self.confidences >= 0) & (self.confidences <= 1)).all():
            self._fail("confidence out of range", "confidences", "0..1", "another value")
        if reasons.max() > len(self.about.reasons):
            expected = f"0..{len(self.about.reasons)}"
            self._fail("unknown reason", "reasons", expected, reasons.max())
        if ((reasons > 0) != (labels < 0)).any():
            expected = "one for each frame without a label and for no other"
            self._fail("wrong reasons", "reasons", expected, "others")

    def _check_times(self) -> None:
        if self.sent_ns[0] != 0:
            self._fail("wrong times", "sent_ns", "the first one 0", self.sent_ns[0])

    def _fail(self, what: str, place: str, expected: object, got: object) -> NoReturn:
        raise DataError(what, where=f"{place} of {self.where}", expected=expected, got=got)
