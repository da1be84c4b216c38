"""Files and folders of users, made by code, and the jobs that read them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from producer.intake.cache import Wanted, write_manifest
from producer.intake.formats import Kind
from producer.intake.job import Job
from producer.intake.manifest import Manifest
from producer.intake.writer import checksum
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits

Pixels = NDArray[np.uint8]
GRAY: Pixels = np.arange(6 * 4 * 5, dtype=np.uint8).reshape(6, 4, 5)
LABELS = np.array([0, 1, 2, 0, 1, 2], np.int64)


def colour(seed: int = 0, *, height: int = 4, width: int = 5) -> Pixels:
    """One image, RGB."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def checksum_of(images: ImageSet) -> str:
    """What a manifest says of these images."""
    return checksum(images)


def png(image: Pixels) -> bytes:
    """An image, gray or RGB, as a PNG file."""
    stored = image if image.ndim == 2 else image[..., ::-1]
    return cv2.imencode(".png", stored)[1].tobytes()


def write_images(folder: Path, images: Mapping[str, Pixels]) -> Path:
    """Write PNG files by their names in the folder, which may have folders in them."""
    for name, image in images.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(image))
    return folder


def write_video(path: Path, frames: Sequence[Pixels], *, codec: str = "MJPG") -> Path:
    """Write RGB frames of one size as a video."""
    height, width, _ = frames[0].shape
    code = cv2.VideoWriter.fourcc(*codec)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, 10.0, (width, height))
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame[..., ::-1].copy())
    writer.release()
    return path


def flat_frames(count: int, *, side: int = 32) -> list[Pixels]:
    """Frames of one colour each, which a codec hardly changes: mostly red, more with each."""
    return [np.full((side, side, 3), (100 + 10 * k, 40, 20), np.uint8) for k in range(count)]


@contextmanager
def job(
    kind: Kind, path: Path, *, layout: str | None = None, limits: Limits = Limits()
) -> Iterator[Job]:
    """The job of reading a file, opened, or a folder; nothing is written."""
    if path.is_dir():
        yield Job(kind, path.name, str(path), "", -1, layout=layout, limits=limits)
        return
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        source = stream.fileno()
        yield Job(
            kind, path.name, str(path), "", -1, source, size=size, layout=layout, limits=limits
        )


def child_command(*lines: str) -> tuple[str, ...]:
    """A child process whose reader of .npy files is the function ``read`` of these lines."""
    script = "\n".join(
        (
            "from producer.intake.child import main",
            "from producer.intake.formats import Kind",
            "from shared.intake.found import Found",
            "import numpy as np",
            *lines,
            "main({Kind.NPY: lambda: read})",
        )
    )
    return sys.executable, "-P", "-c", script


MANIFEST = Manifest(
    source="a.npy",
    kind=Kind.NPY,
    layout="an array",
    bytes=7,
    sha256="0" * 64,
    count=6,
    shape=(6, 4, 5),
    checksum=checksum_of(ImageSet(GRAY)),
)
WANTED = Wanted("here", Kind.NPY, 7, "0" * 64)


def write_entry(folder: Path, manifest: Manifest = MANIFEST) -> Path:
    """The gray images as a converted data set."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "pixels.npy", GRAY)
    write_manifest(folder, manifest)
    return folder
