"""How much of a user's file is taken: the limits within which all of it is read."""

from __future__ import annotations

from dataclasses import dataclass

MAX_SIDE = 4096
MAX_IMAGES = 2_000_000
MAX_CLASSES = 1_000
MAX_CLASS_NAME = 200
CHANNELS = (1, 3, 4)


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be set; the constants above belong to the frame format and the ledger.

    Args:
        file_bytes: size of a file that is read as a whole: a pickle, an array, an archive.
        pixel_bytes: size of all pixels of a data set, as uint8, on disk.
        images: number of images of a data set.
        memory_bytes: what reading a file may take beside the file's own size.
        seconds: processor time that reading a file may take.
        bulk_seconds: the same for a folder of images or a video, which take long by their nature.
    """

    file_bytes: int = 512 * 2**20
    pixel_bytes: int = 8 * 2**30
    images: int = MAX_IMAGES
    memory_bytes: int = 2**30
    seconds: float = 10.0
    bulk_seconds: float = 600.0
