"""The command ``dataset doctor``."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_dataset as tiny
from structlog.testing import capture_logs
from typer.testing import CliRunner

from producer.datasets.commands import dataset_app
from producer.datasets.commands_doctor import doctor
from shared.errors import CatwalkError, DataError, SettingsError, StoreError


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Conversions lie in a folder of the test, and the tiny catalog is the only one."""
    monkeypatch.setenv("CATWALK_CACHE_DIR", str(tmp_path / "cache"))
    tiny.publish(monkeypatch)


def run(*arguments: object) -> Any:
    """Run the command as from a shell."""
    return CliRunner().invoke(dataset_app, ["doctor", *map(str, arguments)])


def archive(path: Path) -> Path:
    """The tiny data set, with a class whose name would clear a terminal."""
    classes = np.array(["shoe", "coät", "[bold]bag"])
    np.savez(path, images=tiny.PIXELS, labels=tiny.LABELS, classes=classes)
    return path


def test_text_ends_with_the_command_that_streams_it(tmp_path: Path) -> None:
    path = archive(tmp_path / "my set.npz")
    result = run(path)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{path}: ")
    assert "  classes         shoe 2, coät 2, [bold]bag 2" in lines
    assert lines[-1] == f"producer serve --dataset '{path}'"


def test_json_is_one_object(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz")
    result = run(path, "--json", "--max-load-s", 33)
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert found["path"] == str(path)
    assert (found["images"], found["height"], found["width"], found["channels"]) == (6, 4, 4, 1)
    assert (found["labels"], found["classes"][1]) == (6, "coät")
    assert found["command"] == f"producer serve --dataset {path} --max-load-s 33"


def test_a_layout_that_was_asked_for_is_used(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((3, 3, 4, 4), np.uint8))
    found = json.loads(run(path, "--layout", "NCHW", "--json").stdout)
    assert (found["height"], found["width"], found["channels"]) == (4, 4, 3)
    assert found["command"].endswith(" --layout NCHW")


def test_a_name_is_diagnosed_too(tmp_path: Path) -> None:
    data = tiny.place(tmp_path / "data")
    found = json.loads(run("fashion-mnist", "--json", "--data-dir", data).stdout)
    assert (found["digest"], found["kind"]) == (tiny.image_set().digest(), "named")


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_output_takes_what_would_have_been_printed(tmp_path: Path, option: list[str]) -> None:
    path, output = archive(tmp_path / "a.npz"), tmp_path / "diagnosis"
    printed = run(path, *option).stdout
    result = run(path, "--output", output, *option)
    assert (result.exit_code, result.stdout) == (0, "")
    assert output.read_text(encoding="utf-8") == printed


def test_output_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    result = run(archive(tmp_path / "a.npz"), "--output", tmp_path / "absent" / "a.json")
    assert isinstance(result.exception, StoreError)


def damaged(folder: Path) -> Path:
    """A pickle that would run something."""
    path = folder / "a.pkl"
    path.write_bytes(b"cos\nsystem\n(S'echo'\ntR.")
    return path


def absent(folder: Path) -> Path:
    """No file."""
    return folder / "absent.npz"


def empty(folder: Path) -> Path:
    """A folder without images."""
    (folder / "empty").mkdir()
    return folder / "empty"


def useless(folder: Path) -> Path:
    """A pickle without images."""
    path = folder / "a.pkl"
    path.write_bytes(pickle.dumps({"images": "none\n\x1b[2J"}))
    return path


@pytest.mark.parametrize("make", [damaged, absent, empty, useless])
def test_what_cannot_be_streamed_is_refused_in_json_and_by_an_error(
    tmp_path: Path, make: Any
) -> None:
    path = make(tmp_path)
    result = run(path, "--json")
    error = result.exception
    assert isinstance(error, DataError)
    assert str(error).isprintable()
    found = json.loads(result.stdout)
    assert (found["verdict"], found["path"], found["images"]) == ("refused", str(path), None)
    assert found["error"]["code"] == error.code
    assert found["error"]["message"] == str(error)
    assert found["error"]["offset"] == getattr(error, "offset", None)


def test_without_json_a_refusal_prints_nothing_but_the_error(tmp_path: Path) -> None:
    result = run(damaged(tmp_path))
    assert isinstance(result.exception, DataError)
    assert result.output == ""


@pytest.mark.parametrize(
    ("arguments", "kind"), [(["--layout", "sideways"], SettingsError), (["no-such-name"], None)]
)
def test_other_errors_are_told_in_the_same_way(
    tmp_path: Path, arguments: list[str], kind: type[CatwalkError] | None
) -> None:
    path = [archive(tmp_path / "a.npz")] if kind else []
    result = run(*path, *arguments, "--json")
    assert isinstance(result.exception, kind or DataError)
    assert json.loads(result.stdout)["verdict"] == "refused"


def test_a_name_that_standard_output_has_no_letters_for_is_escaped(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz")
    result = CliRunner(charset="ascii").invoke(dataset_app, ["doctor", str(path)])
    assert result.exit_code == 0
    assert "co\\xe4t 2" in result.stdout


def test_nothing_is_logged(tmp_path: Path) -> None:
    with capture_logs() as logs:
        doctor(str(archive(tmp_path / "a.npz")))
    assert not logs


def test_wrong_limits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # so that no line is broken
    result = run("a.npz", "--max-load-s", 0)
    assert result.exit_code == 2
    assert "--max-load-s" in result.output
