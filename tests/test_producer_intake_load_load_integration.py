"""load, by real child processes: every kind, two at a time, and what stays out of the parent."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY, LABELS, checksum_of, child_command

from producer.intake.formats import Kind
from producer.intake.load import load
from shared.errors import DataError, PickleRefused
from shared.intake.idx import encode_idx

MARKS = encode_idx(LABELS.astype(np.uint8))
LOAD = """
import json, resource, sys
from pathlib import Path
from producer.intake.load import load
loaded = load(Path(sys.argv[1]), cache_dir=Path(sys.argv[2]))
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
sys.stdout.write(json.dumps([loaded.images.digest(), peak]))
"""
SERVE = """
import sys
import structlog.testing
import producer.app, producer.cli
from producer.datasets.resolve import resolve
with structlog.testing.capture_logs():
    resolve(sys.argv[1])
names = ("cv2", "PIL", "shared.imaging", "shared.intake.pickles", "producer.intake.readers")
sys.stdout.write(" ".join(name for name in names if name in sys.modules))
"""
SLEEPING = (
    "import os, time",
    "def read(job):",
    "    with open(job.folder + '/part', 'w') as file: file.write(str(os.getpid()))",
    "    os.rename(job.folder + '/part', job.folder + '/pid')",
    "    time.sleep(600)",
)
SLOW = """
import signal; signal.signal(signal.SIGTERM, signal.SIG_DFL)  # which measuring coverage changes
import functools, sys
from pathlib import Path
from producer.intake import conversion, load
load.convert = functools.partial(conversion.convert, command=CHILD)
load.load(Path(sys.argv[1]), cache_dir=Path(sys.argv[2]))
"""


def _table(folder: Path) -> Path:
    intake_parts.write_images(folder, {f"{k} ü.png": image for k, image in enumerate(GRAY)})
    rows = [f"{k} ü.png;{label}" for k, label in enumerate(LABELS)]
    (folder / "labels.csv").write_text("\n".join(["file;label", *rows]), "utf-8")
    return folder


def _idx_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "train-images-idx3-ubyte").write_bytes(encode_idx(GRAY))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(MARKS))
    return folder


def _make(kind: Kind, folder: Path) -> Path:
    path = folder / f"made ü {kind}"
    if kind is Kind.PICKLE:
        path.write_bytes(pickle.dumps({"images": GRAY, "labels": LABELS}))
    elif kind is Kind.NPY:
        path = path.with_suffix(".npy")
        np.save(path, GRAY)
    elif kind is Kind.NPZ:
        path = path.with_suffix(".npz")
        np.savez_compressed(path, images=GRAY, labels=LABELS)
    elif kind is Kind.IDX:
        path.write_bytes(encode_idx(GRAY))
    elif kind is Kind.IDX_FOLDER:
        path = _idx_folder(path)
    elif kind is Kind.TABLE:
        path = _table(path)
    else:
        names = {f"{label}/{k}.png": GRAY[k] for k, label in enumerate(LABELS)}
        path = intake_parts.write_images(path, names)
    return path


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.VIDEO, Kind.RECORDING}))
def test_every_kind_becomes_the_same_pixels_and_is_found_again(tmp_path: Path, kind: Kind) -> None:
    path = _make(kind, tmp_path)
    first = load(path, cache_dir=tmp_path / "cache")
    assert first.manifest.kind is kind
    order = np.argsort(LABELS, kind="stable") if kind is Kind.FOLDER else np.arange(6)
    assert np.array_equal(first.images.stack, GRAY[order])
    if kind not in (Kind.NPY, Kind.IDX):
        assert first.images.labels is not None
        assert np.array_equal(first.images.labels, LABELS[order])
    again = load(path, cache_dir=tmp_path / "cache")
    assert again.manifest == first.manifest
    assert checksum_of(again.images) == first.manifest.checksum == checksum_of(first.images)


def test_a_video_becomes_its_frames(tmp_path: Path) -> None:
    path = intake_parts.write_video(tmp_path / "a ü.avi", intake_parts.flat_frames(5))
    loaded = load(path, cache_dir=tmp_path)
    assert loaded.images.stack.shape == (5, 32, 32, 3)
    assert (loaded.images.stack[:, :, :, 0].mean(axis=(1, 2)) > 90).all()


def test_a_hostile_pickle_is_refused_with_its_place_and_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (tmp_path / "a.pkl").write_bytes(b"cposix\nsystem\n(S'touch " + bytes(mark) + b"'\ntR.")
    with pytest.raises(PickleRefused) as caught:
        load(tmp_path / "a.pkl", cache_dir=tmp_path / "cache")
    assert caught.value.where == str(tmp_path / "a.pkl") and caught.value.hint
    assert "\n" not in str(caught.value)
    assert not mark.exists() and not list((tmp_path / "cache").glob("converted/*"))


def test_a_gigantic_image_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    image = bytearray(intake_parts.png(GRAY[0]))
    image[16:24] = (60_000).to_bytes(4, "big") * 2
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(image)
    with pytest.raises(DataError, match="image too large|damaged image"):
        load(tmp_path / "in", cache_dir=tmp_path / "cache")


def _load_in(path: Path, cache: Path) -> subprocess.Popen[str]:
    command = (sys.executable, "-c", LOAD, str(path), str(cache))
    pipes = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipes, stderr=pipes, text=True)


def test_two_processes_may_convert_the_same_file_at_once(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GRAY)
    started = [_load_in(tmp_path / "a.npy", tmp_path / "cache") for _ in range(2)]
    ended = [(process.communicate(), process.returncode) for process in started]
    digests = {json.loads(out)[0] for (out, _), _ in ended}
    assert {(err, code) for (_, err), code in ended} == {("", 0)}
    assert digests == {load(tmp_path / "a.npy", cache_dir=tmp_path / "cache").images.digest()}
    assert len(os.listdir(tmp_path / "cache" / "converted")) == 1


def test_nothing_that_a_decoder_says_reaches_the_terminal(tmp_path: Path) -> None:
    path = intake_parts.write_video(tmp_path / "a.avi", intake_parts.flat_frames(20))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    process = _load_in(path, tmp_path / "cache")
    out, err = process.communicate()
    assert out == "" and process.returncode
    assert err.splitlines()[-1].startswith("shared.errors.DataError: damaged video in ")
    assert "avi @" not in err and "WARN" not in err and "OpenCV" not in err


def test_a_large_array_takes_little_more_memory_than_its_file(tmp_path: Path) -> None:
    images = np.zeros((64, 1024, 1024), np.uint8)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"images": images}, 4))
    process = _load_in(tmp_path / "a.pkl", tmp_path / "cache")
    out, err = process.communicate()
    assert err == ""
    assert json.loads(out)[1] < 2.5 * images.nbytes


def test_what_serves_has_no_decoder_in_its_process(tmp_path: Path) -> None:
    path = _make(Kind.FOLDER, tmp_path)
    for dataset in (path, _make(Kind.PICKLE, tmp_path)):
        command = (sys.executable, "-c", SERVE, str(dataset))
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout == ""


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_no_child_and_no_workspace_outlive_a_load_that_is_ended(
    tmp_path: Path, end: signal.Signals
) -> None:
    np.save(tmp_path / "a.npy", GRAY)
    script = SLOW.replace("CHILD", repr(child_command(*SLEEPING)))
    command = (sys.executable, "-c", script, str(tmp_path / "a.npy"), str(tmp_path / "cache"))
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        converted = tmp_path / "cache" / "converted"
        _wait_until(lambda: any(converted.glob(".work-*/pid")))
        child = int(next(converted.glob(".work-*/pid")).read_text("ascii"))
        process.send_signal(end)
        assert process.wait() == (143 if end is signal.SIGTERM else -end)
        _wait_until(lambda: not _is_running(child))
    assert bool(os.listdir(converted)) is (end is signal.SIGKILL)
    load(tmp_path / "a.npy", cache_dir=tmp_path / "cache")
    assert [name[0] for name in os.listdir(converted)] != ["."]
    assert len(os.listdir(converted)) == 1


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
