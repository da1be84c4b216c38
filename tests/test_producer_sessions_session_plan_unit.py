"""Plan says which image a frame shows."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from producer.sessions.session import Plan


@pytest.mark.parametrize(
    ("sequence", "index"), [(0, 0), (5, 5), (6, 0), (13, 1), (2**32 - 2, (2**32 - 2) % 6)]
)
def test_frame_k_shows_image_k_modulo_the_data_set(sequence: int, index: int) -> None:
    assert Plan("0" * 16, frames=100, images=6, fps=0.0).index(sequence) == index


def test_a_plan_is_frozen_and_begins_with_epoch_one() -> None:
    plan = Plan("0" * 16, frames=1, images=1, fps=0.0)
    assert plan.epoch == 1
    with pytest.raises(FrozenInstanceError):
        plan.frames = 2  # type: ignore[misc]
