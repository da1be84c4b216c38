"""Reader of video files: each frame is an image, in RGB."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

import cv2
import numpy as np
from numpy.typing import NDArray

from producer.intake.job import Job
from producer.intake.readers.folder import refuse_layout
from producer.intake.readers.mapped import mapped
from shared.errors import DataError
from shared.intake.found import Found
from shared.intake.limits import MAX_SIDE

FORMATS = "MP4, MOV, AVI, MKV, WebM, MPEG, WMV, FLV or OGG"
_STARTS = re.compile(
    rb"....(ftyp|moov|mdat|free|skip|wide)|RIFF....AVI |\x1a\x45\xdf\xa3|\0\0\1[\xba\xb3]"
    rb"|\x30\x26\xb2\x75|FLV\x01|OggS",
    re.DOTALL,
)
_MEND = "fetch it again, or convert it, for instance by ffmpeg -i FILE new.mp4"
_TOLERATED = 0.99


def read(job: Job) -> Found:
    """Read a video; gray ones stay RGB, and there are no labels.

    Only what begins as a video is given to the decoder, because that knows lists of other files
    and of addresses, too.

    Raises:
        DataError: no video, damaged, or of too large frames.
    """
    refuse_layout(job)
    if not _STARTS.match(mapped(job)[:16]):
        _fail("not a video", job.where, FORMATS, f"a file that begins with {mapped(job)[:8]!r}")
    cv2.setNumThreads(1)
    capture = cv2.VideoCapture(f"/dev/fd/{job.source}", cv2.CAP_FFMPEG)
    if not capture.isOpened():
        _fail("damaged video", job.where, f"a readable video, {FORMATS}", "none that can be opened")
    width, height, count = (
        int(capture.get(name))
        for name in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FRAME_COUNT)
    )
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        got = f"{width} x {height}"
        _fail("wrong image size", job.where, f"sides of 1 to {MAX_SIDE} pixels", got)
    warnings: list[str] = []
    return Found(
        lambda: _frames(capture, count, job.where, warnings),
        f"a video of {width} x {height} pixels",
        warnings=warnings,
    )


def _frames(
    capture: cv2.VideoCapture, announced: int, where: str, warnings: list[str]
) -> Iterator[NDArray[np.uint8]]:
    count = 0
    while True:
        is_there, frame = capture.read()
        if not is_there:
            break
        count += 1
        yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)[None]
    # How many there are is an estimate in some formats.
    if count < announced * _TOLERATED - 1:
        _fail("damaged video", where, f"{announced:,} frames", f"{count:,}")
    if count != announced > 0:
        warnings.append(f"the video announces {announced:,} frames and has {count:,}")


def _fail(what: str, where: str, expected: object, got: object) -> NoReturn:
    raise DataError(what, where=where, expected=expected, got=got, hint=_MEND)
