"""A session that is recorded, played again and verified, each by its own command."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from services import environment, finish, producer, random_images, start_consumer, write_pickle

from producer.ledger.runs import LABELS, TIMES
from producer.sessions.pacing import recorded_fps
from shared.recording.reader import read_recording
from shared.sets import ClassSets

FRAMES = 12
# Of the twelve frames, this seed holds up one.
HELD_UP = 6
PAUSE_S = 1.0
CHAOS = ("--chaos", f"stall=0.1:{PAUSE_S:g}s", "--seed", "18")


class _Ledger:
    """The producer's SQLite file, read and changed behind its back."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ledger.db"

    def fps(self, session: str) -> float:
        """The rate that the session was announced with."""
        ((fps,),) = self._do("select fps from sessions where id = ?", session)
        return float(fps)

    def times_s(self, session: str) -> NDArray[np.float64]:
        """When each frame was sent, seconds after the first one."""
        rows = self._do("select sent_ns from runs where session = ? order by first", session)
        sent_ns = np.frombuffer(b"".join(times for (times,) in rows), TIMES)
        times_s: NDArray[np.float64] = (sent_ns - sent_ns[0]) / 1e9
        return times_s

    def change_last_label(self, session: str) -> tuple[int, int]:
        """Make it that of another class, alone in its set; what it was and what it is now."""
        columns = "select first, labels, sets from runs where session = ?"
        ((first, stored, stored_sets),) = self._do(
            f"{columns} order by first desc limit 1", session
        )
        labels = np.frombuffer(stored, LABELS).copy()
        before, labels[-1] = int(labels[-1]), (labels[-1] + 1) % 10
        members = ClassSets.read(stored_sets, len(labels)).members()
        sets = ClassSets.of([*members[:-1], (int(labels[-1]),)]).stored
        statement = "update runs set labels = ?, sets = ? where session = ? and first = ?"
        self._do(statement, labels.tobytes(), sets, session, first)
        return before, int(labels[-1])

    def _do(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            return connection.execute(statement, values).fetchall()


def _played(folder: Path, dataset: Path, serve: tuple[str, ...], *run: str) -> str:
    """Play one session that must end with PASS; its name."""
    with producer(folder, "--dataset", str(dataset), *serve) as running:
        code, lines = finish(start_consumer(running.address, folder / "results", *run))
    assert (code, lines[-1]["event"], lines[-1]["verdict"]) == (0, "session-balanced", "PASS")
    return next(str(line["session"]) for line in lines if line["event"] == "session-started")


def _verified(folder: Path, session: str) -> subprocess.CompletedProcess[str]:
    """What ``producer sessions verify`` says of a session that played ``a.session``."""
    command = [sys.executable, "-m", "producer", "sessions", "verify", session]
    command += ["--dataset", str(folder / "a.session"), "--store", f"sqlite:///{folder}/ledger.db"]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment(), timeout=60.0
    )


def _plain(ended: subprocess.CompletedProcess[str]) -> str:
    """Its output with one space for all that is blank."""
    return " ".join(ended.stdout.split())


def test_a_recording_is_replayed_with_its_times_and_verified_until_a_label_is_changed(
    tmp_path: Path,
) -> None:
    ledger, file = _Ledger(tmp_path), tmp_path / "a.session"
    dataset = write_pickle(tmp_path / "mine.pickle", random_images(FRAMES))
    first = _played(tmp_path, dataset, ("--fps", "100", *CHAOS), "--record", str(file))
    recorded = read_recording(file)
    assert (recorded.about.session, len(recorded)) == (first, FRAMES)
    np.testing.assert_array_equal(recorded.offsets_s, ledger.times_s(first))

    second = _played(tmp_path, file, ())
    assert second != first
    assert ledger.fps(second) == recorded_fps(recorded.offsets_s)
    times_s = ledger.times_s(second)
    assert len(times_s) == FRAMES
    assert 0.5 < times_s[-1] / recorded.offsets_s[-1] < 3
    # At an even rate, the mean one or the producer's own, it would be a tenth of this.
    for sent_s in (recorded.offsets_s, times_s):
        assert sent_s[HELD_UP] - sent_s[HELD_UP - 1] > PAUSE_S / 2

    equal = _verified(tmp_path, second)
    assert equal.returncode == 0
    assert f"predictions as recorded ok session {first}" in _plain(equal)
    assert f"session {second} PASS" in _plain(equal)

    before, now = ledger.change_last_label(second)
    other = _verified(tmp_path, second)
    assert other.returncode == 1
    said = f"1 of {FRAMES} labels differ, first in frame {FRAMES - 1}: expected {before}, got {now}"
    assert f"predictions as recorded: {said}" in _plain(other)
    assert f"session {second} FAIL" in _plain(other)
