"""What a header says of the values of a pixel."""

from __future__ import annotations

import io

import cv2
import pytest
from image_samples import deep, encoded, picture, pixels
from PIL import Image

from consumer.metadata.stored import StoredForm, stored_form

# A GIF whose only picture brings colours of its own.
LOCAL_TABLE = b"GIF89a\2\0\2\0\0\0\0,\0\0\0\0\2\0\2\0\x80\0\0\0\xff\xff\xff\2\2\x84\x51\0;"


def _bitmap(bits: int, *, core: bool = False) -> bytes:
    """A BMP without pixels of the old, short header or the usual one."""
    if core:
        header = (12).to_bytes(4, "little") + bytes([2, 0, 2, 0, 1, 0, bits, 0])
    else:
        header = (40).to_bytes(4, "little") + (2).to_bytes(4, "little") * 2
        header += bytes([1, 0, bits, 0]) + bytes(24)
    return b"BM" + bytes(12) + header + bytes(2000)


def _jpeg2000(bits: int) -> bytes:
    image = pixels(1) if bits == 8 else deep(1)
    return encoded(Image.fromarray(image), "JPEG2000")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encoded(picture("P"), "PNG", bits=2), StoredForm("palette", 1, 2)),
        (encoded(picture("P").quantize(4), "GIF"), StoredForm("palette", 1, 2)),
        (LOCAL_TABLE, StoredForm("palette", 1, 8)),
        (_bitmap(4), StoredForm("palette", 1, 4)),
        (_bitmap(8, core=True), StoredForm("palette", 1, 8)),
        (_bitmap(24, core=True), StoredForm("rgb", 3, 8)),
        (_bitmap(16), StoredForm("rgb", 3, 5)),
        (encoded(picture("RGBA"), "BMP"), StoredForm("rgb", 3, 8)),
        (encoded(picture("RGBA"), "TIFF"), StoredForm("rgba", 4, 8)),
        (encoded(picture("1"), "TIFF"), StoredForm("gray", 1, 1)),
        (encoded(Image.fromarray(deep(1)), "TIFF"), StoredForm("gray", 1, 16)),
        (cv2.imencode(".tiff", deep())[1].tobytes(), StoredForm("rgb", 3, 16)),
        (encoded(picture("LAB"), "TIFF"), StoredForm("other", 3, 8)),
        (encoded(Image.fromarray(deep(1)), "PPM"), StoredForm("gray", 1, 16)),
        (_jpeg2000(8), StoredForm("gray", 1, 8)),
        (_jpeg2000(16), StoredForm("gray", 1, 16)),
    ],
)
def test_it_is_read_from_the_header(data: bytes, expected: StoredForm) -> None:
    with Image.open(io.BytesIO(data)) as header:
        assert stored_form(data, header) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (StoredForm("gray", 1, 1), 6),
        (StoredForm("palette", 1, 8), 24),
        (StoredForm("rgba", 4, 16), 48),
    ],
)
def test_decoded_it_needs_so_many_bytes(form: StoredForm, expected: int) -> None:
    assert form.decoded_bytes(2, 3) == expected
