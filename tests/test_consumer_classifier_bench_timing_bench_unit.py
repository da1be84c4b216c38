"""Tests of timing networks side by side."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from paths_samples import FakeClock, FakeNetwork

from consumer.classifier.bench.timing import TURNS, Plan, Row, bench
from consumer.classifier.networks import Outputs
from shared.errors import SettingsError

IMAGES = np.zeros((70, 4, 4), np.uint8)


@pytest.fixture(name="numbers_set", autouse=True)
def fixture_numbers_set(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of threads that were set, without setting them."""
    numbers: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", numbers.append)
    return numbers


def _rows(*networks: FakeNetwork, reference: FakeNetwork | None, plan: Plan) -> list[list[Row]]:
    return list(bench(networks, reference, IMAGES, plan=plan, clock=FakeClock()))


def test_there_is_a_row_of_each_path_and_the_reference_is_first() -> None:
    plan = Plan(batches=(1, 4), seconds=20.0)
    found = _rows(FakeNetwork("b"), reference=FakeNetwork("a"), plan=plan)
    assert [[(row.path, row.batch) for row in rows] for rows in found] == [
        [("a", 1), ("b", 1)],
        [("a", 4), ("b", 4)],
    ]
    assert found[1][1] == Row(
        path="b",
        threads=1,
        batch=4,
        median_ms=1000.0,
        p99_ms=1000.0,
        images_per_s=4.0,
        ratio=1.0,
        labels=1.0,
        probability=0.0,
    )


def test_answers_are_compared_on_all_images() -> None:
    reference = FakeNetwork("a", (1.0, 2.0))
    other = FakeNetwork("b", (3.0, 2.0))
    ((_, row),) = _rows(other, reference=reference, plan=Plan(batches=(1,), seconds=0.1))
    assert row.labels == 0.0
    assert row.probability == pytest.approx(1 / (1 + np.exp(-1)) - 1 / (1 + np.exp(1)))
    assert other.sizes == [64, 6] + [1] * (1 + TURNS)


def test_without_a_reference_nothing_is_compared() -> None:
    network = FakeNetwork()
    ((row,),) = _rows(network, reference=None, plan=Plan(batches=(2,), seconds=0.1))
    assert (row.ratio, row.labels, row.probability) == (None, None, None)
    assert network.sizes == [2] * (1 + TURNS)


def test_images_are_repeated_to_fill_a_batch() -> None:
    network = FakeNetwork()
    _rows(network, reference=None, plan=Plan(batches=(200,), seconds=0.1))
    assert set(network.sizes) == {200}


def test_each_number_of_threads_is_set(numbers_set: list[int]) -> None:
    plan = Plan(threads=(1, 2), batches=(1,), seconds=0.1)
    found = _rows(FakeNetwork(), reference=None, plan=plan)
    assert [rows[0].threads for rows in found] == numbers_set == [1, 2]


def test_each_path_has_its_time_in_turns() -> None:
    # Each run takes a second of this clock, and each turn a fifth of ten seconds.
    order: list[str] = []

    class Noting(FakeNetwork):
        """Notes whose turn it is."""

        def run(self, images: NDArray[np.uint8]) -> Outputs:
            """Outputs for so many images."""
            order.append(self.name)
            return super().run(images)

    networks = (Noting("a"), Noting("b"))
    (rows,) = bench(
        networks, None, IMAGES, plan=Plan(batches=(1,), seconds=10.0), clock=FakeClock()
    )
    assert order == ["a", "b"] + ["a", "a", "b", "b"] * TURNS
    assert [row.path for row in rows] == ["a", "b"]


def test_percentiles_are_of_the_times() -> None:
    times = [1.0, 2.0, 9.0, 3.0, 4.0]
    clock = iter([look for time in times for look in (100.0, 100.0 + time)])
    plan = Plan(batches=(1,), seconds=0.0)
    ((row,),) = bench([FakeNetwork()], None, IMAGES, plan=plan, clock=lambda: next(clock))
    assert row.median_ms == pytest.approx(3000.0)
    assert row.p99_ms == pytest.approx(np.percentile(times, 99) * 1e3)


def test_a_wrong_number_of_threads_is_refused() -> None:
    with pytest.raises(SettingsError, match="value out of range in threads"):
        _rows(FakeNetwork(), reference=None, plan=Plan(threads=(0,)))
