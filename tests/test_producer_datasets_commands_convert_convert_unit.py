"""The command ``dataset convert``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_dataset as tiny
from structlog.testing import capture_logs
from typer.testing import CliRunner

from producer.datasets.commands import dataset_app
from producer.datasets.commands_convert import convert
from producer.datasets.create import write_dataset
from producer.datasets.files import load_file
from shared.errors import DataError, SettingsError


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Conversions lie in a folder of the test, and the tiny catalog is the only one."""
    monkeypatch.setenv("CATWALK_CACHE_DIR", str(tmp_path / "cache"))
    tiny.publish(monkeypatch)


def run(*arguments: object) -> Any:
    """Run the command as from a shell."""
    return CliRunner().invoke(dataset_app, ["convert", *map(str, arguments)])


@pytest.mark.parametrize("target", ["b.npz", "b.pkl", "a.pkl"])
def test_a_file_is_written_anew(tmp_path: Path, target: str) -> None:
    source, output = tmp_path / "a.pkl", tmp_path / target
    write_dataset(tiny.image_set(), source)
    with capture_logs() as logs:
        assert run(source, "--output", output).exit_code == 0
    assert load_file(output).digest() == tiny.image_set().digest()
    assert logs == [
        {
            "event": "dataset-converted",
            "log_level": "info",
            "file": str(output),
            "images": 6,
            "digest": tiny.image_set().digest(),
            "command": f"producer serve --dataset {output}",
        }
    ]


def test_what_was_changed_is_told(tmp_path: Path) -> None:
    source, output = tmp_path / "a.npy", tmp_path / "b.npy"
    np.save(source, tiny.PIXELS / 255.0)
    with capture_logs() as logs:
        convert(str(source), output=output)
    assert (np.load(output) == tiny.PIXELS).all()
    *warnings, last = [entry["event"] for entry in logs]
    assert warnings and set(warnings) == {"dataset-warning"}
    assert last == "dataset-converted"


def test_a_named_data_set_and_a_layout_are_taken(tmp_path: Path) -> None:
    data, output = tiny.place(tmp_path / "data"), tmp_path / "b.npz"
    assert run("fashion-mnist", "--data-dir", data, "--output", output).exit_code == 0
    assert load_file(output).digest() == tiny.image_set().digest()
    np.save(tmp_path / "a.npy", np.zeros((3, 3, 4, 4), np.uint8))
    result = run(tmp_path / "a.npy", "--layout", "NCHW", "--output", output)
    assert result.exit_code == 0
    assert np.load(output)["images"].shape == (3, 4, 4, 3)


@pytest.mark.parametrize(
    ("source", "output", "kind", "message"),
    [
        ("a.pkl", "b.npy", DataError, "a .npy cannot hold labels .*; write an .npz"),
        ("a.pkl", "b.zip", SettingsError, "unknown format in option --output"),
        ("absent.pkl", "b.npz", DataError, "no such file"),
    ],
)
def test_what_cannot_be_converted_is_refused(
    tmp_path: Path, source: str, output: str, kind: type[Exception], message: str
) -> None:
    write_dataset(tiny.image_set(), tmp_path / "a.pkl")
    with pytest.raises(kind, match=message):
        convert(str(tmp_path / source), output=tmp_path / output)
    assert not (tmp_path / output).exists()


def test_the_output_has_to_be_named() -> None:
    assert run("a.pkl").exit_code == 2
