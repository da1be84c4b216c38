"""The service that makes folders writable: whoever owns them, the session leaves its results."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from compose import Composition, composition, docker, inspect

pytestmark = [pytest.mark.containers, pytest.mark.usefixtures("images")]

only_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can give a folder to somebody else"
)
QUICK = {"CATWALK_FPS": "0", "CATWALK_COUNT": "20"}
AS_4321 = {"CATWALK_UID": "4321", "CATWALK_GID": "4321"}


@dataclass(frozen=True)
class _Case:
    """Whose the checkout and its results folder are (None: there is none), and whose it is then."""

    checkout: int
    results: int | None
    afterwards: tuple[int, int]
    mode: int = 0o755
    settings: dict[str, str] = field(default_factory=dict)

    def prepare(self, project: Composition) -> None:
        """Make it so."""
        os.chown(project.folder, self.checkout, self.checkout)
        if self.results is not None:
            project.results.mkdir()
            project.results.chmod(self.mode)
            os.chown(project.results, self.results, self.results)


@only_root
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(_Case(0, None, (1000, 1000)), id="root's checkout"),
        pytest.param(_Case(0, 0, (1000, 1000)), id="root's folder"),
        pytest.param(_Case(1000, None, (1000, 1000)), id="a checkout of the services' user"),
        pytest.param(_Case(4321, None, (4321, 1000)), id="somebody's checkout"),
        pytest.param(_Case(4321, 4321, (4321, 1000)), id="somebody's folder"),
        pytest.param(_Case(4321, 4321, (4321, 4321), mode=0o777), id="everybody's folder"),
        pytest.param(
            _Case(4321, 4321, (4321, 4321), mode=0o700, settings=AS_4321), id="services run as you"
        ),
    ],
)
def test_results_are_written_whoever_owns_the_folder(tmp_path: Path, case: _Case) -> None:
    with composition(tmp_path / "user", **QUICK, **case.settings) as project:
        case.prepare(project)
        ended = project.play()
    assert ended.returncode == 0, ended.stdout
    (session,) = project.results.iterdir()
    now = project.results.stat()
    assert (now.st_uid, now.st_gid) == case.afterwards
    assert now.st_mode & 0o777 & ~0o020 == case.mode & ~0o020, "more was changed than the group's"
    assert session.stat().st_uid == int(case.settings.get("CATWALK_UID", "1000"))


@only_root
def test_a_private_folder_is_not_opened_to_others(tmp_path: Path) -> None:
    case = _Case(4321, 4321, (4321, 4321), mode=0o700)
    with composition(tmp_path / "user", **QUICK) as project:
        case.prepare(project)
        ended = project.play()
        told = docker("logs", project.container("folders")).stderr
    now = project.results.stat()
    assert ended.returncode != 0
    assert (now.st_uid, now.st_gid, now.st_mode & 0o777) == (4321, 4321, 0o700)
    assert "set CATWALK_UID=4321" in told
    assert told.count("\n") == 1


def test_the_services_never_run_as_root(tmp_path: Path) -> None:
    with composition(tmp_path / "user", CATWALK_UID="0", CATWALK_GID="0", **QUICK) as project:
        ended = project.play()
        told = docker("logs", project.container("folders")).stderr
        states = docker(
            "ps", "--all", "--format={{.Status}}", f"--filter=name={project.name}"
        ).stdout
    assert ended.returncode != 0
    assert "do not run as root" in told
    assert "Up" not in states


def test_a_ledger_follows_its_user(tmp_path: Path) -> None:
    with composition(tmp_path / "user", **QUICK) as project:
        assert project.play().returncode == 0
        later = project.play(CATWALK_UID="4321", CATWALK_GID="4321")
        sessions = project.ledger("SELECT state FROM sessions")
    assert later.returncode == 0, later.stdout
    assert sessions == [("accepted",), ("accepted",)]


def test_once_it_is_done_it_is_root_no_more_and_can_do_nothing(tmp_path: Path) -> None:
    with composition(tmp_path / "user") as project:
        project.serve()
        container = project.container("folders")
        mode = inspect("container", container)["HostConfig"]["NetworkMode"]
        first = project.execute("folders", "cat", "/proc/1/status").stdout
        # Seen from this machine, as what looks from inside would be root itself.
        users = docker("top", container, "-eo", "uid,pid,comm").stdout.splitlines()[1:]
        written = project.execute("folders", "touch", "/x")
    assert mode == "none"
    assert {line.split()[0] for line in users} == {"1000"}, users
    assert int(_field(first, "CapEff"), 16) == int(_field(first, "CapPrm"), 16) == 0
    assert _field(first, "NoNewPrivs") == "1"
    assert "Read-only file system" in written.stderr


def test_it_stops_by_itself_when_told_to(tmp_path: Path) -> None:
    with composition(tmp_path / "user") as project:
        project.serve()
        container = project.container("folders")
        docker("stop", container)
        # Killed after the engine's patience it would be 137.
        assert project.state("folders")["ExitCode"] == 0


def _field(status: str, name: str) -> str:
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return fields[name].strip()
