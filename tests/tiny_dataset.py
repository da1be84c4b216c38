"""A data set of six images, as published files and as a catalog that knows only it."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from shared.intake.catalog import NamedDataset, Split
from shared.intake.idx import encode_idx
from shared.intake.imageset import ImageSet

NAME = "fashion-mnist"
PIXELS = np.arange(6 * 4 * 4, dtype=np.uint8).reshape(6, 4, 4)
LABELS = np.array([0, 1, 2, 0, 1, 2], dtype=np.uint8)
CLASSES = ("shoe", "coat", "bag")
IMAGES_FILE = "t10k-images-idx3-ubyte.gz"
LABELS_FILE = "t10k-labels-idx1-ubyte.gz"
CONTENT = {
    IMAGES_FILE: gzip.compress(encode_idx(PIXELS), mtime=0),
    LABELS_FILE: gzip.compress(encode_idx(LABELS), mtime=0),
}
NOWHERE = "http://127.0.0.1:9/"


def md5(data: bytes) -> str:
    """The checksum of ``data`` in hexadecimal."""
    return hashlib.md5(data).hexdigest()


def catalog(*addresses: str) -> Mapping[str, NamedDataset]:
    """A catalog with the one data set, published at these addresses."""
    split = Split(
        images=IMAGES_FILE,
        labels=LABELS_FILE,
        images_md5=md5(CONTENT[IMAGES_FILE]),
        labels_md5=md5(CONTENT[LABELS_FILE]),
        images_raw_md5=md5(encode_idx(PIXELS)),
        labels_raw_md5=md5(encode_idx(LABELS)),
        count=6,
    )
    dataset = NamedDataset(NAME, "Tiny", CLASSES, {"test": split}, addresses, "none")
    return {NAME: dataset}


def publish(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Put the tiny catalog in the place of the real one."""
    monkeypatch.setattr("shared.intake.catalog.CATALOG", catalog(*addresses))


def place(folder: Path, *, compressed: bool = True) -> Path:
    """Write the published files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in CONTENT.items():
        if compressed:
            (folder / name).write_bytes(content)
        else:
            (folder / name.removesuffix(".gz")).write_bytes(gzip.decompress(content))
    return folder


def image_set(count: int = 6) -> ImageSet:
    """The first ``count`` images of the data set."""
    return ImageSet(PIXELS[:count], LABELS[:count].astype(np.int64), CLASSES, "tiny")
