"""Annotated samples: enlarged copies with label and confidence written below."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from consumer.results.selection import Candidate
from shared.reports import MAX_SAMPLE_BYTES, MAX_SAMPLE_SIDE, Sample

Image = NDArray[np.uint8]

PICTURE_SIDE = 280
STRIP_HEIGHT = 44
LEAST_WIDTH = 224
MARGIN = 8
COLUMNS = 5
SHRINK = 0.8
_LARGEST = MAX_SAMPLE_SIDE - STRIP_HEIGHT
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_PAPER = (32, 32, 32)
_INK = (255, 255, 255)
_TO_BGR = {1: cv2.COLOR_GRAY2BGR, 3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGR}


def annotate(image: Image, *, name: str, confidence: float, largest: int = _LARGEST) -> Image:
    """An enlarged copy with class name and confidence on a strip below it.

    Small images are enlarged by whole factors, so that each pixel stays visible; large ones are
    shrunk. Characters that the drawing font lacks are drawn without their accents or as "?"; a
    long name is cut.

    Args:
        image: uint8, (H, W), or (H, W, C) in RGB(A) order; not changed.
        name: the class.
        confidence: 0..1.
        largest: pixels that the longer side of the image itself may have, at most 980.

    Returns:
        uint8 (h, w, 3) in OpenCV's BGR order, no side above 1,024 pixels.
    """
    picture = _resized(_to_bgr(image), largest)
    height, width = picture.shape[:2]
    sheet = np.full((height + STRIP_HEIGHT, max(width, LEAST_WIDTH), 3), _PAPER, np.uint8)
    left = (sheet.shape[1] - width) // 2
    sheet[:height, left : left + width] = picture
    _write(sheet, name, f" {confidence:.1%}")
    return sheet


def encode_png(image: Image, *, limit: int = MAX_SAMPLE_BYTES) -> bytes:
    """A PNG of at most ``limit`` bytes; an image that compresses badly is shrunk until it fits."""
    while True:
        _, png = cv2.imencode(".png", image)
        if png.nbytes <= limit:
            return png.tobytes()
        height, width = image.shape[:2]
        image = _shrunk(image, SHRINK * max(height, width))


def contact_sheet(images: Sequence[Image]) -> Image:
    """All images on one sheet, five in a row, each centred in a cell of the largest one's size.

    Args:
        images: at least one uint8 (h, w, 3).
    """
    height = max(image.shape[0] for image in images) + MARGIN
    width = max(image.shape[1] for image in images) + MARGIN
    columns = min(COLUMNS, len(images))
    rows = -(-len(images) // columns)
    sheet = np.full((rows * height + MARGIN, columns * width + MARGIN, 3), 255, np.uint8)
    for place, image in enumerate(images):
        row, column = divmod(place, columns)
        top = MARGIN + row * height + (height - MARGIN - image.shape[0]) // 2
        left = MARGIN + column * width + (width - MARGIN - image.shape[1]) // 2
        sheet[top : top + image.shape[0], left : left + image.shape[1]] = image
    return sheet


def draw_sample(candidate: Candidate, classes: Sequence[str]) -> Sample:
    """The sample that is posted and kept for a chosen frame.

    An image whose picture is above 256 KiB is drawn smaller; the writing keeps its size.
    """
    name = classes[candidate.label]
    png = next(png for png in _drawings(candidate, name) if len(png) <= MAX_SAMPLE_BYTES)
    return Sample(
        sequence=candidate.sequence,
        index=candidate.index,
        label=candidate.label,
        name=name,
        confidence=candidate.confidence,
        png=base64.b64encode(png),
    )


def decode_png(png: bytes) -> Image:
    """The picture of a sample, uint8 (h, w, 3) in BGR order."""
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def _drawings(candidate: Candidate, name: str) -> Iterator[bytes]:
    """The annotated image as PNG, each smaller than the one before."""
    largest = _LARGEST
    while True:
        picture = annotate(
            candidate.image, name=name, confidence=candidate.confidence, largest=largest
        )
        _, png = cv2.imencode(".png", picture)
        yield png.tobytes()
        largest = int(SHRINK * max(picture.shape[0] - STRIP_HEIGHT, picture.shape[1]))


def _to_bgr(image: Image) -> Image:
    channels = 1 if image.ndim == 2 else image.shape[2]
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), _TO_BGR[channels]), np.uint8)


def _resized(image: Image, largest: int) -> Image:
    side = max(image.shape[:2])
    if side > largest:
        return _shrunk(image, largest)
    factor = max(1, min(PICTURE_SIDE, largest) // side)
    return np.repeat(np.repeat(image, factor, axis=0), factor, axis=1)


def _shrunk(image: Image, side: float) -> Image:
    """The image with its longer side shrunk to ``side``."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _write(sheet: Image, name: str, ending: str) -> None:
    """Write name and ending into the bottom strip, as large as fits."""
    text = _drawable(name)
    room = sheet.shape[1] - 2 * MARGIN
    for scale in (0.8, 0.7, 0.6, 0.5):
        if _text_width(text + ending, scale) <= room:
            break
    while text and _text_width(text + ending, scale) > room:
        text = text[:-4] + "..." if len(text) > 4 else ""
    place = (MARGIN, sheet.shape[0] - STRIP_HEIGHT // 3)
    cv2.putText(sheet, text + ending, place, _FONT, scale, _INK, 1, cv2.LINE_AA)


def _drawable(name: str) -> str:
    """The name in the font's characters: printable ASCII."""
    decomposed = unicodedata.normalize("NFKD", name)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return "".join(letter if " " <= letter <= "~" else "?" for letter in bare)


def _text_width(text: str, scale: float) -> int:
    return int(cv2.getTextSize(text, _FONT, scale, 1)[0][0])
