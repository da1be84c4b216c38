"""Decodes single images; OpenCV is imported with the first one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def decode(data: bytes, where: str) -> NDArray[np.uint8]:
    """Decode one encoded image, by ``shared.imaging.decode``, with one thread.

    Raises:
        DataError: no image, damaged or too large.
    """
    # Imported here because most files hold no encoded images.
    import cv2

    from shared.imaging.decode import decode_image

    cv2.setNumThreads(1)
    return decode_image(bytes(data), where=where)
