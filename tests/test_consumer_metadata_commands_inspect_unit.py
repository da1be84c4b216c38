"""The command ``consumer inspect``: options, output, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click import unstyle
from image_samples import encoded, picture, png_of_size
from typer.testing import CliRunner, Result

from consumer.cli import app
from consumer.metadata.commands import inspect
from consumer.metadata.model import MetadataDocument, json_schema
from shared.errors import SettingsError, StoreError


def _invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["inspect", *arguments], terminal_width=200)


@pytest.fixture(name="image")
def make_image(tmp_path: Path) -> Path:
    """An image with a space and an umlaut in its name."""
    path = tmp_path / "ein Bild ü.png"
    path.write_bytes(encoded(picture(), "PNG"))
    return path


@pytest.mark.parametrize("options", [(), ("--output", "-"), ("--workers", "1")])
def test_the_document_is_all_that_is_on_standard_output(
    image: Path, options: tuple[str, ...]
) -> None:
    result = _invoke(str(image), *options)
    assert result.exit_code == 0
    document = MetadataDocument.model_validate_json(result.stdout)
    assert [entry.path for entry in document.images] == [str(image)]


def test_one_that_cannot_be_described_ends_with_1_and_the_others_are_there(
    image: Path, tmp_path: Path
) -> None:
    (tmp_path / "huge.png").write_bytes(png_of_size(65535, 65535))
    output, each = tmp_path / "x.json", tmp_path / "each"
    result = _invoke(
        str(tmp_path / "*.png"), "no.png", "--output", str(output), "--per-image", str(each)
    )
    assert (result.exit_code, result.stdout) == (1, "")
    document = json.loads(output.read_bytes())
    errors = [entry.get("error", {}).get("what") for entry in document["images"]]
    assert errors == [None, "image too large", "cannot read the file"]
    assert {path.name for path in each.iterdir()} == {
        f"{image.stem}.json",
        "huge.json",
        "no.json",
    }


def test_an_empty_folder_is_an_entry_with_an_error(tmp_path: Path) -> None:
    result = _invoke(str(tmp_path))
    assert result.exit_code == 1
    (entry,) = json.loads(result.stdout)["images"]
    assert entry["path"] == str(tmp_path)
    assert entry["error"]["got"] == "a folder without images"


def test_an_empty_name_is_an_entry_with_an_error(image: Path) -> None:
    result = _invoke("", str(image))
    assert result.exit_code == 1
    nameless, described = json.loads(result.stdout)["images"]
    assert (nameless["path"], nameless["error"]["what"]) == ("", "cannot read the file")
    assert described["path"] == str(image)


def test_processes_are_taken_for_many_images(image: Path, tmp_path: Path) -> None:
    for k in range(20):
        (tmp_path / f"{k}.png").write_bytes(image.read_bytes())
    result = _invoke(str(tmp_path), "--workers", "2", "--learn")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert len(document["images"]) == 21
    assert document["thresholds"]["learnt_from"] == 21


def test_the_schema_is_written_without_any_image() -> None:
    result = _invoke("--schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json_schema()


def test_nothing_to_look_at_is_misuse() -> None:
    error = _invoke().exception
    assert isinstance(error, SettingsError)
    assert "no images: expected files, folders or patterns" in str(error)


@pytest.mark.parametrize("arguments", [("--workers", "0"), ("--workers", "many"), ("--odd",)])
def test_a_wrong_option_is_misuse(arguments: tuple[str, ...]) -> None:
    assert _invoke("x.png", *arguments).exit_code == 2


def test_a_document_that_cannot_be_written_is_one_error(image: Path, tmp_path: Path) -> None:
    error = _invoke(str(image), "--output", str(tmp_path)).exception
    assert isinstance(error, StoreError)


def test_every_option_is_explained() -> None:
    text = " ".join(unstyle(_invoke("--help").output).split())
    for name in ("--output", "--per-image", "--learn", "--workers", "--schema", "IMAGE..."):
        assert name in text
    assert str(inspect.__doc__).partition("\n")[0] in text


def test_importing_the_command_imports_neither_opencv_nor_numpy() -> None:
    code = (
        "import sys, consumer.metadata.commands as c;"
        "sys.exit(not {'cv2', 'numpy', 'PIL', 'pydantic'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
