"""images_of: files decoded one by one."""

from __future__ import annotations

from pathlib import Path

import intake_parts
import numpy as np
import pytest

from producer.intake.formats import Kind
from producer.intake.listing import File
from producer.intake.readers.folder import images_of
from shared.errors import DataError

FILES = [File("a.png", 1, 0), File("b.png", 1, 0)]


def test_each_image_is_a_block(tmp_path: Path) -> None:
    pair = intake_parts.colour(1), intake_parts.colour(2, height=7)
    intake_parts.write_images(tmp_path, {"a.png": pair[0], "b.png": pair[1]})
    with intake_parts.job(Kind.FOLDER, tmp_path) as job:
        blocks = list(images_of(FILES, job))
    for block, image in zip(blocks, pair, strict=True):
        assert np.array_equal(block, image[None])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"text", "not an image in b.png of"),
        (b"", "not an image in b.png of"),
        (None, "cannot read the file in b.png of"),
    ],
)
def test_a_damaged_image_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    intake_parts.write_images(tmp_path, {"a.png": intake_parts.GRAY[0]})
    if content is not None:
        (tmp_path / "b.png").write_bytes(content)
    with intake_parts.job(Kind.FOLDER, tmp_path) as job:
        blocks = images_of(FILES, job)
        next(blocks)
        with pytest.raises(DataError, match=message):
            next(blocks)
