"""Tiny models of other people's for the tests: exported programs, ONNX files, cards, attacks."""

from __future__ import annotations

import copy
import functools
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from classifier_samples import SIDE, STRIPES
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from consumer.classifier.card import ModelCard

FIELDS: Mapping[str, Any] = {
    "classes": STRIPES,
    "input_size": (SIDE, SIDE),
    "mean": 0.4,
    "deviation": 0.25,
}


class TinyNet(nn.Module):
    """A convolution and a linear layer of reproducible weights.

    Args:
        classes: numbers of its logits.
        channels: of its images.
    """

    def __init__(self, classes: int = 2, channels: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, 3, 3, padding=1)
        self.normalisation = nn.BatchNorm2d(3)
        self.head = nn.Linear(3 * 36, classes)
        random = torch.Generator().manual_seed(classes + 10 * channels)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=random))
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes)."""
        seen = torch.relu(self.normalisation(self.convolution(images)))
        pooled = nn.functional.max_pool2d(seen, 2)
        logits: Tensor = self.head(pooled.view(pooled.shape[0], -1))
        return logits


class Returning(nn.Module):
    """A network whose logits are wrapped.

    Args:
        wrap: makes what it returns.
    """

    def __init__(self, wrap: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.inner = TinyNet()
        self.wrap = wrap

    def forward(self, images: Tensor) -> Any:
        """The wrapped logits."""
        return self.wrap(self.inner(images))


def model_card(**changes: Any) -> ModelCard:
    """The card of a ``TinyNet``."""
    return ModelCard(**{"name": "tiny", **FIELDS, **changes})


def normalised(images: NDArray[np.uint8]) -> Tensor:
    """Images as the card says that they are wanted."""
    return (torch.from_numpy(images)[:, None] / 255.0 - 0.4) / 0.25


def noise(count: int, seed: int = 0, channels: int = 1) -> NDArray[np.uint8]:
    """Reproducible images."""
    shape = (count, SIDE, SIDE) if channels == 1 else (count, SIDE, SIDE, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def exported(
    module: nn.Module, *inputs: Tensor, batch: int | None = None, decomposed: bool = False
) -> bytes:
    """A module as ``torch.export.save`` writes it.

    Args:
        module: what is exported.
        inputs: what it is called with; an image batch where there are none.
        batch: the only number of images that it takes; any number by default.
        decomposed: into the operators of PyTorch's core.
    """
    inputs = inputs or (torch.zeros(batch or 2, 1, SIDE, SIDE),)
    shapes = None if batch else tuple({0: torch.export.Dim("n")} for _ in inputs)
    program = torch.export.export(module, inputs, dynamic_shapes=shapes, strict=False)
    if decomposed:
        program = program.run_decompositions()
    stream = io.BytesIO()
    torch.export.save(program, stream)
    return stream.getvalue()


@functools.cache
def tiny_program(batch: int | None = None) -> bytes:
    """An exported ``TinyNet``."""
    return exported(TinyNet(), batch=batch)


def edited(program: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A program whose archive was changed: a dict of its members, without their common folder."""
    with zipfile.ZipFile(io.BytesIO(program)) as file:
        root = file.namelist()[0].partition("/")[0]
        members = {name.partition("/")[2]: file.read(name) for name in file.namelist()}
    change(members)
    return archive({f"{root}/{name}": data for name, data in members.items()})


def archive(members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A ZIP archive of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return stream.getvalue()


def with_json(
    change: Callable[[Any], object], member: str = "models/model.json"
) -> Callable[[dict[str, bytes]], None]:
    """A change of a JSON member of an archive."""

    def edit(members: dict[str, bytes]) -> None:
        content = json.loads(members[member])
        change(content)
        members[member] = json.dumps(content).encode()

    return edit


def onnx_file(
    *,
    classes: int = 2,
    shape: tuple[int | str, ...] = ("n", 1, SIDE, SIDE),
    kind: int = TensorProto.FLOAT,
    outputs: int = 1,
) -> bytes:
    """An ONNX model: all pixels times a matrix of reproducible weights."""
    size = int(np.prod([side for side in shape[1:] if isinstance(side, int)]))
    weights = np.random.default_rng(0).normal(size=(size, classes))
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    names = ["logits", "more"][:outputs]
    nodes = [helper.make_node("Flatten", ["images"], ["flat"])]
    nodes += [helper.make_node("MatMul", ["flat", "weights"], [name]) for name in names]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", kind, shape)],
        [helper.make_tensor_value_info(name, kind, (shape[0], classes)) for name in names],
        [numpy_helper.from_array(weights.astype(dtype), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def write_model(path: Path, data: bytes, **changes: Any) -> Path:
    """Write a model's file and its card beside it."""
    path.write_bytes(data)
    fields = {**copy.deepcopy(dict(FIELDS)), **changes}
    path.with_suffix(".json").write_text(json.dumps(fields), encoding="utf-8")
    return path
