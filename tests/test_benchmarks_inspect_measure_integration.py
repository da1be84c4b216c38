"""The benchmark of ``consumer inspect`` on a few images."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import inspect
from benchmarks.plain_inspect import main


def test_both_sides_describe_the_same_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspect, "GENERATED", 3)
    figures = inspect.measure(tmp_path, runs=1)
    assert set(figures) == {
        "plain_images_per_s",
        "workers_1_images_per_s",
        "workers_2_images_per_s",
        "ratio_1",
        "ratio_2",
    }
    assert all(spread.median > 0 for spread in figures.values())
    plain = json.loads((tmp_path / "plain.json").read_text())
    ours = json.loads((tmp_path / "inspect.json").read_text())["images"]
    assert [each["sha256"] for each in plain] == [each["sha256"] for each in ours]
    for theirs, entry in zip(plain, ours, strict=True):
        for name in ("brightness", "contrast", "sharpness", "entropy", "saturation"):
            assert entry[name] == pytest.approx(theirs[name], rel=1e-3), name


def test_the_plain_loop_writes_a_list(tmp_path: Path) -> None:
    main(str(tmp_path), str(tmp_path / "x.json"))
    assert json.loads((tmp_path / "x.json").read_text()) == []
