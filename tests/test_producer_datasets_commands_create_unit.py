"""The commands ``dataset create`` and ``dataset inspect``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import recording_parts
import tiny_dataset as tiny
from structlog.testing import capture_logs
from typer.testing import CliRunner

from producer.datasets.commands import Source, SplitName, create, dataset_app, inspect
from producer.datasets.create import write_dataset
from producer.datasets.files import load_file
from shared.errors import DataError, SettingsError
from shared.intake.catalog import CATALOG
from shared.intake.imageset import ImageSet
from shared.recording.reader import read_recording


@pytest.fixture(autouse=True)
def small_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny catalog, without any address, and a cache of its own."""
    tiny.publish(monkeypatch)
    monkeypatch.setenv("CATWALK_CACHE_DIR", str(tmp_path / "cache"))


def run(*arguments: object) -> Any:
    """Run the commands as from a shell."""
    return CliRunner().invoke(dataset_app, [str(argument) for argument in arguments])


def test_sources_and_splits_are_those_of_the_catalog() -> None:
    assert {source.value for source in Source} == {*CATALOG, "builtin", "folder"}
    for dataset in CATALOG.values():
        assert set(dataset.splits) == {split.value for split in SplitName}


@pytest.mark.parametrize("by", ["option", "environment"])
def test_create_draws_a_sample_and_says_how_to_stream_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    data = tiny.place(tmp_path / "data")
    output = tmp_path / "a.pickle"
    arguments: list[object] = ["create", "fashion-mnist", "--split", "test", "--count", 4]
    arguments += ["--seed", 2, "--output", output, "--cache-dir", tmp_path / "cache"]
    if by == "option":
        arguments += ["--data-dir", data]
    else:
        monkeypatch.setenv("CATWALK_DATA_DIR", str(data))
    with capture_logs() as logs:
        assert run(*arguments).exit_code == 0
    assert logs[-1] == {
        "event": "dataset-created",
        "log_level": "info",
        "file": str(output),
        "shape": (4, 4, 4),
        "command": f"producer serve --dataset {output}",
    }
    assert len(load_file(output)) == 4


def test_create_keeps_all_images_in_order_where_no_count_is_given(tmp_path: Path) -> None:
    tiny.place(tmp_path / tiny.NAME)
    output = tmp_path / "a.pickle"
    create(Source.FASHION_MNIST, output=output, cache_dir=tmp_path)
    assert load_file(output).digest() == tiny.image_set().digest()


