"""Play over real connections that break in every way: the session goes on, or ends with cause."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from classifier_samples import card
from consumer_parts import CLASSES, DEADLINE_S, SESSION, SIZE, FakeEngine, HeldEngine
from fake_house import FakeHouse, Mishap
from structlog.testing import capture_logs

from consumer.classifier.inference import Classifier
from consumer.interrupts import Interrupts
from consumer.outcome import Outcome
from consumer.play import Play
from consumer.results import report
from consumer.session import leg
from consumer.settings import ConsumerSettings
from consumer.vitals import Vitals
from shared.errors import (
    AuthorisationError,
    CatwalkError,
    ConnectionLost,
    ProducerUnavailable,
    RefusedError,
    StateError,
    WorkerError,
)
from shared.messages import encode_message

CUT = Mishap("channel-cut", 4)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The house says why it leaves at once, or never; and nobody looks at a report."""
    monkeypatch.setattr(leg, "REASON_S", 0.1)
    monkeypatch.setattr(report, "render_report", lambda _: "a page")


class Consumer:
    """A consumer's process, as far as it plays: one session, or what is left of it.

    Args:
        output: where its files go.
        engine: classifies.
        settings: others than the defaults.
    """

    def __init__(self, output: Path, *, engine: FakeEngine | None = None, **settings: Any) -> None:
        self.vitals = Vitals()
        self.lines: list[Any] = []
        self._engine = engine or FakeEngine()
        self._given = {"output": output, "consumer": "me", "batch": 2, **settings}

    def play(self, house: FakeHouse, during: Callable[[], object] | None = None) -> Outcome:
        """Play to the end; ``during`` is done beside it, on a thread of its own.

        Raises:
            CatwalkError: why the session was not balanced.
        """
        with house.open() as address, capture_logs() as self.lines:
            return asyncio.run(self._play(address, during))

    def events(self) -> list[str]:
        """Of its log lines but those for debugging; nothing here has labels to score by."""
        told = [line["event"] for line in self.lines if line["log_level"] != "debug"]
        return [event for event in told if event != "not-scored"]

    async def _play(self, address: str, during: Callable[[], object] | None) -> Outcome:
        vars(self._engine)["card"] = card(CLASSES, input_size=SIZE)
        settings = ConsumerSettings(producer=address, **self._given)
        play = Play(settings, cast(Classifier, self._engine), Interrupts(), self.vitals)
        async with asyncio.timeout(2 * DEADLINE_S):
            playing = asyncio.create_task(play.run())
            if during is not None:
                await asyncio.to_thread(during)
            return await playing


def played(house: FakeHouse, tmp_path: Path, **settings: Any) -> Consumer:
    """A consumer that has played the house's session to a balanced end."""
    consumer = Consumer(tmp_path, **settings)
    assert consumer.play(house) == Outcome("PASS", tmp_path / SESSION)
    return consumer


