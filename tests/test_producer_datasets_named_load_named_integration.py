"""load_named with a web server, and with the real files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_dataset as tiny
from file_server import FileServer, serving

from producer.datasets.create import sample, write_dataset
from producer.datasets.files import load_file
from producer.datasets.named import load_named
from shared.errors import DownloadError


def test_missing_files_are_downloaded_into_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(FileServer(tiny.CONTENT)) as server:
        tiny.publish(monkeypatch, server.address)
        images = load_named(tiny.NAME, "test", data_dir=tmp_path, cache_dir=tmp_path / "cache")
    np.testing.assert_array_equal(images.images, tiny.PIXELS)
    cached = tmp_path / "cache" / tiny.NAME
    assert sorted(path.name for path in cached.iterdir()) == sorted(tiny.CONTENT)


def test_no_network_is_a_download_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.publish(monkeypatch, tiny.NOWHERE)
    with pytest.raises(DownloadError, match="cannot download t10k-images.*Connection refused"):
        load_named(tiny.NAME, "test", data_dir=None, cache_dir=tmp_path)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "first_labels", "class_name"),
    [("fashion-mnist", [9, 0, 0, 3], "Ankle boot"), ("mnist", [5, 0, 4, 1], "9")],
)
def test_the_real_files_are_verified_and_survive_a_pickle(
    real_data_dir: Path, tmp_path: Path, name: str, first_labels: list[int], class_name: str
) -> None:
    images = load_named(name, "train", data_dir=real_data_dir, cache_dir=tmp_path, download=False)
    assert images.stack.shape == (60_000, 28, 28)
    assert images.labels is not None
    assert images.labels[:4].tolist() == first_labels
    assert images.classes[9] == class_name
    drawn = sample(images, count=500, seed=1)
    write_dataset(drawn, tmp_path / "drawn.pickle")
    assert load_file(tmp_path / "drawn.pickle").digest() == drawn.digest()
