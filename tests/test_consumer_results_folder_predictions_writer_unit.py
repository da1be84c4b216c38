"""PredictionsWriter: a line for every frame, whatever the names, and no silent loss."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from consumer_parts import CLASSES, recalled, results
from result_parts import FULL_DISK, HOSTILE_NAMES

from consumer.results.folder import COLUMNS, PredictionsWriter
from shared.errors import StoreError


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_frame_has_a_line(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    with PredictionsWriter(path, CLASSES) as writer:
        writer.update(results(0, [1, -1], confidences=[0.98768, 0.0]))
        writer.update(results(2, []))
        writer.update(results(2, [2]))
    lines = _read(path)
    assert [tuple(line) for line in lines] == [COLUMNS] * 3
    assert [tuple(line.values()) for line in lines] == [
        ("0", "0", "1", "coat", "0.9877", "", "0.000", "", ""),
        ("1", "1", "-1", "", "0.0000", "too-large", "0.000", "", ""),
        ("2", "2", "2", "bag", "0.5000", "", "0.000", "", ""),
    ]


def test_recalled_frames_have_lines_too_without_a_time(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    with PredictionsWriter(path, CLASSES) as writer:
        writer.recall(recalled(0, [2, -1]))
        writer.update(results(2, [1]))
    assert [tuple(line.values()) for line in _read(path)] == [
        ("0", "1000", "2", "bag", "0.2500", "", "", "", ""),
        ("1", "1001", "-1", "", "0.0000", "not-readable", "", "", ""),
        ("2", "2", "1", "coat", "0.5000", "", "0.000", "", ""),
    ]


def test_a_line_tells_the_models_doubt(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    with PredictionsWriter(path, CLASSES) as writer:
        writer.recall(
            recalled(0, [2, -1, 0], sets=((0, 2), (), ()), novelties=(None, 0.0, 0.123456))
        )
        writer.update(
            results(3, [1, -1], sets=[(1,), ()], novelty=[0.5, 0.0]),
        )
        writer.update(results(5, [1], sets=[(0, 1, 11)]))
        writer.update(results(6, [1], novelty=[1.0]))
    assert [(line["set"], line["novelty"]) for line in _read(path)] == [
        ("0 2", ""),
        ("", ""),
        ("", "0.1235"),
        ("1", "0.5000"),
        ("", ""),
        ("0 1 11", ""),
        ("", "1.0000"),
    ]


def test_without_frames_there_is_a_header(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    with PredictionsWriter(path, CLASSES):
        pass
    assert path.read_text() == ",".join(COLUMNS) + "\n"


def test_the_file_gets_its_name_at_the_end_also_when_the_session_broke(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    with pytest.raises(RuntimeError, match="broken"), PredictionsWriter(path, CLASSES) as writer:
        writer.update(results(0, [1]))
        assert not path.exists()
        raise RuntimeError("broken")
    assert len(_read(path)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["predictions.csv"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1"])
def test_a_class_name_is_never_a_formula(tmp_path: Path, name: str) -> None:
    path = tmp_path / "predictions.csv"
    with PredictionsWriter(path, [name]) as writer:
        writer.update(results(0, [0]))
    assert _read(path)[0]["class"] == "'" + name.replace("\t", " ")


def test_any_class_name_stays_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    labels = list(range(len(HOSTILE_NAMES)))
    with PredictionsWriter(path, HOSTILE_NAMES) as writer:
        writer.update(results(0, labels))
    assert [int(line["label"]) for line in _read(path)] == labels
    assert len(path.read_text(encoding="utf-8").split("\n")) == len(labels) + 2
    assert [_read(path)[k]["class"] for k in (1, 2, 3, 6)] == [
        "$x$",
        "Übergröße 外套",
        "",
        "a  b c ",
    ]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "predictions.csv"
    with pytest.raises(StoreError, match=f"cannot write at {path}: got No such file"):
        PredictionsWriter(path, CLASSES)


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("frames", [1, 5000], ids=["at the end", "while it runs"])
def test_a_full_disk_is_named(tmp_path: Path, frames: int) -> None:
    path = tmp_path / "predictions.csv"
    (tmp_path / "predictions.csv.part").symlink_to(FULL_DISK)
    expected = f"cannot write at {path}: got No space left on device"
    with pytest.raises(StoreError, match=expected), PredictionsWriter(path, CLASSES) as writer:
        writer.update(results(0, [0] * frames))
    assert not path.exists()


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")
def test_a_disk_that_is_full_of_recalled_frames_is_named(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    (tmp_path / "predictions.csv.part").symlink_to(FULL_DISK)
    expected = f"cannot write at {path}: got No space left on device"
    with pytest.raises(StoreError, match=expected), PredictionsWriter(path, CLASSES) as writer:
        writer.recall(recalled(0, [0] * 4096))


def test_two_processes_of_one_session_do_not_write_into_each_others_file(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    older = PredictionsWriter(path, ("a",), part="1.part")
    with PredictionsWriter(path, ("a",), part="2.part") as newer:
        newer.update(results(0, [0]))
        with older:
            pass
    assert path.read_text(encoding="utf-8").count("\n") == 2


def test_a_shorter_file_does_not_take_the_place_of_what_an_earlier_process_left(
    tmp_path: Path,
) -> None:
    path = tmp_path / "predictions.csv"
    with PredictionsWriter(path, CLASSES) as earlier:
        earlier.update(results(0, [0, 1, 0]))
    kept = path.read_bytes()
    with pytest.raises(KeyError), PredictionsWriter(path, CLASSES, part="2.part") as later:
        later.update(results(0, [0]))
        raise KeyError
    assert path.read_bytes() == kept
