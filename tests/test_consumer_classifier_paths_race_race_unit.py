"""Tests of the race."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from consumer.classifier.networks import Network, Outputs
from consumer.classifier.paths.race import ROUNDS, Racing, race

IMAGES = np.zeros((2, 4, 4), np.uint8)


@dataclass
class Clock:
    """Goes on by what the networks take."""

    time: float = 0.0
    order: list[str] = field(default_factory=list)

    def __call__(self) -> float:
        """Seconds."""
        return self.time


@dataclass
class Runner:
    """Takes so many seconds, the first time more than later."""

    name: str
    clock: Clock
    seconds: list[float]

    def run(self, images: NDArray[np.uint8]) -> Outputs:
        """Nothing but time."""
        self.clock.order.append(self.name)
        self.clock.time += self.seconds.pop(0) if len(self.seconds) > 1 else self.seconds[0]
        return Outputs(np.zeros((len(images), 2), np.float32))


def test_each_has_its_best_time_and_the_first_run_does_not_count() -> None:
    clock = Clock()
    first: Network = Runner("a", clock, [0.5, 3.0, 1.0, 2.0])
    second: Network = Runner("b", clock, [9.0, 4.0])
    assert race([first, second], IMAGES, seconds=5.0, clock=clock) == [1.0, 4.0]


def test_without_a_clock_of_its_own_it_takes_the_machines() -> None:
    racing: Racing = race
    (seconds,) = racing([Runner("a", Clock(), [1.0])], IMAGES, seconds=0.001)
    assert 0 < seconds < 1


def test_they_take_turns_until_the_time_is_over() -> None:
    clock = Clock()
    a, b = Runner("a", clock, [1.0]), Runner("b", clock, [2.0])
    assert race([a, b], IMAGES, seconds=30.0, clock=clock) == [1.0, 2.0]
    assert clock.order == ["a", "b"] * 11


def test_all_have_some_turns_unless_these_are_far_too_long() -> None:
    for seconds, turns in ((0.5, ROUNDS), (0.1, 1)):
        clock = Clock()
        race(
            [Runner("a", clock, [1.0]), Runner("b", clock, [1.0])],
            IMAGES,
            seconds=seconds,
            clock=clock,
        )
        assert clock.order == ["a", "b"] * (1 + turns)
