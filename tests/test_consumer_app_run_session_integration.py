"""Both services as processes, playing real sessions."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from consumer_parts import SESSION, started
from fake_producer import Act, Script, playing
from foreign_samples import tiny_program, write_model
from services import (
    PATIENCE_S,
    environment,
    finish,
    log_lines,
    producer,
    random_images,
    start_consumer,
    wait_for_event,
    write_pickle,
)
from sqlalchemy import create_engine, text
from websockets.asyncio.server import ServerConnection

from shared.intake.imageset import ImageSet
from shared.messages import SESSION_PROTOCOL, Error, Stored, encode_message


def session_folder(results: Path) -> Path:
    """The only session's folder."""
    (folder,) = results.iterdir()
    return folder


def load(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def predictions(results: Path) -> list[dict[str, int]]:
    """Sequence number and label of each line of the only session's predictions."""
    with (session_folder(results) / "predictions.csv").open(encoding="utf-8") as file:
        return [
            {name: int(row[name]) for name in ("sequence", "label")} for row in csv.DictReader(file)
        ]


def query(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    """Rows of the producer's ledger."""
    with create_engine(f"sqlite:///{folder}/ledger.db").connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def wait_until_stored(folder: Path) -> None:
    """Wait until the first frames of the only session are in the producer's ledger."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if any(stored for (stored,) in query(folder, "select stored from sessions")):
            return
        time.sleep(0.02)
    raise AssertionError("nothing was stored")


def evaluated(dataset: Path) -> Any:
    """What ``consumer evaluate`` says of a data set."""
    command = [sys.executable, "-m", "consumer", "evaluate", "--dataset", str(dataset)]
    ended = subprocess.run(
        [*command, "--output", "-"], capture_output=True, env=environment(), check=True
    )
    return json.loads(ended.stdout)


def test_a_custom_pickle_is_played_classified_scored_and_balanced(tmp_path: Path) -> None:
    dataset = write_pickle(tmp_path / "mine.pickle", random_images(300))
    with producer(tmp_path, "--dataset", str(dataset)) as running:
        code, lines = finish(start_consumer(running.address, tmp_path / "results", "--fps", "0"))
    assert code == 0
    assert lines[-1]["event"] == "session-balanced"
    folder = session_folder(tmp_path / "results")
    balance, summary = load(folder / "balance.json"), load(folder / "summary.json")
    assert balance["verdict"] == "PASS"
    assert balance["producer"]["sent"] == balance["consumer"]["received"] == 300
    assert balance["producer"]["stored"] == balance["consumer"]["classified"] == 300
    assert sum(summary["counts"]) == 300
    with (folder / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["sequence"]) for row in rows] == list(range(300))
    assert [summary["classes"][int(row["label"])] for row in rows] == [r["class"] for r in rows]
    assert len(list((folder / "samples").iterdir())) == 10
    assert (folder / "samples.png").read_bytes()[:4] == b"\x89PNG"
    assert "PASS" in (folder / "report.html").read_text(encoding="utf-8")
    # The stream changes no prediction: offline evaluation of the same file says the same, up to
    # what arithmetic in bf16 may turn in batches of another size.
    assert load(folder / "score.json")["accuracy"] == pytest.approx(
        evaluated(dataset)["accuracy"], abs=0.02
    )
    assert query(tmp_path, "select state, stored, frames from sessions") == [("accepted", 300, 300)]
    assert query(tmp_path, "select count(*) from samples") == [(10,)]


def test_colour_images_of_another_size_are_streamed_at_their_pace(tmp_path: Path) -> None:
    dataset = write_pickle(tmp_path / "colour.pickle", random_images(7, shape=(40, 60, 3)))
    with producer(tmp_path, "--dataset", str(dataset), "--fps", "50", "--count", "20") as running:
        code, _ = finish(start_consumer(running.address, tmp_path / "results"))
    assert code == 0
    folder = session_folder(tmp_path / "results")
    assert load(folder / "balance.json")["producer"]["sent"] == 20
    summary = load(folder / "summary.json")
    assert summary["latencies"]["send_lag"]["count"] == 20
    # Frame 19 is due 0.38 s after frame 0.
    assert summary["duration_s"] > 0.37


def test_images_without_labels_are_balanced_and_not_scored(tmp_path: Path) -> None:
    images = ImageSet(images=random_images(10).images)
    dataset = write_pickle(tmp_path / "plain.pickle", images)
    with producer(tmp_path, "--dataset", str(dataset)) as running:
        code, lines = finish(start_consumer(running.address, tmp_path / "results", "--fps", "0"))
    assert code == 0
    assert lines[-1]["accuracy"] is None
    assert not (session_folder(tmp_path / "results") / "score.json").exists()


@pytest.mark.parametrize("side", ["consumer", "producer"])
def test_sigterm_of_either_side_ends_the_session_early_and_balanced(
    tmp_path: Path, side: str
) -> None:
    dataset = write_pickle(tmp_path / "long.pickle", random_images(1000))
    with producer(tmp_path, "--dataset", str(dataset), "--fps", "50") as running:
        consumer = start_consumer(running.address, tmp_path / "results")
        wait_until_stored(tmp_path)
        victim = consumer if side == "consumer" else running.process
        victim.send_signal(signal.SIGTERM)
        code, lines = finish(consumer)
        running.process.terminate()
        assert running.process.wait(15) == 0
    assert code == 0
    stopped = next(line for line in lines if line["event"] == "session-stopped")
    assert stopped["by"] == side
    balance = load(session_folder(tmp_path / "results") / "balance.json")
    assert balance["verdict"] == "PASS"
    assert balance["producer"]["frames"] == stopped["frames"] < 1000


def test_a_killed_producer_that_comes_back_finishes_the_session(tmp_path: Path) -> None:
    dataset = write_pickle(tmp_path / "long.pickle", random_images(150))
    options = ("--dataset", str(dataset), "--fps", "50")
    with producer(tmp_path, *options) as running:
        consumer = start_consumer(running.address, tmp_path / "results")
        wait_until_stored(tmp_path)
        running.process.kill()
        running.process.wait()
        again = ("--port", str(running.port), "--session-port", str(running.session_port))
        with producer(tmp_path, *options, *again):
            code, lines = finish(consumer)
    assert (code, lines[-1]["verdict"]) == (0, "PASS")
    events = [line["event"] for line in lines]
    assert "session-interrupted" in events
    assert "session-resumed" in events
    balance = load(session_folder(tmp_path / "results") / "balance.json")
    assert balance["consumer"]["received"] == balance["producer"]["stored"] == 150
    assert balance["consumer"]["wire"]["connections"] == 2
    assert [row["sequence"] for row in predictions(tmp_path / "results")] == list(range(150))


def test_a_signal_while_the_producer_is_gone_ends_at_once_and_says_how_to_go_on(
    tmp_path: Path,
) -> None:
    dataset = write_pickle(tmp_path / "long.pickle", random_images(1000))
    with producer(tmp_path, "--dataset", str(dataset), "--fps", "50") as running:
        consumer = start_consumer(running.address, tmp_path / "results")
        wait_until_stored(tmp_path)
        running.process.kill()
        time.sleep(0.5)
        assert consumer.poll() is None
        consumer.send_signal(signal.SIGTERM)
        code, lines = finish(consumer)
    assert code == 4
    assert [line["event"] for line in lines[-2:]] == ["session-unfinished", "failed"]
    said = f"consumer run --resume {lines[-2]['session']} --consumer "
    assert lines[-2]["go_on"].startswith(said)
    assert lines[-2]["stored"] == len(predictions(tmp_path / "results")) > 0


def test_a_killed_consumer_is_followed_by_one_that_finishes_its_session(tmp_path: Path) -> None:
    dataset = write_pickle(tmp_path / "long.pickle", random_images(150))
    with producer(tmp_path, "--dataset", str(dataset), "--fps", "50") as running:
        consumer = start_consumer(running.address, tmp_path / "lost")
        wait_until_stored(tmp_path)
        consumer.kill()
        consumer.communicate()
        wait_for_event(running, "session-suspended")
        (before,) = query(tmp_path, "select stored from sessions")
        again = start_consumer(running.address, tmp_path / "results", "--resume", "latest")
        code, lines = finish(again)
    assert (code, lines[-1]["verdict"]) == (0, "PASS")
    resumed = next(line for line in lines if line["event"] == "session-resumed")
    assert (resumed["next"], resumed["epoch"]) == (*before, 2)
    assert query(tmp_path, "select state, stored from sessions") == [("accepted", 150)]
    rows = predictions(tmp_path / "results")
    assert [row["sequence"] for row in rows] == list(range(150))
    summary = load(session_folder(tmp_path / "results") / "summary.json")
    labels = [row["label"] for row in rows]
    assert summary["counts"] == [labels.count(k) for k in range(10)]


def test_faults_made_on_request_cost_time_and_no_frame(tmp_path: Path) -> None:
    dataset = write_pickle(tmp_path / "long.pickle", random_images(400))
    chaos = ("--chaos", "drop=0.004,corrupt=0.004,reset=0.004", "--seed", "3")
    with producer(tmp_path, "--dataset", str(dataset), *chaos) as running:
        code, _ = finish(start_consumer(running.address, tmp_path / "results", "--fps", "400"))
    assert code == 0
    balance = load(session_folder(tmp_path / "results") / "balance.json")
    injected = balance["producer"]["wire"]["injected"]
    ours = balance["consumer"]["wire"]
    assert sum(injected.values()) > 0
    # What was on its way when a connection was given up was not seen.
    assert ours["corrupt"] <= injected.get("corrupt", 0)
    assert ours["gaps"] <= injected.get("drop", 0)
    assert ours["connections"] > 1
    assert balance["consumer"]["received"] == balance["producer"]["stored"] == 400


def test_a_model_that_does_not_fit_is_one_clear_error(tmp_path: Path) -> None:
    model = tmp_path / "model.safetensors"
    model.write_bytes(b"no weights")
    consumer = start_consumer("ws://127.0.0.1:1", tmp_path, "--model", str(model))
    code, lines = finish(consumer)
    assert code == 6
    assert [line["event"] for line in lines] == ["failed"]
    assert str(model) in lines[0]["reason"]


def test_a_model_of_the_users_own_plays_a_session(tmp_path: Path) -> None:
    model = write_model(tmp_path / "tiny.pt2", tiny_program(), name="their own")
    dataset = write_pickle(tmp_path / "mine.pickle", random_images(30))
    with producer(tmp_path, "--dataset", str(dataset)) as running:
        options = ("--fps", "0", "--model", str(model))
        code, lines = finish(start_consumer(running.address, tmp_path / "results", *options))
    assert code == 0
    loaded = next(line for line in lines if line["event"] == "model-loaded")
    assert (loaded["model"], loaded["path"]) == ("their own", "program")
    summary = load(session_folder(tmp_path / "results") / "summary.json")
    assert summary["classes"] == ["across", "down"]
    assert sum(summary["counts"]) == 30


def test_an_output_folder_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    dataset = write_pickle(tmp_path / "mine.pickle", random_images(3))
    (tmp_path / "results").write_text("in the way")
    with producer(tmp_path, "--dataset", str(dataset)) as running:
        code, lines = finish(start_consumer(running.address, tmp_path / "results", "--fps", "0"))
    assert code == 8
    assert lines[-1]["code"] == "store-failed"
    assert str(tmp_path / "results") in lines[-1]["reason"]


@pytest.mark.real_data
def test_two_thousand_real_images_are_classified_as_well_as_the_card_says(
    tmp_path: Path, real_data_dir: Path
) -> None:
    dataset = tmp_path / "real.pickle"
    command = [sys.executable, "-m", "producer", "dataset", "create", "fashion-mnist"]
    command += ["--split", "train", "--count", "2000", "--seed", "1", "--output", str(dataset)]
    created = subprocess.run(
        [*command, "--data-dir", str(real_data_dir)],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        check=True,
    )
    assert log_lines(created.stderr)[-1]["event"] == "dataset-created"
    with producer(tmp_path, "--dataset", str(dataset)) as running:
        code, lines = finish(start_consumer(running.address, tmp_path / "results", "--fps", "0"))
    assert code == 0
    assert lines[-1]["verdict"] == "PASS"
    assert lines[-1]["accuracy"] > 0.945
    confusion = load(session_folder(tmp_path / "results") / "score.json")["confusion"]
    assert np.sum(confusion) == 2000


def _greeting(*, window: int = 8) -> Script:
    """A producer that opens a session whose stream nobody serves."""

    async def greet(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(encode_message(started(window=window, port=1)))
        await connection.wait_closed()

    return greet


async def _refuse(connection: ServerConnection) -> None:
    await connection.recv()
    await connection.send(encode_message(Error(code="shutting-down", message="come back later")))
    await connection.wait_closed()


async def _chatter(connection: ServerConnection) -> None:
    await connection.recv()
    await connection.send(encode_message(Stored(session=SESSION, through=0)))
    await connection.wait_closed()


@pytest.mark.parametrize(
    ("script", "code", "reason"),
    [
        (_greeting(), "connection-lost", "no frame stream at ws://127.0.0.1:1/"),
        (_refuse, "shutting-down", r"the peer refused \(shutting-down\): come back later"),
        (_chatter, "bad-state", "unexpected answer to start .* expected started, got stored"),
    ],
    ids=["no stream", "refused", "other answer"],
)
def test_a_producer_that_fails_the_session_is_one_clear_error(
    tmp_path: Path, script: Script, code: str, reason: str
) -> None:
    with playing(Act(script, (SESSION_PROTOCOL,))) as port:
        address = f"ws://127.0.0.1:{port}"
        ended, lines = finish(start_consumer(address, tmp_path, "--resume-for", "0"))
    assert ended == 4
    assert [line["event"] for line in lines].count("failed") == 1
    assert lines[-1]["code"] == code
    assert re.match(reason, lines[-1]["reason"])


def test_a_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    dataset = write_pickle(tmp_path / "long.pickle", random_images(1000))
    with producer(tmp_path, "--dataset", str(dataset), "--fps", "20") as running:
        consumer = start_consumer(running.address, tmp_path / "results")
        wait_until_stored(tmp_path)
        # A stopped producer cannot settle the session, so the first signal does not end it.
        running.process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        consumer.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert consumer.poll() is None
        consumer.send_signal(signal.SIGTERM)
        code, lines = finish(consumer)
        running.process.send_signal(signal.SIGCONT)
    assert code == 130
    assert "failed" not in [line["event"] for line in lines]