def rows(tmp_path: Path) -> list[dict[str, str]]:
    """The lines of predictions.csv."""
    with (tmp_path / SESSION / "predictions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(tmp_path: Path, name: str) -> Any:
    """A JSON file of the session."""
    return json.loads((tmp_path / SESSION / name).read_text(encoding="utf-8"))


def assert_whole(house: FakeHouse, tmp_path: Path) -> None:
    """Every frame was classified once, and every file says the same."""
    labels = [k % 3 for k in range(house.frames)]
    assert house.labels == labels
    assert [int(row["sequence"]) for row in rows(tmp_path)] == list(range(house.frames))
    assert [int(row["label"]) for row in rows(tmp_path)] == labels
    assert [int(row["index"]) for row in rows(tmp_path)] == [k + 1000 for k in range(house.frames)]
    assert written(tmp_path, "summary.json")["counts"] == [labels.count(k) for k in range(3)]
    assert written(tmp_path, "balance.json")["verdict"] == "PASS"


def test_a_session_that_nothing_disturbs_is_one_connection(tmp_path: Path) -> None:
    house = FakeHouse()
    consumer = played(house, tmp_path)
    assert_whole(house, tmp_path)
    assert (house.connections, len(house.posted)) == (1, 1)
    assert house.posted[0].counts.wire.connections == 1
    assert consumer.events() == [
        "session-started",
        "session-stored",
        "session-balanced",
    ]


# What goes wrong, and what of it the consumer has counted: corrupt frames, gaps.
@pytest.mark.parametrize(
    ("mishap", "corrupt", "gaps"),
    [
        (CUT, 0, 0),
        (Mishap("lost-word", 4), 0, 0),
        (Mishap("stream-cut", 0), 0, 0),
        (Mishap("stream-cut", 5), 0, 0),
        (Mishap("gap", 0), 0, 1),
        (Mishap("gap", 5), 0, 1),
        (Mishap("corrupt", 5), 1, 0),
        (Mishap("corrupt", 11), 1, 0),
        (Mishap("error:digest-mismatch", 5), 0, 0),
        (Mishap("error:store-failed", 5), 0, 0),
        (Mishap("error:stopping", 5), 0, 0),
        (Mishap("error:internal", 5), 0, 0),
    ],
    ids=lambda value: f"{value.kind} at {value.at}" if isinstance(value, Mishap) else "",
)
def test_a_session_comes_back_after_a_loss_and_no_frame_is_lost_or_counted_twice(
    tmp_path: Path, mishap: Mishap, corrupt: int, gaps: int
) -> None:
    house = FakeHouse(mishaps={1: mishap}, pace_s=0.01)
    consumer = played(house, tmp_path)
    assert_whole(house, tmp_path)
    assert (house.connections, len(house.posted)) == (2, 1)
    assert [start.session for start in house.starts] == [None, SESSION]
    assert not any(start.recall for start in house.starts)
    wire = house.posted[0].counts.wire
    assert (wire.connections, wire.corrupt, wire.gaps) == (2, corrupt, gaps)
    assert consumer.events() == [
        "session-started",
        "session-interrupted",
        "session-resumed",
        "session-stored",
        "session-balanced",
    ]


def test_a_session_survives_one_loss_after_the_other(tmp_path: Path) -> None:
    kinds = ("stream-cut", "corrupt", "gap", "error:digest-mismatch", "channel-cut", "lost-word")
    mishaps = {k: Mishap(kind, 2 * k) for k, kind in enumerate(kinds, 1)}
    house = FakeHouse(frames=60, mishaps=mishaps, pace_s=0.01)
    played(house, tmp_path)
    assert_whole(house, tmp_path)
    wire = house.posted[0].counts.wire
    assert wire.connections == house.epoch == house.connections == 7
    assert (wire.corrupt, wire.gaps) == (1, 1)
    assert wire.frames > 60


@pytest.mark.parametrize("kind", ["busy", "refuse:limit", "refuse:stopping", "silent"])
def test_who_is_turned_away_for_now_tries_again(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumer.play.ANSWER_S", 0.5)
    house = FakeHouse(mishaps={1: CUT, 2: Mishap(kind), 3: Mishap(kind)})
    consumer = played(house, tmp_path)
    assert_whole(house, tmp_path)
    assert house.connections == 4
    assert consumer.events().count("session-interrupted") == 3


def test_who_is_turned_away_at_the_very_first_tries_again_too(tmp_path: Path) -> None:
    house = FakeHouse(mishaps={1: Mishap("busy"), 2: Mishap("refuse:stopping")})
    played(house, tmp_path)
    assert_whole(house, tmp_path)
    assert [start.session for start in house.starts] == [None] * 3


@pytest.mark.parametrize("code", ["taken-over", "not-yours", "bad-state", "no-session"])
def test_who_is_sent_away_for_good_does_not_come_back(tmp_path: Path, code: str) -> None:
    house = FakeHouse(mishaps={1: CUT, 2: Mishap(f"refuse:{code}")})
    consumer = Consumer(tmp_path)
    with pytest.raises(RefusedError) as caught:
        consumer.play(house)
    assert (caught.value.code, house.connections) == (code, 2)
    assert consumer.events()[-1] == "session-unfinished"
    # What was acknowledged is kept.
    assert [int(row["sequence"]) for row in rows(tmp_path)] == list(range(len(house.labels)))


def test_who_was_taken_over_while_playing_does_not_come_back(tmp_path: Path) -> None:
    house = FakeHouse(mishaps={1: Mishap("error:taken-over", 5)})
    with pytest.raises(RefusedError, match="taken-over"):
        Consumer(tmp_path).play(house)
    assert house.connections == 1


def test_who_is_not_let_in_any_more_does_not_come_back(tmp_path: Path) -> None:
    house = FakeHouse(mishaps={1: CUT, 2: Mishap("door")})
    with pytest.raises(AuthorisationError):
        Consumer(tmp_path).play(house)
    assert house.connections == 2


def test_a_worker_that_fails_is_the_end(tmp_path: Path) -> None:
    house = FakeHouse(pace_s=0.01)
    engine = FakeEngine(RuntimeError("broken"), fail_at=4)
    with pytest.raises(WorkerError, match="the analyst thread failed"):
        Consumer(tmp_path, engine=engine).play(house)
    assert house.connections == 1


def test_a_session_that_a_twin_has_played_meanwhile_is_left_to_it(tmp_path: Path) -> None:
    house = FakeHouse(frames=200, mishaps={1: CUT, 2: Mishap("twin", 100)}, pace_s=0.01)
    with pytest.raises(StateError, match="played by another process meanwhile"):
        Consumer(tmp_path).play(house)
    assert house.connections == 2


def test_with_no_time_to_come_back_the_first_loss_is_the_end(tmp_path: Path) -> None:
    house = FakeHouse(mishaps={1: CUT})
    consumer = Consumer(tmp_path, resume_for=0.0)
    with pytest.raises(ConnectionLost) as caught:
        consumer.play(house)
    assert (house.connections, caught.value.exit_code) == (1, 4)
    (line,) = [line for line in consumer.lines if line["event"] == "session-unfinished"]
    assert line["session"] == SESSION
    assert line["stored"] == len(house.labels)
    assert line["go_on"].startswith(f"consumer run --resume {SESSION} --consumer me")


def test_a_producer_that_stays_away_is_given_up_with_a_word_on_how_to_go_on(
    tmp_path: Path,
) -> None:
    house = FakeHouse(mishaps={1: CUT, **{k: Mishap("busy") for k in range(2, 50)}})
    consumer = Consumer(tmp_path, resume_for=1.0)
    with pytest.raises(CatwalkError) as caught:
        consumer.play(house)
    assert caught.value.code in ("limit", ConnectionLost.code, ProducerUnavailable.code)
    assert house.connections >= 2
    assert consumer.events()[-1] == "session-unfinished"


@pytest.mark.parametrize(
    "mishap",
    [Mishap("lost-post"), Mishap("deaf"), Mishap("channel-cut", 12)],
    ids=["not arrived", "arrived", "perhaps not sent"],
)
def test_results_whose_answer_was_lost_are_asked_for_again(tmp_path: Path, mishap: Mishap) -> None:
    house = FakeHouse(mishaps={1: mishap})
    consumer = played(house, tmp_path)
    assert_whole(house, tmp_path)
    assert (house.connections, len(house.posted)) == (2, 1)
    assert "accepted-before" not in consumer.events()


def test_the_same_results_are_posted_again_to_the_last_bit(tmp_path: Path) -> None:
    posts: list[str] = []

    class Forgetful(FakeHouse):
        """Loses what it has accepted twice."""

        async def _accept(self, connection: Any, results: Any) -> None:
            posts.append(encode_message(results))
            self.answer = None
            await super()._accept(connection, results)

    house = Forgetful(mishaps={1: Mishap("lost-post"), 2: Mishap("lost-post")})
    played(house, tmp_path)
    assert len(posts) == 3
    assert len(set(posts)) == 1


def test_a_session_of_an_earlier_process_goes_on_and_its_files_are_whole(tmp_path: Path) -> None:
    house = FakeHouse(frames=100, mishaps={1: Mishap("channel-cut", 7)}, pace_s=0.005)
    first = Consumer(tmp_path, resume_for=0.0)
    with pytest.raises(ConnectionLost):
        first.play(house)
    done = len(house.labels)
    assert 7 <= done < 100
    played(house, tmp_path, resume=SESSION)
    assert_whole(house, tmp_path)
    assert (house.starts[1].session, house.starts[1].recall) == (SESSION, True)
    # Times are known of the frames of this process alone.
    times = [row["end_to_end_ms"] for row in rows(tmp_path)]
    assert [k for k, time in enumerate(times) if not time] == list(range(done))
    latencies = written(tmp_path, "summary.json")["latencies"]
    assert latencies["end_to_end"]["count"] == 100 - done
    samples = house.posted[0].samples
    assert min(sample.sequence for sample in samples) >= done


def test_a_loss_in_the_midst_of_the_recall_leaves_whole_files(tmp_path: Path) -> None:
    house = FakeHouse(
        frames=100,
        mishaps={1: Mishap("channel-cut", 12), 2: Mishap("half-told"), 3: Mishap("half-told")},
        pace_s=0.005,
    )
    with pytest.raises(ConnectionLost):
        Consumer(tmp_path, resume_for=0.0).play(house)
    played(house, tmp_path, resume="latest")
    assert_whole(house, tmp_path)
    assert [start.session for start in house.starts[1:]] == ["latest"] * 3
    assert [start.recall for start in house.starts[1:]] == [True] * 3
    assert not list((tmp_path / SESSION).glob("*.part"))


def test_after_the_recall_a_loss_is_no_reason_to_recall_again(tmp_path: Path) -> None:
    mishaps = {1: Mishap("channel-cut", 7), 2: Mishap("channel-cut", 15)}
    house = FakeHouse(frames=100, mishaps=mishaps, pace_s=0.005)
    with pytest.raises(ConnectionLost):
        Consumer(tmp_path, resume_for=0.0).play(house)
    played(house, tmp_path, resume="latest")
    assert_whole(house, tmp_path)
    assert [(start.session, start.recall) for start in house.starts] == [
        (None, False),
        ("latest", True),
        (SESSION, False),
    ]


def test_a_session_that_an_earlier_process_has_finished_ends_with_its_balance_sheet(
    tmp_path: Path,
) -> None:
    house = FakeHouse(mishaps={1: Mishap("deaf")})
    with pytest.raises(ConnectionLost):
        Consumer(tmp_path / "lost", resume_for=0.0).play(house)
    consumer = played(house, tmp_path, resume=SESSION)
    assert len(house.posted) == 1
    assert "accepted-before" in consumer.events()
    assert_whole(house, tmp_path)
    assert house.answer is not None
    assert written(tmp_path, "balance.json") == json.loads(house.answer.balance.model_dump_json())


def test_a_session_of_an_earlier_process_with_every_frame_stored_is_posted(tmp_path: Path) -> None:
    house = FakeHouse(mishaps={1: Mishap("lost-post")})
    with pytest.raises(ConnectionLost):
        Consumer(tmp_path / "lost", resume_for=0.0).play(house)
    consumer = played(house, tmp_path, resume=SESSION)
    assert len(house.posted) == 1
    assert "accepted-before" not in consumer.events()
    assert_whole(house, tmp_path)


def test_a_stop_while_playing_ends_with_the_frames_in_hand_and_takes_back_the_rest(
    tmp_path: Path,
) -> None:
    engine, house = HeldEngine(at=2), FakeHouse(frames=200, pace_s=0.002)
    consumer = Consumer(tmp_path, engine=engine)

    def during() -> None:
        assert engine.asked.wait(DEADLINE_S)
        # Meanwhile frames come that nobody will take.
        while consumer.vitals.look(0.0).counts["received"] < 20:
            threading.Event().wait(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(0.05)
        engine.release.set()

    assert consumer.play(house, during).verdict == "PASS"
    taken = sum(engine.batches)
    assert house.end == taken
    assert len(house.labels) == house.posted[0].counts.received == taken < 200
    assert house.posted[0].counts.withdrawn > 0
    assert len(rows(tmp_path)) == taken
    assert [line["frames"] for line in consumer.lines if line["event"] == "stopping"] == [taken]


def test_a_stop_that_is_not_answered_ends_with_the_deadline_and_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leg, "DRAIN_S", 0.3)
    engine = HeldEngine(at=1)
    house = FakeHouse(frames=200, mishaps={1: Mishap("unmoved")}, pace_s=0.05)

    def during() -> None:
        assert engine.asked.wait(DEADLINE_S)
        engine.release.set()
        os.kill(os.getpid(), signal.SIGINT)

    consumer = Consumer(tmp_path, engine=engine)
    with pytest.raises(ConnectionLost, match="not balanced after a stop"):
        consumer.play(house, during)
    assert house.connections == 1
    assert consumer.events()[-1] == "session-unfinished"


def test_a_stop_while_there_is_no_connection_ends_at_once_and_says_how_to_go_on(
    tmp_path: Path,
) -> None:
    house = FakeHouse(mishaps={1: CUT, 2: Mishap("silent")})
    consumer = Consumer(tmp_path)

    def during() -> None:
        while len(house.starts) < 2:
            threading.Event().wait(0.01)
        assert consumer.vitals.look(0.0).phase == "resuming"
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(ConnectionLost, match="stopped while there was no connection") as caught:
        consumer.play(house, during)
    assert caught.value.exit_code == 4
    assert consumer.lines[-1]["event"] == "session-unfinished"
    said = consumer.lines[-1]["go_on"]
    assert said.startswith(f"consumer run --resume {SESSION} --consumer me --producer ws://")
    assert len(rows(tmp_path)) == len(house.labels)
