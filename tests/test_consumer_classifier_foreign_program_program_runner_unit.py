"""ProgramRunner: exported programs give what their modules give, or say what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from classifier_samples import SIDE
from foreign_nets import MobileNet, VisionTransformer
from foreign_samples import (
    Returning,
    TinyNet,
    edited,
    exported,
    model_card,
    noise,
    normalised,
    tiny_program,
    with_json,
)
from torch import Tensor, nn

from consumer.classifier.foreign.program import ProgramRunner
from shared.errors import ModelError


class Varied(nn.Module):
    """Operators that programs have: sizes, several results, constants, words, other types."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = TinyNet()
        self.register_buffer("offset", torch.tensor([1.0, -1.0]), persistent=False)
        self.factor = torch.tensor([[2.0, 3.0]])

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, 2)."""
        rows, _ = images.max(3)
        left, right = rows.reshape(images.shape[0], -1).chunk(2, 1)
        both = torch.stack([left.mean(1), right.to(torch.float64).std(1).float()], 1)
        logits = self.inner(images) * self.factor + self.offset
        scaled: Tensor = nn.functional.gelu(logits, approximate="tanh") + torch.sigmoid(both)
        return scaled[:, [1, 0]] + torch.einsum("ni,ij->nj", both, torch.eye(2))


class Pair(nn.Module):
    """Wants two inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = TinyNet()

    def forward(self, images: Tensor, more: Tensor) -> Tensor:
        """The logits of both together."""
        logits: Tensor = self.inner(images + more)
        return logits


def _runner(folder: Path, data: bytes, **changes: Any) -> ProgramRunner:
    path = folder / "m.pt2"
    path.write_bytes(data)
    return ProgramRunner(path, model_card(**changes))


@pytest.mark.parametrize("batch", [None, 1, 3])
@pytest.mark.parametrize("make", [TinyNet, Varied])
def test_a_program_answers_as_its_module_does(
    tmp_path: Path, make: Callable[[], nn.Module], batch: int | None
) -> None:
    module = make()
    runner = _runner(tmp_path, exported(module, batch=batch))
    assert (runner.name, runner.batch) == ("program", batch)
    images = normalised(noise(batch or 4))
    with torch.no_grad():
        torch.testing.assert_close(runner(images.numpy()), module(images))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("make", [MobileNet, VisionTransformer])
def test_networks_as_people_train_them_are_run(
    tmp_path: Path, make: Callable[[], nn.Module], decomposed: bool
) -> None:
    module = make()
    runner = _runner(tmp_path, exported(module, decomposed=decomposed))
    images = normalised(noise(3))
    with torch.no_grad():
        torch.testing.assert_close(runner(images.numpy()), module(images), rtol=1e-4, atol=1e-5)


def test_a_program_of_half_precision_is_fed_so(tmp_path: Path) -> None:
    module = TinyNet().to(torch.bfloat16)
    data = exported(module, torch.zeros(2, 1, SIDE, SIDE, dtype=torch.bfloat16))
    images = normalised(noise(2))
    logits = _runner(tmp_path, data)(images.numpy())
    assert isinstance(logits, Tensor)
    assert logits.dtype == torch.bfloat16
    with torch.no_grad():
        torch.testing.assert_close(logits, module(images.to(torch.bfloat16)), rtol=0.1, atol=0.1)


OUTPUT = "wrong output of the model in .*: expected one tensor of logits, got a {}; wrap it"


@pytest.mark.parametrize(
    ("wrap", "got"),
    [
        (lambda logits: (logits,), "tuple of 1"),
        (lambda logits: (logits, logits.sum()), "tuple of 2"),
        (lambda logits: [logits, logits], "list of 2"),
        (lambda logits: {"logits": logits}, "dict of 1"),
    ],
)
def test_logits_in_a_container_are_refused(
    tmp_path: Path, wrap: Callable[[Tensor], Any], got: str
) -> None:
    with pytest.raises(ModelError, match=OUTPUT.format(got)):
        _runner(tmp_path, exported(Returning(wrap)))


def test_two_inputs_are_refused(tmp_path: Path) -> None:
    data = exported(Pair(), *[torch.zeros(2, 1, SIDE, SIDE)] * 2)
    message = "wrong inputs of the program in .*: expected one, the images, got images, more"
    with pytest.raises(ModelError, match=message):
        _runner(tmp_path, data)


def test_a_program_in_training_mode_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"program in training mode in .*; call eval\(\) on"):
        _runner(tmp_path, exported(TinyNet().train()))


def test_whole_numbers_as_input_are_refused(tmp_path: Path) -> None:
    data = exported(nn.Flatten(), torch.zeros(2, 1, SIDE, SIDE, dtype=torch.int64))
    with pytest.raises(ModelError, match="model's input in .*: expected float32, got torch.int64"):
        _runner(tmp_path, data)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"channels": 3}, "(n, 3, 12, 12)"), ({"input_size": (28, 28)}, "(n, 1, 28, 28)")],
)
def test_another_input_than_the_cards_is_refused(
    tmp_path: Path, changes: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ModelError, match="does not fit its card") as caught:
        _runner(tmp_path, tiny_program(), **changes)
    assert (caught.value.expected, caught.value.got) == (expected, "(n, 1, 12, 12)")


def _signature(found: Any) -> Any:
    return found["graph_module"]["signature"]


def _container(found: Any, **changes: Any) -> None:
    found["graph_module"]["module_call_graph"][0].update(changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda found: _signature(found)["input_specs"].append({"custom_obj": {}}),
            "input that is not supported in .*: expected tensors, got custom_obj",
        ),
        (
            lambda found: _signature(found)["output_specs"].append({"buffer_mutation": {}}),
            "changes its own weights in .*: expected logits, got buffer_mutation",
        ),
        (
            lambda found: _signature(found)["input_specs"].pop(0),
            "value that no operation makes in .*: got p_convolution_weight",
        ),
        (lambda found: _signature(found).clear(), "damaged program in .*: got KeyError"),
        (lambda found: found.pop("graph_module"), "damaged program in .*: got KeyError"),
    ],
)
def test_a_program_that_was_tampered_with_is_refused(
    tmp_path: Path, change: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        _runner(tmp_path, edited(tiny_program(), with_json(change)))


def test_a_program_that_does_not_tell_its_container_is_run(tmp_path: Path) -> None:
    data = edited(tiny_program(), with_json(lambda found: _container(found, signature=None)))
    assert _runner(tmp_path, data)(normalised(noise(1)).numpy()) is not None
