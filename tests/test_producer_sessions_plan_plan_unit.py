"""Plan says which image a place of the schedule shows."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from producer.sessions.plan import Plan


@pytest.mark.parametrize(
    ("position", "index"), [(0, 0), (5, 5), (6, 0), (13, 1), (2**32 - 2, (2**32 - 2) % 6)]
)
def test_place_k_shows_image_k_modulo_the_data_set(position: int, index: int) -> None:
    assert Plan("0" * 16, frames=100, images=6, fps=0.0).index(position) == index


def test_a_plan_is_frozen_and_begins_with_epoch_one() -> None:
    plan = Plan("0" * 16, frames=1, images=1, fps=0.0)
    assert (plan.epoch, plan.delivery) == (1, "every")
    with pytest.raises(FrozenInstanceError):
        plan.frames = 2  # type: ignore[misc]
