"""Player with large images, which are read on threads; in real time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from producer_parts import Stage

from producer.sessions.player import Player
from shared.frames import decode_frame
from shared.intake.imageset import ImageSet


class _Watched(np.ndarray[Any, np.dtype[np.uint8]]):
    """Pixels that tell when they are read."""

    told: Callable[[], object] = staticmethod(lambda: None)

    def tobytes(self, *given: Any) -> bytes:
        """Tell, then read."""
        _Watched.told()
        return super().tobytes(*given)


def _images(size: int) -> ImageSet:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 1, size), np.uint8)
    return ImageSet(pixels.view(_Watched))


async def _played(size: int, monkeypatch: pytest.MonkeyPatch, told: Callable[[], object]) -> Stage:
    monkeypatch.setattr(_Watched, "told", staticmethod(told))
    stage = Stage(2, images=_images(size))
    stage.core.attach()
    await Player(stage.core, stage.house).play(stage.wire)
    return stage


@pytest.mark.parametrize("is_large", [False, True])
def test_only_large_images_are_read_away_from_the_loop(
    monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    monkeypatch.setattr("producer.sessions.player.LARGE_BYTES", 1000)
    readers: list[bool] = []

    def tell() -> None:
        readers.append(threading.current_thread() is threading.main_thread())

    size = 1001 if is_large else 1000
    stage = asyncio.run(_played(size, monkeypatch, tell))
    assert readers == [not is_large] * 2
    for number, (_, frame) in enumerate(stage.frames):
        header, pixels = decode_frame(frame)
        assert (header.sequence, header.index) == (number, number)
        np.testing.assert_array_equal(pixels, _images(size).image(number))


def test_a_session_that_ends_while_an_image_is_read_does_not_send_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("producer.sessions.player.LARGE_BYTES", 1000)

    async def played() -> Stage:
        stage = Stage(2, images=_images(2000))
        stage.core.attach()
        monkeypatch.setattr(_Watched, "told", staticmethod(lambda: stage.core.stop(0)))
        await Player(stage.core, stage.house).play(stage.wire)
        return stage

    stage = asyncio.run(played())
    assert not stage.frames and stage.core.sent == 0
