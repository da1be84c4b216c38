"""The whole work of ``consumer inspect``, without its command line."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_samples import encoded, jpeg_with_a_hole
from PIL import Image
from rich.console import Console
from structlog.testing import capture_logs

from consumer.metadata import tasks
from consumer.metadata.model import MetadataDocument
from consumer.metadata.paths import find_images
from consumer.metadata.pool import Lost
from consumer.metadata.tasks import Request, inspect_images
from shared.errors import StoreError


def _noise(seed: int, side: int = 40) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return encoded(Image.fromarray(pixels), "PNG")


@pytest.fixture(name="folder")
def make_folder(tmp_path: Path) -> Path:
    """Twelve images alike, a dark one, a large one, a page and a damaged photograph."""
    folder = tmp_path / "images"
    folder.mkdir()
    for k in range(12):
        (folder / f"{k}.png").write_bytes(_noise(k))
    (folder / "dark.png").write_bytes(encoded(Image.new("RGB", (40, 40), (9, 9, 9)), "PNG"))
    (folder / "large.png").write_bytes(_noise(99, 200))
    (folder / "page.png").write_bytes(b"<html>")
    (folder / "photo.jpg").write_bytes(jpeg_with_a_hole())
    (folder / "notes.txt").touch()
    return folder


def _inspect(folder: Path, output: Path, **options: Any) -> dict[str, Any]:
    wanted = find_images([str(folder)])
    console = Console(file=io.StringIO())
    summary = inspect_images(Request(wanted, output=str(output), **options), console=console)
    text = output.read_bytes()
    assert MetadataDocument.model_validate_json(text).summary == summary
    document: dict[str, Any] = json.loads(text)
    return document


@pytest.mark.parametrize("learn", [False, True])
def test_every_file_has_an_entry_and_those_without_metadata_say_why(
    folder: Path, tmp_path: Path, learn: bool
) -> None:
    with capture_logs() as lines:
        document = _inspect(folder, tmp_path / "x.json", learn=learn)
    names = [entry["file_name"] for entry in document["images"]]
    assert names == [*(f"{k}.png" for k in range(12)), "dark.png", "large.png"] + [
        "page.png",
        "photo.jpg",
    ]
    failed = {entry["file_name"] for entry in document["images"] if "error" in entry}
    assert failed == {"page.png", "photo.jpg"}
    summary = document["summary"]
    assert (summary["images"], summary["described"], summary["unreadable"]) == (16, 14, 2)
    assert summary["passed_over"] == 1
    assert [line["event"] for line in lines] == ["unreadable", "unreadable", "inspected"]
    assert lines[0]["reason"] == "not an image" and lines[0]["path"].endswith("page.png")
    assert (lines[2]["images"], lines[2]["unreadable"], lines[2]["passed_over"]) == (16, 2, 1)


def test_processes_change_nothing_of_the_document(folder: Path, tmp_path: Path) -> None:
    alone = _inspect(folder, tmp_path / "1.json")
    assert _inspect(folder, tmp_path / "2.json", workers=2) == alone


def test_thresholds_that_are_learnt_are_stated_and_judge_every_image(
    folder: Path, tmp_path: Path
) -> None:
    document = _inspect(folder, tmp_path / "x.json", learn=True)
    thresholds = document["thresholds"]
    assert (thresholds["source"], thresholds["learnt_from"]) == ("learnt", 14)
    described = [entry for entry in document["images"] if "error" not in entry]
    assert all(entry["thresholds"] == thresholds for entry in described)
    flags = {entry["file_name"]: entry["flags"] for entry in described if entry["flags"]}
    assert flags == {
        "dark.png": ["blurry", "dark", "low-information"],
        "large.png": ["odd-size"],
    }
    assert document["summary"]["flagged"] == {
        "blurry": 1,
        "dark": 1,
        "low-information": 1,
        "odd-size": 1,
    }


def test_each_image_has_a_file_of_its_own_when_asked_for(folder: Path, tmp_path: Path) -> None:
    document = _inspect(folder, tmp_path / "x.json", per_image=tmp_path / "each")
    files = {path.name: json.loads(path.read_bytes()) for path in (tmp_path / "each").iterdir()}
    assert files == {f"{Path(entry['path']).stem}.json": entry for entry in document["images"]}
    content = (folder / "3.png").read_bytes()
    assert files["3.json"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_an_image_that_ends_its_process_has_an_entry_that_says_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object, **__: object) -> Generator[Lost[str], None, None]:
        yield from (Lost(path, OSError("gone")) for path in find_images([str(folder)]).files)

    monkeypatch.setattr(tasks, "map_in_order", lose)
    document = _inspect(folder, tmp_path / "x.json")
    assert document["summary"]["unreadable"] == 16
    assert document["images"][0]["error"] == {
        "code": "worker-failed",
        "what": "the process that read it has ended",
        "expected": None,
        "got": "OSError('gone')",
    }


def test_a_document_that_cannot_be_written_is_told_before_an_image_is_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "describe_file", pytest.fail)
    with pytest.raises(StoreError, match="cannot write the JSON"):
        _inspect(folder, tmp_path / "no folder" / "x.json")
