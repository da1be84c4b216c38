"""SessionRegistry opens and resumes sessions; with fakes for ledger and consumers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from fake_ledger import FakeLedger
from producer_parts import (
    FakeWire,
    crc_of,
    crcs_of,
    image_set,
    predictions,
    results,
    settled,
    virtual,
)

from producer.ledger import sessions
from producer.ledger.records import KeptSession
from producer.metrics import Metrics
from producer.sessions.house import Clock, House
from producer.sessions.live import LiveSession
from producer.sessions.registry import RACES, SessionRegistry, Terms
from shared.digests import NO_FRAMES
from shared.errors import (
    LimitError,
    NoSessionError,
    OwnerError,
    StateError,
    StoppingError,
    StoreError,
    TakenOverError,
)
from shared.frames import decode_frame
from shared.messages import Accepted, Finished, Message, Recalled, Start, Started
from shared.states import SessionState

S = SessionState
TERMS = Terms(
    fps=10.0,
    count=None,
    windows={"every": 5, "newest": 2},
    sessions=3,
    digest="d" * 32,
    origin="file six.pickle",
)
ME = Start(consumer="me", model="net", classes=("a", "b", "c"))
A_SESSION = "session [0-9a-f]{16}"


class _Desk:
    """A registry, and the consumers that have come to it."""

    def __init__(self, ledger: FakeLedger | None = None, **terms: Any) -> None:
        self.images = image_set()
        self.ledger = ledger or FakeLedger()
        self.stopping = asyncio.Event()
        self.metrics = Metrics(lambda: len(self.registry))
        self.time = asyncio.get_running_loop().time
        self.registry = self.another(**terms)

    def another(self, **terms: Any) -> SessionRegistry:
        """A registry on the same ledger, as of a producer that was started again."""
        clock = Clock(self.time, lambda: 10**18 + round(self.time() * 1e9))
        house = House(self.images, "six.pickle", self.ledger.real, self.metrics, clock)
        registry = SessionRegistry(house, replace(TERMS, **terms), self.stopping)
        registry.stream_port = 6000
        return registry

    async def open(self, start: Start = ME, **changed: Any) -> _Guest:
        """A consumer whose session was opened; a new session is a second younger."""
        await asyncio.sleep(1.0)
        guest = _Guest(self)
        await guest.open(start.model_copy(update=changed))
        return guest

    def known(self, session: str) -> tuple[int, SessionState]:
        """Epoch and state of a session in the ledger."""
        kept = self.ledger.at_once(sessions.kept, session)
        return kept.epoch, kept.state


class _Guest:
    """A consumer and what it was told."""

    def __init__(self, desk: _Desk) -> None:
        self.desk = desk
        self.told: list[Message] = []
        self.frames: list[bytes] = []
        self._live: LiveSession | None = None

    async def open(self, start: Start) -> None:
        """Open the session."""
        self._live = await self.desk.registry.open(start, self.tell)

    @property
    def live(self) -> LiveSession:
        """Its session."""
        assert self._live is not None
        return self._live

    @property
    def session(self) -> str:
        """Its name."""
        return self.live.session

    @property
    def started(self) -> Started:
        """What it was told first."""
        first = self.told[0]
        assert isinstance(first, Started)
        return first

    async def tell(self, message: Message) -> None:
        """Take a message."""
        self.told.append(message)

    async def play(self) -> None:
        """Take the frames that have credit."""
        asyncio.create_task(self.live.play(FakeWire(self._take)))
        await settled()

    async def _take(self, frame: bytes) -> None:
        self.frames.append(frame)

    async def store(self, first: int, count: int) -> None:
        """Predict frames that were sent."""
        crcs = crcs_of(self.desk.images, range(first, first + count))
        epoch = self.live.core.plan.epoch
        run = predictions(crcs, first=first, epoch=epoch, session=self.session)
        await self.live.store(run, self.live.predict(run))

    async def leave(self) -> None:
        """As a conversation does when the connection is lost."""
        await self.live.lose("gone")
        self.live.leave()
        await settled()


@virtual
async def test_a_new_session_is_written_down_entered_and_told() -> None:
    desk = _Desk()
    guest = await desk.open(fps=0.0, count=9)
    record = desk.ledger.created[0]
    assert len(desk.ledger.created) == 1
    assert (record.session, record.consumer, record.model) == (guest.session, "me", "net")
    assert (record.classes, record.dataset, record.dataset_digest) == (
        ("a", "b", "c"),
        "six.pickle",
        "d" * 32,
    )
    assert (record.fps, record.frames, record.delivery) == (0.0, 9, "every")
    assert record.created == pytest.approx(1e9 + 1.0)
    assert guest.told == [
        Started(
            session=guest.session,
            epoch=1,
            frames=9,
            fps=0.0,
            delivery="every",
            height=4,
            width=4,
            channels=1,
            classes=("shoe", "coat", "bag"),
            dataset="six.pickle",
            origin="file six.pickle",
            next=0,
            digest=NO_FRAMES,
            window=5,
            port=6000,
            path=f"/{guest.session}/1",
        )
    ]
    assert desk.registry.streams == {f"{guest.session}/1": guest.live}
    assert (len(desk.registry), [*desk.registry.live()]) == (1, [guest.live])
    assert desk.registry.present() == {guest.session: guest.live.event()}
    text = desk.metrics.render()
    assert b"catwalk_sessions_opened_total 1.0" in text
    assert b"catwalk_sessions_resumed_total 0.0" in text


@pytest.mark.parametrize(
    ("start", "terms", "frames", "fps"),
    [
        ({}, {}, 6, 10.0),
        ({}, {"count": 4, "fps": 2.0}, 4, 2.0),
        ({"count": 9, "fps": 0.0}, {"count": 4, "fps": 2.0}, 9, 0.0),
    ],
)
@virtual
async def test_what_a_consumer_does_not_say_is_the_producers_own(
    start: dict[str, Any], terms: dict[str, Any], frames: int, fps: float
) -> None:
    started = (await _Desk(**terms).open(**start)).started
    assert (started.frames, started.fps) == (frames, fps)


@virtual
async def test_newest_has_a_window_of_its_own_and_needs_a_pace() -> None:
    desk = _Desk()
    started = (await desk.open(delivery="newest")).started
    assert (started.delivery, started.window) == ("newest", 2)
    with pytest.raises(StateError, match="newest needs a schedule in start: expected fps above 0"):
        await desk.open(delivery="newest", fps=0.0)
    assert len(desk.ledger.created) == len(desk.registry) == 1


@virtual
async def test_a_session_is_forgotten_once_its_consumer_has_left() -> None:
    desk = _Desk()
    guest = await desk.open()
    await guest.leave()
    assert (len(desk.registry), desk.registry.streams) == (0, {})
    assert desk.known(guest.session) == (1, S.SUSPENDED)


async def _left(desk: _Desk, stored: int = 2, **changed: Any) -> str:
    """A session of which some frames are stored, and whose consumer has left."""
    guest = await desk.open(fps=0.0, **changed)
    await guest.play()
    if stored:
        await guest.store(0, stored)
    await guest.leave()
    return guest.session


@pytest.mark.parametrize("by", ["name", "latest"])
@virtual
async def test_a_consumer_comes_back_to_its_session(by: str) -> None:
    desk = _Desk()
    session = await _left(desk)
    desk.registry = desk.another()
    guest = await desk.open(session=session if by == "name" else "latest")
    started = guest.started
    assert (started.session, started.epoch, started.path) == (session, 2, f"/{session}/2")
    assert (started.next, started.fps, started.frames) == (2, 0.0, 6)
    assert started.digest == desk.ledger.at_once(sessions.kept, session).digest != NO_FRAMES
    assert len(guest.told) == 1
    await guest.play()
    headers = [decode_frame(frame)[0] for frame in guest.frames]
    assert [(one.epoch, one.sequence) for one in headers] == [(2, k) for k in (2, 3, 4, 5)]
    assert len(desk.ledger.created) == 1
    text = desk.metrics.render()
    assert b"catwalk_sessions_opened_total 1.0" in text
    assert b"catwalk_sessions_resumed_total 1.0" in text


@virtual
async def test_a_session_keeps_its_own_terms_whatever_the_producers_are_now() -> None:
    desk = _Desk()
    session = await _left(desk, stored=0, count=4, delivery="every")
    desk.registry = desk.another(fps=3.0, count=50)
    started = (await desk.open(session=session, fps=7.0, count=9, delivery="newest")).started
    assert (started.fps, started.frames, started.delivery, started.window) == (0.0, 4, "every", 5)


@virtual
async def test_what_was_stored_is_recalled_when_it_is_asked_for() -> None:
    desk = _Desk()
    session = await _left(desk, stored=3)
    guest = await desk.open(session=session, recall=True)
    recalled = guest.told[1]
    assert isinstance(recalled, Recalled)
    assert (recalled.first, recalled.indices, recalled.labels) == (0, (0, 1, 2), (0, 1, 2))


@virtual
async def test_latest_without_a_session_that_fits_is_a_new_one() -> None:
    desk = _Desk()
    old = await _left(desk)
    for changed in (
        {"consumer": "you"},
        {"model": "other"},
        {"classes": ("b", "a")},
        {"delivery": "newest"},
        {"fps": 5.0},
        {"count": 5},
    ):
        guest = await desk.open(session="latest", **changed)
        assert guest.session != old and guest.started.epoch == 1
        await guest.leave()
    desk.registry = desk.another(digest="e" * 32)
    assert (await desk.open(session="latest")).session != old


@virtual
async def test_latest_is_the_newest_that_is_not_accepted() -> None:
    desk = _Desk()
    first, second = await _left(desk), await _left(desk)
    third = await desk.open(fps=0.0, count=2)
    await third.play()
    await third.store(0, 2)
    posted = results(crcs_of(desk.images, range(2)), session=third.session)
    await third.live.accept(posted)
    await third.leave()
    guest = await desk.open(session="latest")
    assert guest.session == second != first


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"consumer": "you"},
            f"^another consumer's session in {A_SESSION}: .* as --consumer .* gives it, got you$",
        ),
        (
            {"model": "other"},
            f"^{A_SESSION} was begun with another model: expected net, got other$",
        ),
        ({"classes": ("b",)}, f"^{A_SESSION} was begun with other classes: "),
    ],
)
@virtual
async def test_a_session_is_its_owners_alone(changed: dict[str, Any], words: str) -> None:
    desk = _Desk()
    session = await _left(desk)
    with pytest.raises(OwnerError, match=words):
        await desk.open(session=session, **changed)
    assert desk.known(session) == (1, S.SUSPENDED)


@virtual
async def test_a_session_of_another_data_set_is_not_resumed() -> None:
    desk = _Desk()
    session = await _left(desk)
    desk.registry = desk.another(digest="e" * 32)
    words = f"another data set, six.pickle: expected {'d' * 32}, got {'e' * 32}$"
    with pytest.raises(OwnerError, match=words):
        await desk.open(session=session)


@virtual
async def test_a_live_session_of_another_consumer_is_left_in_peace() -> None:
    desk = _Desk()
    guest = await desk.open(count=100)
    await guest.play()
    with pytest.raises(OwnerError):
        await desk.open(session=guest.session, consumer="you")
    assert guest.live.core.state is S.STREAMING
    assert desk.known(guest.session)[0] == 1


@virtual
async def test_a_session_that_the_ledger_does_not_know_is_none() -> None:
    desk = _Desk()
    with pytest.raises(NoSessionError, match=f"no such session in the ledger: got {'f' * 16}"):
        await desk.open(session="f" * 16)
    assert len(desk.registry) == 0 and not desk.ledger.created


@virtual
async def test_a_consumer_takes_over_its_own_live_session() -> None:
    desk = _Desk()
    old = await desk.open(count=100)
    await old.play()
    watching = asyncio.create_task(old.live.watch_stream())
    new = await desk.open(session=old.session)
    with pytest.raises(TakenOverError, match=f"goes on elsewhere in session {old.session}"):
        await watching
    assert (new.started.epoch, desk.known(old.session)) == (2, (2, S.OPENED))
    assert [*desk.registry.live()] == [new.live]
    assert desk.registry.streams[f"{old.session}/2"] is new.live
    # The old connection closes later, and takes nothing of the new one with it.
    await old.leave()
    assert [*desk.registry.live()] == [new.live]
    assert [*desk.registry.streams] == [f"{old.session}/2"]
    assert desk.known(old.session) == (2, S.OPENED)


@virtual
async def test_a_run_that_comes_late_from_a_connection_taken_over_is_not_stored() -> None:
    desk = _Desk()
    old = await desk.open(fps=0.0)
    await old.play()
    crcs = crcs_of(desk.images, range(2))
    run = predictions(crcs, session=old.session)
    taken = old.live.predict(run)
    new = await desk.open(session=old.session)
    with pytest.raises(StateError, match="run does not continue .*epoch 1"):
        await old.live.store(run, taken)
    with pytest.raises(TakenOverError):
        old.live.predict(predictions([crc_of(desk.images, 2)], first=2, session=old.session))
    assert (new.started.next, len(desk.ledger.runs)) == (0, 0)
    await new.play()
    await new.store(0, 2)
    assert len(desk.ledger.runs) == 1


@virtual
async def test_of_two_that_come_back_at_once_one_goes_on() -> None:
    desk = _Desk()
    session = await _left(desk)
    desk.ledger.gate.clear()
    guests = [_Guest(desk) for _ in range(2)]
    coming = [
        asyncio.create_task(guest.open(ME.model_copy(update={"session": session})))
        for guest in guests
    ]
    await settled()
    desk.ledger.gate.set()
    await asyncio.gather(*coming)
    assert sorted(guest.started.epoch for guest in guests) == [2, 3]
    live = next(iter(desk.registry.live()))
    assert (len(desk.registry), live.core.plan.epoch) == (1, 3)
    (other,) = [guest for guest in guests if guest.live is not live]
    with pytest.raises(TakenOverError):
        await other.live.watch_stream()


class _SlowLedger(FakeLedger):
    """Holds back whoever has been given epoch 2."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.release = asyncio.Event(), asyncio.Event()

    async def resume(self, session: str, epoch: int) -> KeptSession:
        """Begin the session's next epoch."""
        kept = await super().resume(session, epoch)
        if kept.epoch == 2:
            self.reached.set()
            await self.release.wait()
        return kept


