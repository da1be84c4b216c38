"""convert: what becomes of a child process, well or not."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY, checksum_of, child_command

from producer.intake.conversion import convert
from producer.intake.formats import Kind
from producer.intake.manifest import Manifest
from producer.intake.process import CHILD
from producer.intake.source import open_source
from shared.errors import DataError, SettingsError, StoreError
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits

GOOD = "def read(job): return Found(lambda: iter([np.zeros((2, 3, 4), np.uint8)]), 'x', 2)"
SMALL = Limits(memory_bytes=2**28, seconds=1.0, pixel_bytes=2**20)


def _convert(
    folder: Path,
    command: Sequence[str] = CHILD,
    *,
    layout: str | None = None,
    limits: Limits = Limits(),
) -> Manifest:
    path, out = folder / "a ü.npy", folder / "out"
    np.save(path, GRAY)
    out.mkdir()
    with open_source(path, limits) as source:
        return convert(source, out, layout=layout, limits=limits, command=command)


def test_the_manifest_says_what_was_read_and_the_arrays_are_there(tmp_path: Path) -> None:
    manifest = _convert(tmp_path)
    data = (tmp_path / "a ü.npy").read_bytes()
    assert (manifest.source, manifest.kind, manifest.bytes) == ("a ü.npy", Kind.NPY, len(data))
    assert manifest.sha256 == hashlib.sha256(data).hexdigest()
    assert manifest.checksum == checksum_of(ImageSet(GRAY))
    assert (manifest.count, manifest.shape, manifest.warnings) == (6, (6, 4, 5), ())
    assert np.array_equal(np.load(tmp_path / "out" / "pixels.npy"), GRAY)


def test_a_layout_reaches_the_reader_and_is_kept(tmp_path: Path) -> None:
    assert _convert(tmp_path, layout="NHW").asked_layout == "NHW"


def test_a_wrong_layout_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--layout"):
        _convert(tmp_path, layout="nonsense")


@pytest.mark.parametrize(
    ("lines", "limits", "message"),
    [
        (
            ("def read(job): return bytearray(2**29)",),
            SMALL,
            r"took too much memory in .*: expected at most 268,435,\d+ bytes .*--max-load-mib",
        ),
        (
            ("def read(job):", "    while True: pass"),
            SMALL,
            "took too long in .*: expected at most 1 s of processor time, got more; .*--max-load-s",
        ),
        (
            (
                "def endless():",
                "    while True: yield np.zeros((1, 512, 512), np.uint8)",
                "def read(job): return Found(endless, 'x')",
            ),
            SMALL,
            "too many pixels in .*: expected at most 1,048,576 bytes, got more",
        ),
        (
            ("def read(job):", "    with open(job.folder + '/x', 'wb') as f: f.truncate(2**40)"),
            SMALL,
            "cannot read the file in .*: got File too large",
        ),
        (
            ("import os", "def read(job): os.kill(os.getpid(), 9)"),
            SMALL,
            "was ended by the system in .*: got signal SIGKILL; mostly for lack of memory",
        ),
        (
            ("import os", "def read(job): os.kill(os.getpid(), 7)"),
            SMALL,
            "broke off in .*: got signal SIGBUS; the data, or its disk, was cut off",
        ),
        (
            ("import os", "def read(job): os.kill(os.getpid(), 11)"),
            SMALL,
            "broke off in .*: got signal SIGSEGV; the data is damaged",
        ),
        (
            ("def read(job): raise KeyError('own fault')",),
            SMALL,
            "broke off in .*: got KeyError: 'own fault'",
        ),
        (("import sys", "def read(job): sys.exit(3)"), SMALL, "broke off in .*: got exit code 3"),
    ],
)
def test_a_reader_that_goes_too_far_is_one_clear_error(
    tmp_path: Path, lines: tuple[str, ...], limits: Limits, message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        _convert(tmp_path, child_command(*lines), limits=limits)
    assert "\n" not in str(caught.value)


def test_a_reader_that_sleeps_is_ended_at_its_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.intake.conversion.WALL_GRACE_S", -2.5)
    command = child_command("import time", "def read(job): time.sleep(600)")
    with pytest.raises(DataError, match="took too long in .*: expected at most 0.5 s, got more"):
        _convert(tmp_path, command, limits=SMALL)


@pytest.mark.parametrize(
    "answer", ["{", "[]", '{"done": {}}', '{"done": 5}', '{"done": {"count": "x"}}', "", "5"]
)
def test_an_answer_that_makes_no_sense_is_an_error_too(tmp_path: Path, answer: str) -> None:
    command = child_command(
        "import json, os, sys",
        "job = json.loads(sys.stdin.readline())",
        f"os.write(job['answers'], {answer.encode() + bytes((10,))!r})",
        "sys.exit(0)",
    )
    with pytest.raises(DataError, match="broke off in "):
        _convert(tmp_path, command)


def test_a_file_that_changes_under_the_reader_is_named_whatever_it_says(tmp_path: Path) -> None:
    for number, end in enumerate((GOOD.partition(": ")[2], "raise KeyError('odd')")):
        folder = tmp_path / str(number)
        folder.mkdir()
        change = f"    open({str(folder / 'a ü.npy')!r}, 'ab').write(b'more')"
        command = child_command("def read(job):", change, f"    {end}")
        with pytest.raises(DataError, match="the data changed while it was read in .*a ü.npy"):
            _convert(folder, command)


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_data(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GRAY)
    with open_source(tmp_path / "a.npy", Limits()) as source:
        with pytest.raises(StoreError, match="cannot write at .*absent: got No such file"):
            convert(source, tmp_path / "absent", layout=None, limits=Limits())


def test_a_known_sha_256_is_not_made_again(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GRAY)
    with open_source(tmp_path / "a.npy", Limits()) as source:
        made = convert(source, tmp_path, layout=None, limits=Limits(), sha256="0" * 64)
    assert made.sha256 == "0" * 64


def test_a_folder_is_converted_with_its_names(tmp_path: Path) -> None:
    intake_parts.write_images(tmp_path / "in", {"b/ü.png": GRAY[0], "a/x y.png": GRAY[1]})
    (tmp_path / "out").mkdir()
    with open_source(tmp_path / "in", Limits()) as source:
        manifest = convert(source, tmp_path / "out", layout=None, limits=Limits())
    assert (manifest.kind, manifest.classes, manifest.count) == (Kind.FOLDER, ("a", "b"), 2)
    assert (tmp_path / "out" / "names.json").read_text("ascii") == '["a/x y.png", "b/\\u00fc.png"]'


def test_progress_is_shown_while_it_lasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, int | None]] = []
    monkeypatch.setattr(
        "producer.intake.meter.Meter.show", lambda _, count, total: shown.append((count, total))
    )
    command = child_command(
        "import time",
        "def slow():",
        "    for _ in range(3): time.sleep(0.2); yield np.zeros((1, 2, 2), np.uint8)",
        "def read(job): return Found(slow, 'x', 3)",
    )
    _convert(tmp_path, command)
    assert shown == [(1, 3), (2, 3), (3, 3)]
