"""The consumer in its container: sessions, their exit codes and files, its health, its end."""

from __future__ import annotations

import csv
import json
import zlib
from hashlib import blake2b
from pathlib import Path

import cv2
import numpy as np
import pytest
from compose import Composition, composition, docker, inspect
from services import random_images, write_pickle

from consumer.classifier.inference import Classifier
from shared.intake.imageset import ImageSet

pytestmark = [pytest.mark.containers, pytest.mark.usefixtures("images")]

# Each script is the consumer with one fault, mounted beside the user's files.
MISCOUNTING = """
from consumer import play
honest = play.ConsumerCounts
play.ConsumerCounts = lambda **given: honest(**{**given, "received": given["received"] - 1})
"""
_SPOILT_ANALYST = """
from consumer.pipeline.analyst import Analyst
def spoilt(analyst):
    import time
    for _ in range(70):
        analyst._results.put(analyst._analyse(analyst._frames.take(1)))
    time.sleep({seconds})
Analyst._run = spoilt
"""
DYING_ANALYST = _SPOILT_ANALYST.format(seconds=0)
HANGING_ANALYST = _SPOILT_ANALYST.format(seconds=3600)


def _faulty(fault: str, folder: Path) -> dict[str, object]:
    """Put a faulty consumer into the user's folder; how to start it in place of the real one."""
    text = f"{fault}\nfrom consumer.__main__ import main\nmain()\n"
    (folder / "faulty.py").write_text(text, encoding="utf-8")
    return {"consumer": {"entrypoint": ["python", "/data/faulty.py"], "command": ["run"]}}


def _digest(images: ImageSet, count: int) -> str:
    """Both sides' digest, by the protocol's own words and nobody's code."""
    whole = bytes(16)
    for k in range(count):
        pixels = images.images[k % len(images)].tobytes()
        crc = zlib.crc32(pixels).to_bytes(4, "little")
        whole = blake2b(whole + crc, digest_size=16).digest()
    return whole.hex()


