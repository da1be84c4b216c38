"""Say what an image set or a recording holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from producer.datasets.streaming import streaming_command
from producer.sessions.pacing import recorded_fps
from shared.intake.imageset import ImageSet
from shared.intake.ragged import RaggedImages
from shared.recording.manifest import Manifest
from shared.recording.recording import Recording


@dataclass(frozen=True, slots=True)
class Description:
    """What an image set holds and how to stream it.

    Args:
        path: the file it was read from.
        layout: axes of the images, "NHW" or "NHWC", or "ragged" where they are of several sizes.
        shape: their sizes; None where it varies.
        dtype: type of the pixels.
        pixel_range: smallest and largest pixel, 0 to 255.
        class_balance: name and number of images of each class; empty without labels.
        digest: BLAKE2b-256 of pixels, labels and class names, in hexadecimal.
        command: the shell command that streams it.
    """

    path: str
    layout: str
    shape: tuple[int | None, ...]
    dtype: str
    pixel_range: tuple[int, int]
    class_balance: tuple[tuple[str, int], ...]
    digest: str
    command: str


@dataclass(frozen=True, slots=True)
class RecordingDescription:
    """What a recording holds and how to play it again.

    Args:
        path: the file it was read from.
        about: the session, and what the file says of itself.
        began: when its first frame was sent, UTC; None where it is not known.
        seconds: from its first frame to its last.
        mean_fps: the rate that it really had, with which a replay is announced.
        predicted: name and number of frames of each class that was predicted, by label.
        unclassified: reason and number of frames, of those without a label.
        command: the shell command that plays it.
    """

    path: str
    about: Manifest
    began: str | None
    seconds: float
    mean_fps: float
    predicted: tuple[tuple[int, str, int], ...]
    unclassified: tuple[tuple[str, int], ...]
    command: str


def describe(images: ImageSet, path: str, command: str | None = None) -> Description:
    """Describe an image set that was read from ``path``.

    Args:
        images: the set.
        path: the file or folder.
        command: the shell command that streams it, where the path alone does not say enough.
    """
    found = images.images
    pixels = found.pixels if isinstance(found, RaggedImages) else found
    return Description(
        path=path,
        layout=images.layout,
        shape=(len(images), *images.image_shape) if pixels is not found else pixels.shape,
        dtype=str(pixels.dtype),
        pixel_range=(int(pixels.min()), int(pixels.max())),
        class_balance=_class_balance(images),
        digest=images.digest(),
        command=command or streaming_command(path),
    )


def describe_recording(recording: Recording, path: str) -> RecordingDescription:
    """Describe a recording that was read from ``path``."""
    about = recording.about
    began = datetime.fromtimestamp(about.t0_ns / 1e9, UTC) if about.t0_ns else None
    return RecordingDescription(
        path=path,
        about=about,
        began=began.isoformat(timespec="seconds") if began else None,
        seconds=round(float(recording.offsets_s[-1]), 3),
        mean_fps=round(recorded_fps(recording.offsets_s), 3),
        predicted=_predicted(recording),
        unclassified=_unclassified(recording),
        command=streaming_command(path),
    )


def _predicted(recording: Recording) -> tuple[tuple[int, str, int], ...]:
    classes = recording.about.classes
    labels, counts = np.unique(recording.labels[recording.labels >= 0], return_counts=True)
    return tuple(
        (label, classes[label] if classes else str(label), count)
        for label, count in zip(labels.tolist(), counts.tolist(), strict=True)
    )


def _unclassified(recording: Recording) -> tuple[tuple[str, int], ...]:
    counts = np.bincount(recording.reasons, minlength=len(recording.about.reasons) + 1)[1:]
    return tuple(zip(recording.about.reasons, counts.tolist(), strict=True))


def _class_balance(images: ImageSet) -> tuple[tuple[str, int], ...]:
    if images.labels is None:
        return ()
    counts = np.bincount(images.labels, minlength=len(images.classes))
    return tuple((name, int(count)) for name, count in zip(images.classes, counts, strict=True))
