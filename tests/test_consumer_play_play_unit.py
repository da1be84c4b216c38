"""Play: what it says to the producer at first, and what it makes of the first answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from classifier_samples import card
from consumer_parts import (
    CLASSES,
    DEADLINE_S,
    SESSION,
    FakeConversation,
    FakeEngine,
    recalled,
    started,
    stored,
)
from structlog.testing import capture_logs

from consumer.classifier.inference import Classifier
from consumer.interrupts import Interrupts
from consumer.play import Play
from consumer.session.conversation import Conversation
from consumer.settings import ConsumerSettings
from consumer.vitals import Vitals
from shared.errors import (
    CatwalkError,
    ConnectionLost,
    ProducerUnavailable,
    RefusedError,
    StateError,
    StoreError,
)
from shared.messages import ProducerMessage, Start


class Callers:
    """Gives one prepared conversation after the other; then nobody answers."""

    def __init__(self, *scenes: tuple[ProducerMessage | CatwalkError, ...]) -> None:
        self.conversations = [FakeConversation() for _ in scenes]
        for conversation, scene in zip(self.conversations, scenes):
            conversation.say(*scene)
        self._next = iter(self.conversations)

    async def open(self, *_: Any, **__: Any) -> Conversation:
        """The next one."""
        for conversation in self._next:
            return conversation.as_conversation()
        raise ProducerUnavailable("no producer")

    def starts(self) -> list[Start]:
        """What each was told first."""
        told = [conversation.told[0][1] for conversation in self.conversations]
        return [message for message in told if isinstance(message, Start)]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No wait before the next try."""
    monkeypatch.setattr("consumer.session.patience.backoff", lambda *_: 0.0)
    yield


class Try:
    """One consumer that plays with these callers until it fails."""

    def __init__(self, callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("consumer.play.Conversation.open", callers.open)
        self.callers = callers
        self.events: list[str] = []

    def play(self, output: Path, **given: Any) -> None:
        """Play.

        Raises:
            CatwalkError: what it failed with.
        """
        engine = FakeEngine()
        vars(engine)["card"] = card(CLASSES)
        settings = ConsumerSettings(output=output, consumer="me", **given)

        async def work() -> None:
            async with asyncio.timeout(DEADLINE_S):
                await Play(settings, cast(Classifier, engine), Interrupts(), Vitals()).run()

        with capture_logs() as lines:
            try:
                asyncio.run(work())
            finally:
                self.events = [line["event"] for line in lines]


REFUSED = RefusedError("not-yours", "another consumer's session")
LOST = ConnectionLost("session channel lost")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"fps": 0.0, "count": 7}, {"fps": 0.0, "count": 7}),
        ({"delivery": "newest", "fps": 5.0}, {"delivery": "newest", "fps": 5.0}),
        ({"resume": "latest"}, {"session": "latest", "recall": True}),
        ({"resume": SESSION}, {"session": SESSION, "recall": True}),
    ],
)
def test_the_first_word_is_what_the_settings_say(
    given: dict[str, Any],
    expected: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    callers = Callers((REFUSED,))
    with pytest.raises(RefusedError) as caught:
        Try(callers, monkeypatch).play(tmp_path, **given)
    assert caught.value is REFUSED
    assert callers.starts() == [Start(consumer="me", model="sample", classes=CLASSES, **expected)]
    assert callers.conversations[0].ended == "aborted"


def test_who_never_had_a_session_is_not_told_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Try(Callers((REFUSED,)), monkeypatch)
    with pytest.raises(RefusedError):
        scene.play(tmp_path)
    assert not scene.events
    assert not list(tmp_path.iterdir())


def test_losses_before_there_is_a_session_are_tried_again_until_nobody_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Try(Callers((LOST,), (LOST,)), monkeypatch)
    with pytest.raises(ProducerUnavailable):
        scene.play(tmp_path)
    assert scene.events == ["session-interrupted"] * 2
    assert [start.session for start in scene.callers.starts()] == [None, None]


def test_a_producer_that_is_gone_for_good_leaves_a_word_on_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Try(Callers((started(port=1), LOST)), monkeypatch)
    with pytest.raises(ProducerUnavailable):
        scene.play(tmp_path)
    assert scene.events[0] == "session-started"
    assert scene.events[-2:] == ["session-interrupted", "session-unfinished"]


@pytest.mark.parametrize(
    ("said", "expected", "got"),
    [
        ((stored(0),), "started", "stored"),
        ((recalled(0, [1]),), "started", "recalled"),
        ((started(following=3), stored(0)), "recalled", "stored"),
        ((started(following=3), recalled(0, [1]), started()), "recalled", "started"),
    ],
)
def test_another_answer_than_expected_is_the_producers_error(
    said: tuple[ProducerMessage, ...],
    expected: str,
    got: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Try(Callers(said), monkeypatch)
    with pytest.raises(StateError) as caught:
        scene.play(tmp_path, resume="latest")
    assert str(caught.value) == (
        f"unexpected answer to start in the session channel: expected {expected}, got {got}"
    )


def test_recalled_frames_that_have_a_gap_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Try(Callers((started(following=3), recalled(1, [0, 1]))), monkeypatch)
    with pytest.raises(StateError, match="recalled frames do not continue those before"):
        scene.play(tmp_path, resume="latest")


def test_a_recall_that_is_cut_short_begins_anew_with_whole_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = started(following=3, port=1, epoch=2)
    scene = Try(
        Callers((told, recalled(0, [0, 1]), LOST), (told, recalled(0, [2, 1, 0]), LOST)),
        monkeypatch,
    )
    with pytest.raises(ProducerUnavailable):
        scene.play(tmp_path, resume=SESSION)
    assert [start.recall for start in scene.callers.starts()] == [True, True]
    (file,) = (tmp_path / SESSION).iterdir()
    assert file.name == "predictions.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[2] for line in lines[1:]] == ["2", "1", "0"]


def test_a_folder_that_cannot_be_made_is_named_and_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / SESSION).write_text("in the way")
    scene = Try(Callers((started(),), (started(),)), monkeypatch)
    with pytest.raises(StoreError, match=f"cannot write at {tmp_path}/{SESSION}"):
        scene.play(tmp_path)
    assert scene.events == ["session-started"]
