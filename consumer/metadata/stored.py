"""How the values of a pixel are stored in a file, before any decoder changes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import Image

from consumer.metadata.model import ColourModel

_PNG: dict[int, tuple[ColourModel, int]] = {
    0: ("gray", 1),
    2: ("rgb", 3),
    3: ("palette", 1),
    4: ("gray-alpha", 2),
    6: ("rgba", 4),
}
_MODES: dict[str, tuple[ColourModel, int]] = {
    "1": ("gray", 1),
    "L": ("gray", 1),
    "I": ("gray", 1),
    "F": ("gray", 1),
    "LA": ("gray-alpha", 2),
    "P": ("palette", 1),
    "RGB": ("rgb", 3),
    "YCbCr": ("rgb", 3),
    "RGBA": ("rgba", 4),
    "CMYK": ("cmyk", 4),
}
_SHORT = 16
_TIFF_BITS = 258


@dataclass(frozen=True, slots=True)
class StoredForm:
    """What a file stores for each pixel.

    Args:
        colour_model: what the values mean; JPEG's YCbCr counts as RGB.
        channels: how many values there are: 1 for a palette, whose value is an index.
        bit_depth: bits of one value.
    """

    colour_model: ColourModel
    channels: int
    bit_depth: int

    def decoded_bytes(self, width: int, height: int) -> int:
        """How many bytes so many pixels are when they are decoded."""
        channels = 4 if self.colour_model == "palette" else self.channels
        return width * height * max(channels, 1) * (2 if self.bit_depth > 8 else 1)


def stored_form(data: bytes, header: Image.Image) -> StoredForm:
    """Read from the header what is stored for each pixel.

    Args:
        data: the whole file.
        header: the same, opened.

    Raises:
        LookupError, ValueError, TypeError: the header is shorter than it says, or says nonsense.

    Source:
        PNG (third edition) 11.2.1; GIF89a 18; BMP: BITMAPINFOHEADER; TIFF 6.0, section 8.
    """
    kind = header.format
    if kind == "PNG":
        return StoredForm(*_PNG[data[25]], data[24])
    if kind == "GIF":
        return StoredForm("palette", 1, (data[10] & 7) + 1 if data[10] & 0x80 else 8)
    if kind == "BMP":
        return _bitmap(data, header.mode)
    # Pillow has modes such as "I;16B" for the order of bytes, "RGBX" for unused ones.
    model, channels = _MODES.get(header.mode.partition(";")[0].rstrip("Xa"), _other(header))
    return StoredForm(model, channels, _bits(header))


def _bitmap(data: bytes, mode: str) -> StoredForm:
    long_header = int.from_bytes(data[14:18], "little") >= 40
    bits = int.from_bytes(data[28:30] if long_header else data[24:26], "little")
    if bits <= 8:
        return StoredForm("palette", 1, bits)
    model, channels = _MODES[mode]
    return StoredForm(model, channels, 5 if bits == _SHORT else 8)


def _other(header: Image.Image) -> tuple[ColourModel, int]:
    return "other", len(header.getbands())


def _bits(header: Image.Image) -> int:
    tags: Any = getattr(header, "tag_v2", {})
    if _TIFF_BITS in tags:
        return int(tags[_TIFF_BITS][0])
    wide = header.mode.startswith("I")
    return 1 if header.mode == "1" else _SHORT if wide else 8
