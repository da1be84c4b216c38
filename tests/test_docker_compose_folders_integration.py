"""The service that hands the folders over: whoever owns them, the session leaves its results."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from compose import composition, docker, inspect

pytestmark = [
    pytest.mark.containers,
    pytest.mark.usefixtures("images"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else"),
]

QUICK = {"CATWALK_FPS": "0", "CATWALK_COUNT": "20"}


@pytest.mark.parametrize(
    ("owner", "settings", "afterwards"),
    [
        pytest.param(0, {}, 1000, id="root's own is handed over"),
        pytest.param(1000, {}, 1000, id="the services' own stays"),
        pytest.param(4321, {}, 4321, id="somebody's stays theirs and is shared"),
        pytest.param(
            4321, {"CATWALK_UID": "4321", "CATWALK_GID": "4321"}, 4321, id="the services run as you"
        ),
    ],
)
def test_results_are_written_whoever_owns_the_folder(
    tmp_path: Path, owner: int, settings: dict[str, str], afterwards: int
) -> None:
    with composition(tmp_path / "user", **QUICK, **settings) as project:
        project.results.mkdir(mode=0o755)
        os.chown(project.results, owner, owner)
        ended = project.play()
    (session,) = project.results.iterdir()
    assert ended.returncode == 0, ended.stdout
    assert project.results.stat().st_uid == afterwards
    assert session.stat().st_uid == int(settings.get("CATWALK_UID", "1000"))


def test_a_ledger_follows_its_user(tmp_path: Path) -> None:
    with composition(tmp_path / "user", **QUICK) as project:
        assert project.play().returncode == 0
        later = project.play(CATWALK_UID="4321", CATWALK_GID="4321")
        sessions = project.ledger("SELECT state FROM sessions")
    assert later.returncode == 0, later.stdout
    assert sessions == [("accepted",), ("accepted",)]


def test_it_can_do_nothing_else(tmp_path: Path) -> None:
    with composition(tmp_path / "user") as project:
        project.serve()
        folders = inspect("container", project.container("folders"))
        status = project.execute("folders", "cat", "/proc/1/status").stdout
        written = project.execute("folders", "touch", "/x")
    assert folders["HostConfig"]["NetworkMode"] == "none"
    assert sorted(folders["HostConfig"]["CapAdd"]) in (
        ["CAP_CHOWN", "CAP_FOWNER"],
        ["CHOWN", "FOWNER"],
    )
    # Linux, capability.h: CHOWN is 0, FOWNER is 3.
    assert int(_field(status, "CapEff"), 16) == 0b1001
    assert _field(status, "NoNewPrivs") == "1"
    assert "Read-only file system" in written.stderr


def test_it_stops_at_once(tmp_path: Path) -> None:
    with composition(tmp_path / "user") as project:
        project.serve()
        container = project.container("folders")
        # Far less than the ten seconds after which the engine would kill it.
        docker("stop", "--time", "10", container, within=9.0)


def _field(status: str, name: str) -> str:
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return fields[name].strip()
