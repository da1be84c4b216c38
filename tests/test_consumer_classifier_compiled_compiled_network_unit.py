"""Tests of the network that is compiled meanwhile."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from classifier_samples import SIDE, trained
from numpy.typing import NDArray
from paths_samples import FakeRace
from structlog.testing import capture_logs
from torch import Tensor

from consumer.classifier.compiled import SIZES, CompiledNetwork
from consumer.classifier.networks import Described, EagerNetwork

FASTER = FakeRace({"eager-fp32": 2.0, "compiled": 1.0})
SLOWER = FakeRace({"eager-fp32": 1.0, "compiled": 2.0})


class Compiler:
    """Gives a function of its own that counts its calls, and adds an error to the logits."""

    def __init__(self, error: float = 0.0) -> None:
        self.error = error
        self.calls = 0

    def __call__(self, described: Described) -> Described:
        """The function."""

        def run(images: Tensor) -> tuple[Tensor, Tensor]:
            self.calls += 1
            logits, descriptions = described(images)
            return logits + self.error * logits.flip(1), descriptions

        return run


def _images(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(count).integers(0, 256, (count, SIDE, SIDE), dtype=np.uint8)


def _network(compiler: Compiler, racing: FakeRace) -> CompiledNetwork:
    found = trained()
    return CompiledNetwork(found.model, found.card, compiler=compiler, racing=racing)


def _expected(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    found = trained()
    return EagerNetwork(found.model, found.card, "fp32").run(images).logits


def test_what_is_compiled_takes_over_for_its_batch_sizes() -> None:
    compiler = Compiler()
    network = _network(compiler, FASTER)
    network.start()
    network.join()
    before = compiler.calls
    for count in (*SIZES, 2):
        np.testing.assert_allclose(network.run(_images(count)).logits, _expected(_images(count)))
    assert compiler.calls == before + len(SIZES)
    assert network.name == "compiled-fp32"


@pytest.mark.parametrize(("compiler", "racing"), [(Compiler(), SLOWER), (Compiler(1.0), FASTER)])
def test_what_is_slower_or_wrong_does_not(compiler: Compiler, racing: FakeRace) -> None:
    network = _network(compiler, racing)
    network.start()
    network.join()
    before = compiler.calls
    np.testing.assert_array_equal(network.run(_images(1)).logits, _expected(_images(1)))
    assert before > 0
    assert compiler.calls == before
    assert not network.ready


def test_until_it_is_ready_it_runs_eagerly() -> None:
    begun, wait = threading.Event(), threading.Event()

    def compiler(described: Described) -> Described:
        begun.set()
        wait.wait(30)
        return described

    found = trained()
    network = CompiledNetwork(found.model, found.card, compiler=compiler, racing=FASTER)
    network.start()
    assert begun.wait(30)
    np.testing.assert_array_equal(network.run(_images(1)).logits, _expected(_images(1)))
    assert not network.ready
    wait.set()
    network.join()
    assert set(network.ready) == set(SIZES)


def test_a_compiler_that_fails_is_told_of_and_changes_nothing() -> None:
    def compiler(described: Described) -> Described:
        raise RuntimeError(f"no header for {described}")

    found = trained()
    network = CompiledNetwork(found.model, found.card, compiler=compiler, racing=FASTER)
    with capture_logs() as logs:
        network.start()
        network.join()
    assert [line["event"] for line in logs] == ["not-compiled"]
    np.testing.assert_array_equal(network.run(_images(64)).logits, _expected(_images(64)))