@virtual
async def test_who_is_overtaken_before_it_has_entered_is_told_so() -> None:
    ledger = _SlowLedger()
    desk = _Desk(ledger)
    session = await _left(desk)
    slow = _Guest(desk)
    coming = asyncio.create_task(slow.open(ME.model_copy(update={"session": session})))
    await ledger.reached.wait()
    fast = await desk.open(session=session)
    ledger.release.set()
    with pytest.raises(TakenOverError, match="resumed meanwhile"):
        await coming
    assert not slow.told
    assert [*desk.registry.live()] == [fast.live]
    assert desk.known(session) == (3, S.OPENED)


class _BusyLedger(FakeLedger):
    """Somebody else always comes first."""

    async def resume(self, session: str, epoch: int) -> KeptSession:
        """Begin the session's next epoch, too late."""
        await super().resume(session, epoch)
        return await super().resume(session, epoch)


@virtual
async def test_a_resume_that_is_beaten_again_and_again_gives_up() -> None:
    desk = _Desk(_BusyLedger())
    session = await _left(desk)
    with pytest.raises(StateError, match="the session was resumed by another"):
        await desk.open(session=session)
    assert len(desk.registry) == 0
    assert desk.known(session)[0] == 1 + RACES + 1


@virtual
async def test_an_accepted_session_is_told_its_answer_when_it_is_resumed() -> None:
    desk = _Desk()
    guest = await desk.open(fps=0.0, count=2)
    await guest.play()
    await guest.store(0, 2)
    posted = results(crcs_of(desk.images, range(2)), session=guest.session)
    await guest.live.accept(posted)
    answer = guest.told[-1]
    await guest.leave()
    again = await desk.open(session=guest.session)
    assert [type(message) for message in again.told] == [Started, Finished, Accepted]
    assert again.told[-1] == answer
    assert again.started.next == 2
    await again.live.accept(posted)
    assert again.told[-1] == answer
    await again.leave()
    assert desk.known(guest.session) == (2, S.ACCEPTED)