def test_create_builtin_draws_as_many_frames_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fake_frames(count: int, *, seed: int) -> ImageSet:
        asked.append((count, seed))
        return tiny.image_set(count)

    monkeypatch.setattr("producer.datasets.resolve.builtin_frames", fake_frames)
    output = tmp_path / "a.pickle"
    assert run("create", "builtin", "--count", 3, "--seed", 9, "--output", output).exit_code == 0
    assert asked == [(3, 9)]
    assert len(load_file(output)) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cifar", "--output", "x"], "'cifar' is not one of"),
        (["mnist", "--output", "x", "--split", "all"], "'all' is not one of"),
        (["mnist", "--output", "x", "--count", "0"], "'--count'"),
        (["mnist"], "Missing option '--output'"),
    ],
)
def test_create_refuses_wrong_options(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # so that no line is broken
    result = run("create", *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_create_raises_our_own_errors(tmp_path: Path) -> None:
    result = run("create", "fashion-mnist", "--data-dir", tmp_path / "no", "--output", "x.npz")
    assert isinstance(result.exception, DataError)
    assert "no such folder" in str(result.exception)


def folder_of_images(folder: Path) -> Path:
    """Two classes of three images each, of two sizes."""
    for label, name in enumerate(("bag", "hat")):
        (folder / name).mkdir(parents=True)
        for k in range(3):
            image = np.full((4, 5 + label), 40 * k + label, np.uint8)
            data = cv2.imencode(".png", image)[1]
            (folder / name / f"{k}.png").write_bytes(data.tobytes())
    return folder


@pytest.mark.parametrize("suffix", [".pkl", ".npz"])
def test_create_takes_a_folder_of_images(tmp_path: Path, suffix: str) -> None:
    data, output = folder_of_images(tmp_path / "my data"), tmp_path / f"a{suffix}"
    with capture_logs() as logs:
        result = run("create", "folder", data, "--output", output, "--cache-dir", tmp_path / "c")
    assert result.exit_code == 0
    images = load_file(output, cache_dir=tmp_path / "c")
    assert images.classes == ("bag", "hat")
    assert images.labels is not None and images.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert [images.image(k).shape for k in (0, 5)] == [(4, 5), (4, 6)]
    assert logs[-1]["shape"] == (6, 4, None, 1)


def test_create_draws_a_sample_of_a_folder(tmp_path: Path) -> None:
    data, outputs = folder_of_images(tmp_path / "data"), [tmp_path / "a.pkl", tmp_path / "b.npz"]
    for output in outputs:
        arguments = ("--count", 4, "--seed", 3, "--cache-dir", tmp_path / "c")
        assert run("create", "folder", data, "--output", output, *arguments).exit_code == 0
    first, second = (load_file(output, cache_dir=tmp_path / "c") for output in outputs)
    assert len(first) == 4
    assert first.digest() == second.digest()


def test_create_reads_no_more_than_the_limits_allow(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((2, 1024, 1024), np.uint8))
    arguments = ["create", "folder", path, "--output", tmp_path / "b.npz"]
    assert "--max-file-mib" in str(run(*arguments, "--max-file-mib", 1).exception)
    assert run(*arguments, "--max-file-mib", 3, "--max-load-mib", 900).exit_code == 0


@pytest.mark.parametrize("arguments", [["folder"], ["mnist", "somewhere"]])
def test_create_wants_a_path_after_folder_and_only_there(arguments: list[str]) -> None:
    result = run("create", *arguments, "--output", "a.npz")
    assert result.exit_code == 2
    assert "expected a path after folder" in result.output


def test_create_refuses_an_unknown_format_before_anything_is_read(tmp_path: Path) -> None:
    result = run("create", "folder", tmp_path / "absent", "--output", "a.zip")
    assert isinstance(result.exception, SettingsError)


def test_inspect_says_what_a_folder_holds_and_what_was_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, tiny.PIXELS.astype(np.int64))
    with capture_logs() as logs:
        inspect(path, layout="NHW", cache_dir=tmp_path / "cache", max_file_mib=7)
    command = f"producer serve --dataset {path} --layout NHW --max-file-mib 7"
    assert logs[0]["command"] == command
    assert [entry["event"] for entry in logs[1:]] == ["dataset-warning"]
    assert "int64" in logs[1]["warning"]
    with capture_logs() as logs:
        inspect(folder_of_images(tmp_path / "data"), cache_dir=tmp_path / "cache")
    assert (logs[0]["layout"], logs[0]["shape"]) == ("ragged", (6, 4, None, 1))


def test_inspect_says_what_a_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.pickle"
    write_dataset(tiny.image_set(4), path)
    with capture_logs() as logs:
        inspect(path)
    assert logs[0] == {
        "event": "dataset-described",
        "log_level": "info",
        "file": str(path),
        "layout": "NHW",
        "shape": (4, 4, 4),
        "dtype": "uint8",
        "pixel_range": (0, 63),
        "digest": tiny.image_set(4).digest(),
        "command": f"producer serve --dataset {path}",
    }
    counted = [(entry["label"], entry["name"], entry["images"]) for entry in logs[1:]]
    assert counted == [(0, "shoe", 2), (1, "coat", 1), (2, "bag", 1)]


def test_inspect_says_what_a_recording_holds(tmp_path: Path) -> None:
    path = recording_parts.write(tmp_path / "a.session", 9)
    with capture_logs() as logs:
        inspect(path)
    assert logs[0] == {
        "event": "recording-described",
        "log_level": "info",
        "file": str(path),
        "session": recording_parts.SESSION,
        "began": "2023-11-14T22:13:20+00:00",
        "seconds": 0.8,
        "fps": 10.0,
        "mean_fps": 10.0,
        "delivery": "every",
        "frames": 9,
        "shape": (3, 4, 1),
        "dataset": "test",
        "model": "tiny",
        "digest": read_recording(path).about.digest,
        "command": f"producer serve --dataset {path}",
    }
    assert [tuple(entry.values()) for entry in logs[1:]] == [
        (0, "shoe", 3, "class-predicted", "info"),
        (1, "coat", 3, "class-predicted", "info"),
        ("too-large", 3, "reason-given", "info"),
    ]


@pytest.mark.parametrize("name", ["absent.pickle", "absent.session"])
def test_inspect_raises_our_own_errors(tmp_path: Path, name: str) -> None:
    result = run("inspect", tmp_path / name)
    assert isinstance(result.exception, DataError)


def test_the_module_imports_nothing_heavy() -> None:
    code = (
        "import sys, producer.datasets.commands; "
        "sys.exit(bool({'numpy', 'torch', 'cv2'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
