"""Small images in every format, mode and state of damage, as the bytes of their files."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

ORIENTATION = 0x0112
WIDTH, HEIGHT = 24, 16


def pixels(channels: int = 3, *, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    """Smooth colours with all channels different: (height, width) or (height, width, channels)."""
    rows, columns = np.mgrid[:height, :width]
    planes = [rows * 8 + 20, columns * 7 + 30, (rows + columns) * 4 + 60, columns * 6 + 90]
    image = np.stack(planes[:channels], axis=2).clip(0, 255).astype(np.uint8)
    return image[..., 0] if channels == 1 else image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """A picture as the bytes of a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def picture(mode: str = "RGB") -> Image.Image:
    """The sample picture in one of Pillow's modes."""
    channels = {"L": 1, "RGBA": 4}.get(mode, 3)
    image = Image.fromarray(pixels(channels))
    if mode == "LA":
        image = picture("L")
        image.putalpha(Image.fromarray(pixels(4)[..., 3]))
        return image
    return image if image.mode == mode else image.convert(mode)


def turned(kind: str, orientation: int) -> bytes:
    """The sample picture with an EXIF orientation, without loss where the format can."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100}}
    return encoded(picture(), kind, exif=exif, **options.get(kind, {}))


def animated(kind: str, frames: int = 3) -> bytes:
    """An animation whose frames differ."""
    pictures = [Image.fromarray(np.roll(pixels(), 5 * k, axis=0)) for k in range(frames)]
    return encoded(pictures[0], kind, save_all=True, append_images=pictures[1:])


def deep(channels: int = 3) -> NDArray[np.uint16]:
    """The sample with 16 bits: the lower 8 are noise."""
    return pixels(channels).astype(np.uint16) * 256 + 77


def deep_png(channels: int = 3) -> bytes:
    """The same as PNG, RGB(A) order."""
    code = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}.get(channels)
    image = deep(channels)
    return cv2.imencode(".png", image if code is None else cv2.cvtColor(image, code))[1].tobytes()


def png_of_size(width: int, height: int, *, bits: int = 8) -> bytes:
    """A PNG whose header says this size, with next to no pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(100)))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + crc


def jpeg_with_a_hole() -> bytes:
    """A JPEG whose middle is cut out: it ends as it should, and its lower part is lost."""
    whole = encoded(Image.fromarray(pixels(height=160, width=240)), "JPEG")
    return whole[: len(whole) // 2] + b"\xff\xd9"


def tiff_of_many_samples() -> bytes:
    """A TIFF that says that each pixel has 2,048 values; Pillow logs it."""
    entry = struct.pack("<HHI", 277, 3, 1)
    before, _, behind = encoded(picture(), "TIFF").partition(entry)
    return before + entry + struct.pack("<H", 2048) + behind[2:]


def jpeg_with_extra_bytes() -> bytes:
    """A JPEG with some bytes too many before its end, as some cameras write it."""
    return encoded(picture(), "JPEG")[:-2] + b"extra" + b"\xff\xd9"


@cache
def whole_files() -> dict[str, bytes]:
    """Good files that say where they end, by a name that says what is special."""
    return {
        "JPEG": encoded(picture(), "JPEG"),
        "JPEG progressive": encoded(picture(), "JPEG", progressive=True),
        "JPEG gray": encoded(picture("L"), "JPEG"),
        "JPEG CMYK": encoded(picture("CMYK"), "JPEG"),
        "JPEG with EXIF": turned("JPEG", 6),
        "PNG": encoded(picture(), "PNG"),
        "PNG animated": animated("PNG"),
        "GIF": encoded(picture("P"), "GIF"),
        "GIF animated": animated("GIF"),
        "WEBP": encoded(picture(), "WEBP"),
        "WEBP animated": animated("WEBP"),
    }