@virtual
async def test_there_is_room_for_so_many_sessions_and_then_for_none() -> None:
    desk = _Desk()
    first = await desk.open()
    for _ in range(2):
        await desk.open()
    with pytest.raises(LimitError, match="no room for another session"):
        await desk.open()
    assert len(desk.ledger.created) == 3
    # Whoever takes its own place needs no other.
    again = await desk.open(session=first.session)
    assert len(desk.registry) == 3
    await first.leave()
    await again.leave()
    session = (await desk.open()).session
    assert session != first.session
    with pytest.raises(LimitError):
        await desk.open(session=first.session)


@virtual
async def test_those_that_come_at_once_find_no_more_room_than_there_is() -> None:
    desk = _Desk()
    desk.ledger.gate.clear()
    coming = [asyncio.create_task(_Guest(desk).open(ME)) for _ in range(5)]
    await settled()
    desk.ledger.gate.set()
    ended = await asyncio.gather(*coming, return_exceptions=True)
    assert [type(one) for one in ended if one is not None] == [LimitError] * 2
    assert len(desk.registry) == 3
    left = [one.session for one in desk.ledger.created]
    assert sum(desk.known(session)[1] is S.SUSPENDED for session in left) == 2


@pytest.mark.parametrize("session", [None, "latest", "f" * 16])
@virtual
async def test_while_it_stops_nothing_is_opened(session: str | None) -> None:
    desk = _Desk()
    desk.stopping.set()
    with pytest.raises(StoppingError, match="the producer is stopping in start"):
        await desk.open(session=session)
    assert not desk.ledger.created


