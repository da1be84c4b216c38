"""The producer in its container: who reaches it, its end, its tools, its word on bad files."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from compose import Composition, composition, docker, inspect, native_client
from services import random_images, write_pickle

from shared.intake.pickles import load_pickle

pytestmark = [pytest.mark.containers, pytest.mark.usefixtures("images")]


def _kill_and_restart(project: Composition) -> None:
    project.start()
    project.wait_in_the_middle()
    docker("kill", "--signal", "KILL", project.container("producer"))
    assert project.wait_until_exit("producer") == 137
    docker("start", project.container("producer"))


def test_after_a_kill_a_consumer_that_may_not_come_back_says_so_and_nothing_acknowledged_is_lost(
    tmp_path: Path,
) -> None:
    with composition(tmp_path / "user", CATWALK_COUNT="60", CATWALK_RESUME_FOR="0") as project:
        _kill_and_restart(project)
        code = project.wait_until_exit("consumer")
        log = project.log("consumer")
        project.wait_for(
            "the producer's return", lambda: len(project.events("producer", "serving")) == 2
        )
        ((stored,),) = project.ledger("SELECT stored FROM sessions")
        ((runs,),) = project.ledger("SELECT sum(length(labels)) / 2 FROM runs")
        # What comes next finds a producer that serves.
        answer = native_client(project.address, 30)
    assert (code, log[-1]["event"], log[-1]["code"]) == (4, "failed", "connection-lost")
    acknowledged = [line["stored"] for line in log if line["event"] == "progress"]
    assert stored == runs >= max(acknowledged) > 0
    assert answer["balance"]["verdict"] == "PASS"


def test_a_killed_producer_continues_its_sessions_exactly_once(tmp_path: Path) -> None:
    with composition(tmp_path / "user", CATWALK_COUNT="60") as project:
        _kill_and_restart(project)
        assert project.wait_until_exit("consumer") == 0
        sheet = project.report()
        assert project.ledger("SELECT state, stored FROM sessions") == [("accepted", 60)]
    assert sheet["verdict"] == "PASS"


def test_sigterm_lets_the_consumer_settle_and_both_end_with_0(tmp_path: Path) -> None:
    with composition(tmp_path / "user", CATWALK_COUNT="600") as project:
        project.start()
        project.wait_in_the_middle()
        assert project.run("stop", "producer").returncode == 0
        assert project.wait_until_exit("producer") == 0
        assert project.wait_until_exit("consumer") == 0
        sheet = project.report()
        events = [line["event"] for line in project.log("producer")]
    assert events[-1] == "stopped"
    assert sheet["verdict"] == "PASS"
    assert 0 < sheet["consumer"]["classified"] == sheet["producer"]["stored"] < 600


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xd8\xff\xe0 a picture", "a JPEG image"),
        (b"", "bad.pickle"),
        (b"cos\nsystem\n(S'touch /tmp/owned'\ntR.", "system"),
    ],
)
def test_a_bad_pickle_gives_its_exit_code_and_one_clear_line(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with composition(tmp_path / "user", CATWALK_DATASET="./bad.pickle") as project:
        (project.folder / "bad.pickle").write_bytes(content)
        ended = project.play()
        (line,) = project.log("producer")
        assert project.state("producer")["ExitCode"] == 5
    assert ended.returncode != 0
    assert (line["event"], line["code"]) == ("failed", "bad-pickle")
    assert "bad.pickle" in line["reason"]
    assert reason in line["reason"]


def test_a_folder_that_it_may_not_look_into_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    write_pickle(closed / "my.pickle", random_images(2))
    settings = {"CATWALK_FILES": str(closed), "CATWALK_DATASET": "my.pickle"}
    with composition(tmp_path / "user", **settings) as project:
        project.play()
        (line,) = project.log("producer")
        assert project.state("producer")["ExitCode"] == 5
    assert line["reason"] == "cannot read the file at my.pickle: got Permission denied"


def test_a_file_that_is_not_in_the_folder_is_named(tmp_path: Path) -> None:
    with composition(tmp_path / "user", CATWALK_DATASET="./typo.pickle") as project:
        project.play()
        (line,) = project.log("producer")
        assert project.state("producer")["ExitCode"] == 5
    assert "typo.pickle" in line["reason"]


def test_this_machine_reaches_it_and_no_other_does(tmp_path: Path) -> None:
    other = _other_address()
    with composition(tmp_path / "user") as project:
        project.serve()
        assert native_client(project.address, 40)["balance"]["verdict"] == "PASS"
        container = inspect("container", project.container("producer"))
        published = container["NetworkSettings"]["Ports"]
        assert {name for name, places in published.items() if places} == {
            f"{project.settings['CATWALK_PORT']}/tcp",
            f"{project.settings['CATWALK_SESSION_PORT']}/tcp",
        }
        hosts = {place["HostIp"] for places in published.values() for place in places or ()}
        assert hosts == {"127.0.0.1"}
        port = int(project.settings["CATWALK_SESSION_PORT"])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((other, port), timeout=2.0)


def _other_address() -> str:
    """An address of this machine that others could use."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Sends nothing: it only asks which address would be used.
        probe.connect(("192.0.2.1", 9))
        address: str = probe.getsockname()[0]
    return address


def test_another_folder_can_be_the_one_that_files_are_read_from(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    write_pickle(elsewhere / "my.pickle", random_images(5))
    settings = {"CATWALK_FILES": str(elsewhere), "CATWALK_DATASET": "my.pickle"}
    with composition(tmp_path / "user", **settings) as project:
        project.serve()
        (serving,) = project.events("producer", "serving")
    assert (serving["dataset"], serving["images"]) == ("my.pickle", 5)


def test_its_tools_read_the_users_files_and_write_to_the_results_folder(tmp_path: Path) -> None:
    with composition(tmp_path / "user") as project:
        tool = ("run", "--rm", "-T", "producer", "dataset")
        made = project.run(*tool, "create", "builtin", "--count", "7", "--output", "/results/b.pkl")
        assert made.returncode == 0, made.stderr
        seen = project.run(*tool, "inspect", "results/b.pkl")
        assert seen.returncode == 0, seen.stderr
        missing = project.run(*tool, "inspect", "missing.pickle")
        # The user's own files are read, never written.
        refused = project.run(*tool, "create", "builtin", "--count", "7", "--output", "b.pkl")
    made_file = project.results / "b.pkl"
    with made_file.open("rb") as file:
        assert len(load_pickle(file, where="b.pkl")) == 7
    described = [json.loads(line) for line in seen.stderr.splitlines() if line.startswith("{")]
    assert described[0]["shape"] == [7, 28, 28]
    assert missing.returncode == 5
    assert "missing.pickle" in missing.stderr
    assert refused.returncode == 8
    assert "b.pkl" in refused.stderr


def test_the_ledger_outlives_the_containers(tmp_path: Path) -> None:
    with composition(tmp_path / "user") as project:
        for _ in range(2):
            assert project.play(CATWALK_FPS="0", CATWALK_COUNT="20").returncode == 0
            states = project.ledger("SELECT state FROM sessions")
            assert project.run("down").returncode == 0
    assert states == [("accepted",), ("accepted",)]