def _rows(project: Composition) -> list[dict[str, str]]:
    (path,) = project.results.glob("*/predictions.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_one_command_plays_a_session_and_ends_with_its_verdict(tmp_path: Path) -> None:
    with composition(tmp_path / "user") as project:
        ended = project.play(CATWALK_FPS="50")
        sheet = project.report()
        assert ended.returncode == 0, ended.stdout
        assert sheet["verdict"] == "PASS"
        assert sheet["producer"]["sent"] == sheet["producer"]["stored"] == 100
        assert sheet["consumer"]["received"] == sheet["consumer"]["classified"] == 100
        assert sheet["producer"]["digest"] == sheet["consumer"]["digest"]
        (folder,) = project.results.iterdir()
        assert {path.name for path in folder.iterdir()} == {
            "balance.json",
            "predictions.csv",
            "report.html",
            "samples",
            "samples.png",
            "score.json",
            "summary.json",
        }
        samples = sorted((folder / "samples").iterdir())
        assert len(samples) == 10
        assert all(_is_small_picture(path) for path in samples)
        assert project.ledger("SELECT id, state, stored FROM sessions") == [
            (folder.name, "accepted", 100)
        ]


def _is_small_picture(path: Path) -> bool:
    picture = cv2.imread(str(path))
    return picture is not None and max(picture.shape) <= 1024


def test_a_pickle_of_ones_own_is_played_pixel_by_pixel(tmp_path: Path) -> None:
    images = random_images(70, seed=3)
    with composition(tmp_path / "user") as project:
        write_pickle(project.folder / "my.pickle", images)
        chosen = {"CATWALK_DATASET": "./my.pickle", "CATWALK_PATH": "eager-fp32"}
        ended = project.play(CATWALK_FPS="0", CATWALK_COUNT="150", **chosen)
        sheet, rows = project.report(), _rows(project)
        blobs = project.ledger("SELECT labels FROM runs ORDER BY first")
    assert ended.returncode == 0, ended.stdout
    assert sheet["verdict"] == "PASS"
    digest = _digest(images, 150)
    assert (sheet["producer"]["digest"], sheet["consumer"]["digest"]) == (digest, digest)
    labels = [int(row["label"]) for row in rows]
    assert np.frombuffer(b"".join(blob for (blob,) in blobs), "<i2").tolist() == labels
    # The same network on this machine, without any stream.
    expected = Classifier.load(path="eager-fp32").classify(images.stack).labels
    assert np.mean(labels == np.resize(expected, 150)) >= 0.98


@pytest.mark.parametrize(
    "options", [("--exit-code-from", "consumer"), ("--abort-on-container-exit",)]
)
def test_the_exit_code_is_that_of_the_balance_sheet(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    quick = {"CATWALK_FPS": "0", "CATWALK_COUNT": "20"}
    with composition(tmp_path / "user", **quick) as project:
        project.override = _faulty(MISCOUNTING, project.folder)
        ended = project.run("up", "--no-build", *options)
        sheet = project.report()
    assert (ended.returncode, sheet["verdict"]) == (1, "FAIL"), ended.stdout
    assert (sheet["producer"]["sent"], sheet["consumer"]["received"]) == (20, 19)


def test_sigterm_ends_the_session_in_good_order(tmp_path: Path) -> None:
    with composition(tmp_path / "user", CATWALK_COUNT="600") as project:
        project.start()
        project.wait_in_the_middle()
        stopped = project.run("stop", "consumer")
        assert stopped.returncode == 0
        assert project.wait_until_exit("consumer") == 0
        sheet = project.report()
        assert project.health("producer") == "healthy"
    assert sheet["verdict"] == "PASS"
    assert 0 < sheet["consumer"]["classified"] == sheet["producer"]["stored"] < 600


def test_a_killed_consumer_continues_its_own_session_exactly_once(tmp_path: Path) -> None:
    with composition(tmp_path / "user", CATWALK_COUNT="60") as project:
        _kill_and_restart(project, "consumer")
        assert project.wait_until_exit("consumer") == 0
        sheet = project.report()
        assert project.ledger("SELECT state, stored FROM sessions") == [("accepted", 60)]
    assert sheet["verdict"] == "PASS"


def _kill_and_restart(project: Composition, service: str) -> None:
    project.start()
    project.wait_in_the_middle()
    docker("kill", "--signal", "KILL", project.container(service))
    assert project.wait_until_exit(service) == 137
    docker("start", project.container(service))


def test_it_ends_with_the_cause_once_its_analyst_is_dead(tmp_path: Path) -> None:
    with composition(tmp_path / "user", CATWALK_COUNT="6000") as project:
        project.override = _faulty(DYING_ANALYST, project.folder)
        project.start()
        code = project.wait_until_exit("consumer")
        last = project.log("consumer")[-1]
    assert (code, last["event"], last["code"]) == (9, "failed", "worker-failed")
    assert "the analyst thread has died" in last["reason"]


def test_it_is_healthy_while_it_works_and_unhealthy_once_its_analyst_hangs(
    tmp_path: Path,
) -> None:
    with composition(tmp_path / "user", CATWALK_COUNT="6000") as project:
        project.override = _faulty(HANGING_ANALYST, project.folder)
        project.start()
        project.wait_for("health", lambda: project.health("consumer") == "healthy")
        project.wait_for("ill health", lambda: project.health("consumer") == "unhealthy")
        words = project.state("consumer")["Health"]["Log"][-1]["Output"]
        assert project.state("consumer")["Status"] == "running"
    assert "503" in words
    assert "analyst" in words


def test_a_folder_that_it_cannot_write_to_is_named_before_any_frame_is_played(
    tmp_path: Path,
) -> None:
    with composition(tmp_path / "user") as project:
        project.override = {"consumer": {"volumes": ["./closed:/results:ro"]}}
        ended = project.play(CATWALK_FPS="0")
        last = project.log("consumer")[-1]
        sessions = project.ledger("SELECT count(*) FROM sessions")
    assert ended.returncode == 8, ended.stdout
    assert (last["event"], last["code"]) == ("failed", "store-failed")
    assert "/results" in last["reason"]
    assert sessions == [(0,)]


def test_it_reaches_the_producer_on_their_network_and_nothing_beyond(tmp_path: Path) -> None:
    with composition(tmp_path / "user", CATWALK_COUNT="6000") as project:
        project.start()
        container = inspect("container", project.container("consumer"))
        names = list(container["NetworkSettings"]["Networks"])
        assert names == [f"{project.name}_stream"]
        assert inspect("network", names[0])["Internal"] is True
        assert container["NetworkSettings"]["Ports"] in ({}, None)
        inside, outside = (_address(project, network) for network in ("stream", "outside"))
        assert _reaches(project, "producer", outside)
        assert _reaches(project, "consumer", inside)
        assert not _reaches(project, "consumer", outside)


def _address(project: Composition, network: str) -> str:
    """The producer's address on one of its networks."""
    networks = inspect("container", project.container("producer"))["NetworkSettings"]["Networks"]
    address: str = networks[f"{project.name}_{network}"]["IPAddress"]
    return address


def _reaches(project: Composition, service: str, address: str) -> bool:
    port = project.settings["CATWALK_SESSION_PORT"]
    connect = f"import socket; socket.create_connection(('{address}', {port}), 3.0)"
    return project.execute(service, "python", "-c", connect).returncode == 0


def test_its_tools_run_on_the_users_files(tmp_path: Path) -> None:
    with composition(tmp_path / "user") as project:
        write_pickle(project.folder / "my.pickle", random_images(40))
        evaluated = project.run(
            *("run", "--rm", "--no-deps", "-T", "consumer", "evaluate", "--dataset", "my.pickle")
        )
    assert evaluated.returncode == 0, evaluated.stderr
    assert json.loads(evaluated.stdout)["scored"] == 40