@virtual
async def test_a_session_that_was_being_opened_when_the_stop_came_is_suspended() -> None:
    desk = _Desk()
    desk.ledger.gate.clear()
    guest = _Guest(desk)
    coming = asyncio.create_task(guest.open(ME))
    await settled()
    desk.stopping.set()
    desk.ledger.gate.set()
    with pytest.raises(StoppingError):
        await coming
    assert (len(desk.registry), guest.told) == (0, [])
    assert desk.known(desk.ledger.created[0].session) == (1, S.SUSPENDED)


@virtual
async def test_a_consumer_that_is_gone_before_it_is_told_leaves_a_suspended_session() -> None:
    desk = _Desk()

    async def gone(_: Message) -> None:
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        await desk.registry.open(ME, gone)
    await settled()
    assert (len(desk.registry), desk.registry.streams) == (0, {})
    assert desk.known(desk.ledger.created[0].session) == (1, S.SUSPENDED)


@pytest.mark.parametrize("is_failing", [False, True])
@virtual
async def test_an_opening_that_is_cancelled_waits_for_nothing_and_leaves_nothing(
    is_failing: bool,
) -> None:
    desk = _Desk()

    async def hang(_: Message) -> None:
        await asyncio.Event().wait()

    coming = asyncio.create_task(desk.registry.open(ME, hang))
    await settled()
    assert len(desk.registry) == 1
    desk.ledger.marking.clear()
    desk.ledger.failure = StoreError("the database failed") if is_failing else None
    coming.cancel()
    await settled()
    assert coming.cancelled()
    assert (len(desk.registry), desk.registry.streams) == (0, {})


@virtual
async def test_a_loss_that_is_cancelled_before_the_begin_leaves_nothing() -> None:
    desk = _Desk()

    async def gone(_: Message) -> None:
        raise ConnectionResetError("gone")

    desk.ledger.marking.clear()
    coming = asyncio.create_task(desk.registry.open(ME, gone))
    await settled()
    coming.cancel()
    await settled()
    assert coming.cancelled()
    assert (len(desk.registry), desk.registry.streams) == (0, {})


@virtual
async def test_a_session_that_the_ledger_cannot_keep_is_not_opened() -> None:
    desk = _Desk()
    desk.ledger.failure = StoreError("the database failed")
    with pytest.raises(StoreError):
        await desk.open()
    assert len(desk.registry) == 0
