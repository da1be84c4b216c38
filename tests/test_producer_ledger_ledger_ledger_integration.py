"""Ledger on disks and servers that fail: what was acknowledged is there, and it heals by itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from databases import POSTGRESQL, execute, fresh_database, restart_postgres
from ledger_parts import SESSION, Script, record

from producer.ledger import patience
from producer.ledger.database import open_database
from producer.ledger.ledger import Ledger
from producer.ledger.runs import append
from producer.ledger.sessions import create
from producer.ledger.writer import LedgerWriter
from producer.vitals import Snapshot, judge
from shared.errors import StoreError

WAIT_S = 20.0
HEALED_S = 5.0
"""How long after the disk's or the server's recovery service may take to resume."""
ROOT = Path(__file__).parent.parent
CHILD = Path(__file__).with_name("ledger_child.py")


@contextmanager
def _mounted(folder: Path) -> Iterator[Path]:
    """A disk of 1 MiB in memory; the test is skipped where none can be mounted."""
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder))
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)


class _Filler:
    """Takes all the space of a disk, and what others give back, until it is told to free it."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "filler").open("wb", buffering=0)
        self._freed = threading.Event()
        self._fill()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def free(self) -> None:
        """Give all the space back."""
        self._freed.set()
        self._thread.join()
        self._file.close()
        os.unlink(self._file.name)

    def _run(self) -> None:
        while not self._freed.wait(0.001):
            self._fill()

    def _fill(self) -> None:
        try:
            while self._file.write(bytes(4096)):
                pass
        except OSError:
            pass


async def _until(condition: Callable[[], bool]) -> float:
    """Wait for a condition; the seconds that it took."""
    since = time.monotonic()
    while not condition():
        assert time.monotonic() - since < WAIT_S
        await asyncio.sleep(0.01)
    return time.monotonic() - since


def _is_failing(ledger: Ledger) -> bool:
    return judge(Snapshot(ledger.pulse(), {}, False)).status == "degraded"


def _stored(url: str) -> list[int]:
    ledger = Ledger(url)
    stored = asyncio.run(_labels(ledger))
    ledger.close()
    return stored


async def _labels(ledger: Ledger) -> list[int]:
    return list((await ledger.predictions(SESSION)).labels)


async def _survive(ledger: Ledger, harm: Callable[[], Callable[[], None]]) -> list[int]:
    """Store runs while ``harm`` is done and undone again; what was acknowledged, in order.

    Nothing may be acknowledged while the database fails, and service resumes soon after.
    """
    await ledger.create(record())
    script = Script()
    for label in (0, 1):
        await ledger.append(script.run([label]))
    heal = harm()
    waiting = asyncio.ensure_future(ledger.append(script.run([2])))
    await _until(lambda: _is_failing(ledger))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    heal()
    await asyncio.wait_for(waiting, HEALED_S)
    assert not _is_failing(ledger)
    await ledger.append(script.run([0]))
    return script.labels


def test_a_full_disk_is_waited_for(tmp_path: Path) -> None:
    with _mounted(tmp_path / "disk") as disk:
        url = f"sqlite:///{disk / 'ledger.db'}"
        ledger = Ledger(url)
        acknowledged = asyncio.run(_survive(ledger, lambda: _Filler(disk).free))
        ledger.close()
        assert _stored(url) == acknowledged


def test_a_disk_that_stays_full_fails_what_waits_and_heals_without_traffic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_S", 1.0)

    async def play(ledger: Ledger, disk: Path) -> Script:
        await ledger.create(record())
        script, other = Script(), Script()
        await ledger.append(script.run([0]))
        other.run([0])
        filler = _Filler(disk)
        with pytest.raises(StoreError, match="the database failed in sqlite"):
            await ledger.append(other.run([1]))
        assert _is_failing(ledger)
        filler.free()
        assert await _until(lambda: not _is_failing(ledger)) < HEALED_S
        await ledger.append(script.run([2]))
        return script

    with _mounted(tmp_path / "disk") as disk:
        url = f"sqlite:///{disk / 'ledger.db'}"
        ledger = Ledger(url)
        script = asyncio.run(play(ledger, disk))
        ledger.close()
        assert _stored(url) == script.labels


def _remount(disk: Path, mode: str) -> None:
    subprocess.run(("mount", "-o", f"remount,{mode}", str(disk)), check=True)


def test_a_disk_that_becomes_read_only_is_waited_for(tmp_path: Path) -> None:
    with _mounted(tmp_path / "disk") as disk:
        url = f"sqlite:///{disk / 'ledger.db'}"
        engine, where = open_database(url)
        writer = LedgerWriter(engine, where=where)
        script = Script()
        runs = [script.run([0]), script.run([1])]
        writer.submit(lambda connection: create(connection, record())).result(WAIT_S)
        writer.submit(lambda connection: append(connection, runs[0])).result(WAIT_S)
        # A disk with a file open for writing cannot be made read-only.
        engine.dispose()
        _remount(disk, "ro")
        waiting = writer.submit(lambda connection: append(connection, runs[1]))
        asyncio.run(_until(lambda: bool(writer.pulse().failing)))
        assert not waiting.done()
        _remount(disk, "rw")
        waiting.result(HEALED_S)
        assert not writer.pulse().failing
        writer.close()
        assert _stored(url) == script.labels


def test_a_file_that_another_process_holds_is_waited_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"

    def hold() -> Callable[[], None]:
        other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
        other.execute("begin immediate")
        return other.close

    ledger = Ledger(url)
    acknowledged = asyncio.run(_survive(ledger, hold))
    ledger.close()
    assert _stored(url) == acknowledged


@pytest.mark.parametrize("when", ["1+2", "2+4", "3+5", "1+7"])
def test_where_syncing_fails_again_and_again_nothing_acknowledged_is_missing(
    when: str, tmp_path: Path
) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    count = 30
    url, notes = f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "notes"
    Ledger(url).close()
    subprocess.run(
        (
            *(strace, "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fdatasync"),
            *("-e", f"inject=fdatasync:error=EIO:when={when}"),
            *(sys.executable, str(CHILD), url, str(notes), str(count)),
        ),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=60,
        capture_output=True,
    )
    assert notes.read_text().split() == [str(k) for k in range(count)]
    assert _stored(url) == [k % 3 for k in range(count)]
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]


def test_a_connection_that_the_server_ends_is_made_again(tmp_path: Path) -> None:
    async def play(ledger: Ledger, url: str) -> list[int]:
        await ledger.create(record())
        script = Script()
        for _ in range(5):
            await ledger.append(script.run([1]))
            execute(
                url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
        await ledger.append(script.run([2]))
        assert not _is_failing(ledger)
        return script.labels

    with fresh_database(POSTGRESQL, tmp_path) as url:
        ledger = Ledger(url)
        acknowledged = asyncio.run(play(ledger, url))
        ledger.close()
        assert _stored(url) == acknowledged


def test_a_server_that_crashes_and_starts_again_is_waited_for(tmp_path: Path) -> None:
    async def play(ledger: Ledger) -> list[int]:
        await ledger.create(record())
        script = Script()
        restarting = asyncio.ensure_future(asyncio.to_thread(restart_postgres))
        while not restarting.done():
            await ledger.append(script.run([len(script.labels) % 3]))
        await restarting
        await asyncio.wait_for(ledger.append(script.run([0])), HEALED_S)
        assert not _is_failing(ledger)
        return script.labels

    with fresh_database(POSTGRESQL, tmp_path) as url:
        ledger = Ledger(url)
        acknowledged = asyncio.run(play(ledger))
        ledger.close()
        assert _stored(url) == acknowledged
