"""Player sends each frame when it is due and has credit; with fakes and virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from producer_parts import UNIX_NS, FakeWire, Stage, crcs_of, predictions, settled, virtual
from websockets.exceptions import ConnectionClosed

from producer.sessions.chaos import ChaosSpec
from producer.sessions.pacing import recorded_fps
from producer.sessions.player import Player
from shared.errors import FrameError
from shared.frames import decode_frame
from shared.messages import Delivery
from shared.states import SessionState

S = SessionState


class _Scene:
    """A fetched session with a player of its own.

    Args:
        frames: of the session.
        given: as for a stage.
    """

    def __init__(self, frames: int = 6, **given: Any) -> None:
        self.stage = Stage(frames, **given)
        self.core = self.stage.core
        self.core.attach()
        self.player = Player(self.core, self.stage.house)

    def begin(self) -> asyncio.Task[None]:
        """Play in the background."""
        return asyncio.create_task(self.player.play(self.stage.wire))

    def store(self, count: int) -> None:
        """Predict and store the next frames, as the session does."""
        core = self.core
        crcs = [
            decode_frame(frame)[0].crc
            for _, frame in self.stage.frames[core.predicted : core.predicted + count]
        ]
        core.predict(predictions(crcs, first=core.predicted))
        if not core.may_send:
            self.player.credited()
        core.run_stored(count)
        self.player.wake()

    @property
    def times(self) -> list[float]:
        """When each frame was sent."""
        return [at for at, _ in self.stage.frames]

    @property
    def indices(self) -> list[int]:
        """Which image each frame says it shows."""
        return [decode_frame(frame)[0].index for _, frame in self.stage.frames]


@virtual
async def test_frame_k_is_sent_at_t0_plus_k_over_fps() -> None:
    scene = _Scene(25, fps=10.0)
    await asyncio.sleep(3.0)
    await scene.begin()
    assert scene.times == pytest.approx([3.0 + k / 10 for k in range(25)])


@virtual
async def test_each_frame_carries_its_image_and_says_so() -> None:
    scene = _Scene(8, fps=10.0)
    await scene.begin()
    for sequence, (at, message) in enumerate(scene.stage.frames):
        header, pixels = decode_frame(message)
        assert (header.sequence, header.index, header.epoch) == (sequence, sequence % 6, 1)
        assert header.sent_ns == UNIX_NS + round(at * 1e9)
        assert (pixels == scene.stage.images.images[sequence % 6]).all()
    assert b"catwalk_frames_sent_total 8.0" in scene.stage.metrics.render()


@virtual
async def test_a_send_that_takes_long_makes_later_frames_late_but_not_slower() -> None:
    scene = _Scene(30, fps=10.0)

    async def stutter(frame: bytes) -> None:
        await scene.stage.send(frame)
        if len(scene.stage.frames) == 5:
            await asyncio.sleep(1.0)

    await scene.player.play(FakeWire(stutter))
    assert scene.times[5:14] == pytest.approx([1.4] * 9)
    assert scene.times[14:] == pytest.approx([k / 10 for k in range(14, 30)])
    lag = scene.player.send_lag
    assert lag is not None and lag.count == 30
    assert lag.max == pytest.approx(900.0)


@virtual
async def test_without_a_pace_only_the_window_holds_frames_back() -> None:
    scene = _Scene(10, window=4)
    playing = scene.begin()
    await settled()
    assert len(scene.times) == 4
    scene.store(3)
    await settled()
    assert len(scene.times) == 7
    scene.store(4)
    await playing
    assert scene.times == [0.0] * 10
    assert scene.player.send_lag is None


@virtual
async def test_a_resumed_session_begins_with_its_next_frame_at_once() -> None:
    before = Stage(10, fps=10.0)
    playing = asyncio.create_task(before.live.play(before.wire))
    await asyncio.sleep(0.35)
    await before.live.store(*before.take(2))
    await before.live.lose("gone")
    await playing
    scene = _Scene(before=before)
    await asyncio.sleep(4.65)
    await scene.begin()
    assert scene.times == pytest.approx([5.0 + k / 10 for k in range(8)])
    headers = [decode_frame(frame)[0] for _, frame in scene.stage.frames]
    assert [(one.epoch, one.sequence, one.index) for one in headers] == [
        (2, sequence, sequence % 6) for sequence in range(2, 10)
    ]
    lag = scene.player.send_lag
    assert lag is not None and lag.max == pytest.approx(0.0, abs=0.001)


@virtual
async def test_a_recording_is_played_at_its_own_times() -> None:
    offsets = np.array([0.0, 0.1, 0.7, 0.8, 0.8, 1.0])
    scene = _Scene(8, fps=recorded_fps(offsets), offsets_s=offsets)
    await scene.begin()
    assert scene.times == pytest.approx([*offsets, 1.2, 1.3])


@virtual
async def test_with_newest_a_frame_without_credit_is_skipped_and_its_number_goes_on() -> None:
    scene = _Scene(10, fps=10.0, window=2, delivery="newest")
    playing = scene.begin()
    await asyncio.sleep(0.55)
    # Frames 0 and 1 were sent; the places 2 to 5 had no credit.
    assert (scene.core.sent, scene.core.skipped, scene.core.offered) == (2, 4, 6)
    scene.store(2)
    await playing
    assert scene.times == pytest.approx([0.0, 0.1, 0.6, 0.7])
    assert scene.indices == [0, 1, 0, 1]
    assert [decode_frame(frame)[0].sequence for _, frame in scene.stage.frames] == [0, 1, 2, 3]
    assert (scene.core.state, scene.core.skipped) == (S.DRAINING, 6)
    lag = scene.player.send_lag
    assert lag is not None and lag.count == 4 and lag.max < 1.0


@virtual
async def test_with_newest_what_came_due_during_a_slow_send_is_skipped_at_once() -> None:
    scene = _Scene(10, fps=10.0, window=1, delivery="newest")

    async def slowly(frame: bytes) -> None:
        await scene.stage.send(frame)
        await asyncio.sleep(0.55)
        if len(scene.times) == 1:
            asyncio.get_running_loop().call_later(0.1, scene.store, 1)

    await scene.player.play(FakeWire(slowly))
    assert scene.times == pytest.approx([0.0, 0.7])
    assert scene.indices == [0, 1]
    assert (scene.core.sent, scene.core.skipped) == (2, 8)


@virtual
async def test_with_newest_the_last_frames_are_skipped_in_time_too() -> None:
    scene = _Scene(5, fps=10.0, window=1, delivery="newest")
    await scene.begin()
    assert (scene.core.sent, scene.core.skipped, scene.core.end) == (1, 4, 1)
    assert scene.stage.loop.time() == pytest.approx(0.4)


@pytest.mark.parametrize("delivery", ["every", "newest"])
@virtual
async def test_a_session_that_ends_meanwhile_is_played_no_further(delivery: Delivery) -> None:
    scene = _Scene(100, fps=10.0, window=3, delivery=delivery)
    playing = scene.begin()
    await asyncio.sleep(0.55)
    scene.core.lose()
    scene.player.wake()
    await playing
    assert scene.stage.loop.time() == pytest.approx(0.55)
    assert len(scene.times) == 3


@virtual
async def test_a_long_spree_lets_the_other_tasks_run() -> None:
    scene = _Scene(64)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    await scene.begin()
    counting.cancel()
    assert turns >= 4


@virtual
async def test_a_withdrawn_frame_that_nobody_takes_is_no_loss() -> None:
    scene = _Scene(100)

    async def close_after_stop(frame: bytes) -> None:
        await scene.stage.send(frame)
        if len(scene.times) == 4:
            scene.core.stop(2)
            raise ConnectionClosed(None, None)

    await scene.player.play(FakeWire(close_after_stop))
    assert scene.core.withdrawn == 2


@virtual
async def test_a_frame_of_the_session_that_nobody_takes_is_a_loss() -> None:
    scene = _Scene(100)

    async def close(_: bytes) -> None:
        raise ConnectionClosed(None, None)

    with pytest.raises(ConnectionClosed):
        await scene.player.play(FakeWire(close))


@virtual
async def test_a_dropped_frame_counts_as_sent_and_is_not_on_the_wire() -> None:
    scene = _Scene(5, chaos=ChaosSpec(drop=1.0))
    await scene.begin()
    assert not scene.times
    assert (scene.core.sent, scene.core.state) == (5, S.DRAINING)
    assert (scene.core.wire.frames, scene.core.wire.injected) == (0, {"drop": 5})
    assert b"catwalk_frames_sent_total 0.0" in scene.stage.metrics.render()


@virtual
async def test_a_damaged_frame_is_on_the_wire_with_a_wrong_crc() -> None:
    scene = _Scene(5, chaos=ChaosSpec(corrupt=1.0), seed=7)
    await scene.begin()
    assert len(scene.times) == 5
    for _, frame in scene.stage.frames:
        with pytest.raises(FrameError, match="wrong CRC-32"):
            decode_frame(frame)
    assert (scene.core.wire.frames, scene.core.wire.injected) == (5, {"corrupt": 5})
    assert b"catwalk_frames_sent_total 5.0" in scene.stage.metrics.render()
    # What the producer has to say of its pixels is said of the sound ones.
    crcs = crcs_of(scene.stage.images, range(5))
    scene.core.predict(predictions(crcs))


@virtual
async def test_a_reset_cuts_the_connection_in_place_of_the_frame() -> None:
    scene = _Scene(5, chaos=ChaosSpec(reset=1.0))
    with pytest.raises(ConnectionClosed):
        await scene.begin()
    assert scene.stage.wire.aborted and not scene.times
    assert (scene.core.sent, scene.core.wire.frames) == (1, 0)
    assert scene.core.wire.injected == {"reset": 1}


@virtual
async def test_a_stalled_frame_comes_late_and_those_after_it_too_until_they_catch_up() -> None:
    scene = _Scene(3, fps=1.0, chaos=ChaosSpec(stall=1.0, stall_s=0.25))
    await scene.begin()
    assert scene.times == pytest.approx([0.25, 1.25, 2.25])
    assert scene.core.wire.injected == {"stall": 3}
    lag = scene.player.send_lag
    assert lag is not None and lag.count == 3
    assert lag.max == pytest.approx(250.0, rel=0.05)


@virtual
async def test_a_frame_that_is_delayed_on_request_is_no_standstill() -> None:
    scene = _Scene(3, chaos=ChaosSpec(stall=1.0, stall_s=30.0))
    playing = scene.begin()
    await asyncio.sleep(29.0)
    assert scene.player.idle_s(scene.stage.loop.time()) == 0.0
    # What comes later than it was asked to is one.
    assert scene.player.idle_s(32.0) == pytest.approx(2.0)
    playing.cancel()


@virtual
async def test_a_session_that_ends_while_a_frame_is_delayed_does_not_send_it() -> None:
    scene = _Scene(3, chaos=ChaosSpec(stall=1.0, stall_s=10.0))
    playing = scene.begin()
    await asyncio.sleep(1.0)
    scene.core.stop(0)
    scene.player.wake()
    await playing
    assert not scene.times and scene.core.sent == 0
    assert not scene.core.wire.injected


@virtual
async def test_faults_are_counted_on_over_the_connections_of_a_session() -> None:
    chaos: dict[str, Any] = {"chaos": ChaosSpec(drop=0.5), "seed": 3}
    before = Stage(40, **chaos)
    await before.live.play(before.wire)
    await before.live.lose("a gap was seen")
    first = before.core.wire
    scene = _Scene(before=before, **chaos)
    await scene.begin()
    after = scene.core.wire
    assert 0 < first.frames < 40 and first.injected == {"drop": 40 - first.frames}
    assert after.injected["drop"] > first.injected["drop"]
    assert after.frames + after.injected["drop"] == 80
    assert after.connections == 2


@virtual
async def test_a_session_that_is_not_streaming_is_never_idle() -> None:
    stage = Stage(3, fps=10.0)
    player = Player(stage.core, stage.house)
    assert player.idle_s(1000.0) == 0.0
    stage.core.attach()
    assert player.idle_s(1000.0) == 0.0
    await player.play(stage.wire)
    assert stage.core.state is S.DRAINING
    assert player.idle_s(1000.0) == 0.0


@virtual
async def test_who_waits_until_the_next_frame_is_due_is_not_idle() -> None:
    scene = _Scene(3, fps=0.01)
    playing = scene.begin()
    await asyncio.sleep(150.0)
    # Sent at 0 and 100: the third is due at 200.
    assert [scene.player.idle_s(now) for now in (150.0, 200.0, 203.5)] == [0.0, 0.0, 3.5]
    await playing
    assert scene.times == pytest.approx([0.0, 100.0, 200.0])


@virtual
async def test_who_waits_for_credit_is_not_idle_and_is_from_when_it_has_come() -> None:
    scene = _Scene(10, window=4)
    playing = scene.begin()
    await asyncio.sleep(50.0)
    assert scene.player.idle_s(50.0) == 0.0
    # As if the task that sends were hung.
    playing.cancel()
    scene.store(2)
    assert [scene.player.idle_s(now) for now in (50.0, 62.0)] == [0.0, 12.0]
    await asyncio.sleep(5.0)
    # More credit where there was some makes nothing good.
    scene.store(1)
    assert scene.player.idle_s(62.0) == 12.0
    scene.core.lose()
    assert scene.player.idle_s(62.0) == 0.0


@pytest.mark.parametrize("fps", [0.0, 10.0])
@virtual
async def test_a_send_that_hangs_is_idle_since_it_began_or_the_next_frame_was_due(
    fps: float,
) -> None:
    scene = _Scene(10, fps=fps)

    async def hang(frame: bytes) -> None:
        await scene.stage.send(frame)
        if len(scene.times) == 5:
            await asyncio.Event().wait()

    playing = asyncio.create_task(scene.player.play(FakeWire(hang)))
    await asyncio.sleep(20.0)
    since = 5 / fps if fps else 0.0
    assert scene.player.idle_s(20.0) == pytest.approx(20.0 - since)
    playing.cancel()


@virtual
async def test_the_end_is_waited_for_and_not_longer_than_asked() -> None:
    scene = _Scene(5, fps=1.0)
    playing = scene.begin()
    assert not await scene.player.wait_over(1.5)
    assert scene.stage.loop.time() == pytest.approx(1.5)
    scene.core.lose()
    scene.player.wake()
    assert await scene.player.wait_over(100.0)
    assert scene.stage.loop.time() == pytest.approx(1.5)
    await playing
