"""main: the job on standard input becomes arrays and one answer."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY, LABELS

from producer.intake.child import READERS, main
from producer.intake.formats import Kind
from producer.intake.job import Job
from shared.errors import DataError, PickleRefused
from shared.intake.found import Found

Read = Callable[[Job], Found]


@pytest.fixture(name="confined", autouse=True)
def not_confined(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The process of the tests keeps its freedom; what would have been confined."""
    jobs: list[Job] = []
    monkeypatch.setattr("producer.intake.child.confine", jobs.append)
    monkeypatch.setattr("producer.intake.child.end_with_parent", lambda stream: None)
    return jobs


def _run(read: Read, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    receiving, sending = os.pipe()
    folder.mkdir(exist_ok=True)
    with intake_parts.job(Kind.NPY, folder) as made:
        job = replace(made, folder=str(folder), answers=sending)
    monkeypatch.setattr("sys.stdin", io.StringIO(job.to_json()))
    main({Kind.NPY: lambda: read})
    with os.fdopen(receiving) as answers:
        return [json.loads(line) for line in answers]


def test_what_was_found_is_written_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, confined: list[Job]
) -> None:
    def read(job: Job) -> Found:
        assert confined == [job]
        return Found(lambda: iter([GRAY]), "x\ny", 6, LABELS, ("a", "b", "c"), warnings=["w\x1b"])

    (answer,) = _run(read, tmp_path, monkeypatch)
    assert answer["done"].pop("checksum")
    assert answer["done"] == {
        "count": 6,
        "shape": [6, 4, 5],
        "layout": "x\\ny",
        "classes": ["a", "b", "c"],
        "warnings": ["w\\x1b"],
        "names_sha256": None,
    }
    assert np.array_equal(np.load(tmp_path / "pixels.npy"), GRAY)


def test_progress_is_told_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr("producer.intake.child.time.monotonic", lambda: next(ticks) * 0.06)
    told = _run(
        lambda _: Found(lambda: (image[None] for image in GRAY), "x", 6), tmp_path, monkeypatch
    )
    assert [line["progress"] for line in told[:-1]] == [2, 4, 6]
    assert {line["total"] for line in told[:-1]} == {6}
    assert "done" in told[-1]


def _failing(error: Exception) -> Read:
    def read(_job: Job) -> Found:
        raise error

    return read


def _failing_later(error: Exception) -> Read:
    def blocks() -> Iterator[intake_parts.Pixels]:
        yield GRAY
        raise error

    return lambda _: Found(blocks, "x")


@pytest.mark.parametrize(
    ("read", "answer"),
    [
        (
            _failing(PickleRefused("no", where="a", offset=7)),
            {"error": {"kind": "PickleRefused", "what": "no", "where": "a", "offset": 7}},
        ),
        (
            _failing_later(DataError("bad", where="a", got="b\nc")),
            {"error": {"kind": "DataError", "what": "bad", "where": "a", "got": "b\\nc"}},
        ),
        (_failing(MemoryError()), {"memory": True}),
        (_failing_later(MemoryError()), {"memory": True}),
        (_failing(OSError(12, "Cannot allocate memory")), {"memory": True}),
        (_failing_later(OSError(12, "Cannot allocate memory")), {"memory": True}),
        (
            _failing(OSError(5, "Input/output error")),
            {
                "error": {
                    "kind": "DataError",
                    "what": "cannot read the file",
                    "where": "here",
                    "got": "Input/output error",
                }
            },
        ),
    ],
)
def test_each_failure_is_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Read, answer: dict[str, Any]
) -> None:
    assert _run(read, tmp_path / "here", monkeypatch) == [answer]


def test_a_disk_that_is_full_is_told_apart_from_bad_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = _failing_later(OSError(28, "No space left on device"))
    (answer,) = _run(full, tmp_path, monkeypatch)
    assert (answer["error"]["kind"], answer["error"]["got"]) == (
        "StoreError",
        "No space left on device",
    )


def test_every_kind_has_a_reader_but_recordings() -> None:
    assert set(READERS) == set(Kind) - {Kind.RECORDING}
    modules = {kind: getter().__module__.rpartition(".")[2] for kind, getter in READERS.items()}
    assert modules == {
        Kind.PICKLE: "pickled",
        Kind.NPY: "npy",
        Kind.NPZ: "npz",
        Kind.IDX: "idx",
        Kind.IDX_FOLDER: "idx_folder",
        Kind.FOLDER: "folder",
        Kind.TABLE: "table",
        Kind.VIDEO: "video",
    }
