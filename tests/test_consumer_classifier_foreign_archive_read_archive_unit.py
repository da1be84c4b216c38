"""read_archive: numbers are read as numbers, and what is damaged is named."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from foreign_samples import TinyNet, archive, edited, exported, tiny_program, with_json
from torch import Tensor, nn

from consumer.classifier.foreign.archive import MAX_JSON_BYTES, Archive, read_archive
from shared.errors import ModelError

WEIGHTS = "data/weights/model_weights_config.json"


class Tied(nn.Module):
    """One weight under two names, one without numbers, one transposed, one of another type."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.second = nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.none = nn.Buffer(torch.empty(0, 4))
        self.turned = nn.Buffer(torch.arange(6.0).reshape(2, 3).T)
        self.small = nn.Buffer(torch.ones(2, dtype=torch.float16))

    def forward(self, images: Tensor) -> Tensor:
        """All of them."""
        made: Tensor = self.second(self.first(images))
        return made + self.none.sum() + self.turned.sum() + self.small.sum()


def _write(folder: Path, data: bytes) -> Path:
    path = folder / "m.pt2"
    path.write_bytes(data)
    return path


def test_every_tensor_is_that_of_the_module(tmp_path: Path) -> None:
    found = read_archive(_write(tmp_path, tiny_program()))
    assert isinstance(found, Archive)
    expected = TinyNet().state_dict()
    assert found.tensors.keys() == expected.keys()
    assert all(torch.equal(found.tensors[name], value) for name, value in expected.items())


@pytest.mark.filterwarnings("ignore:No complete tensor found")
def test_tensors_of_every_kind_are_read(tmp_path: Path) -> None:
    module = Tied()
    found = read_archive(_write(tmp_path, exported(module, torch.zeros(2, 3)))).tensors
    for name, value in module.state_dict().items():
        assert torch.equal(found[name], value)
        assert found[name].dtype == value.dtype
    assert found["first.weight"].data_ptr() == found["second.weight"].data_ptr()


def _weight(**changes: Any) -> Callable[[dict[str, bytes]], None]:
    def change(found: Any) -> None:
        about = found["config"]["head.bias"]
        for name, value in changes.items():
            (about if name in about else about["tensor_meta"])[name] = value

    return with_json(change, WEIGHTS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: found.pop("archive_format"), "no exported program .*got another archive"),
        (lambda found: found.pop("models/model.json"), "got one without models/model.json"),
        (lambda found: found.pop(WEIGHTS), "damaged program in .*m.pt2: got StopIteration"),
        (lambda found: found.pop("data/weights/weight_0"), "damaged program in .*: got KeyError"),
        (
            lambda found: found.update({"models/model.json": b"[]"}),
            "damaged program in .*: got TypeError: models/model.json is no object",
        ),
        (
            lambda found: found.update({"models/model.json": b"["}),
            "damaged program in .*: got JSONDecodeError",
        ),
        (
            lambda found: found.update({"models/model.json": b"[" * 100_000}),
            "damaged program in .*: got RecursionError",
        ),
        (
            lambda found: found.update({"data/weights/weight_0": b"123"}),
            "damaged program in .*: got ValueError",
        ),
        (
            with_json(lambda found: found["schema_version"].update(major=7)),
            "program of another version in .*: expected version 8, got 7; export it again",
        ),
        (
            _weight(dtype=10),
            "not supported in .*: expected a type of numbers for head.bias, got 10",
        ),
        (_weight(sizes=[{"as_int": 10**9}]), "damaged program in .*: got RuntimeError"),
        (_weight(storage_offset={"as_int": 99}), "damaged program in .*: got RuntimeError"),
        (_weight(strides=[{"as_int": -1}]), "damaged program in .*: got RuntimeError"),
        (_weight(path_name="../../etc/passwd"), "pickled object in .*: expected plain numbers"),
        (_weight(tensor_meta=None), "pickled object in .*: expected plain numbers for head.bias"),
    ],
)
def test_what_is_damaged_is_refused(
    tmp_path: Path, change: Callable[[dict[str, bytes]], None], message: str
) -> None:
    path = _write(tmp_path, edited(tiny_program(), change))
    with pytest.raises(ModelError, match=message):
        read_archive(path)


@pytest.mark.parametrize("data", [b"", b"PK", b"x" * 1000])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(
        ModelError, match="damaged program in .*: expected an archive of torch.expo"
    ):
        read_archive(_write(tmp_path, data))


def test_every_cut_of_a_program_is_refused(tmp_path: Path) -> None:
    data = tiny_program()
    for size in range(0, len(data), len(data) // 40):
        with pytest.raises(ModelError):
            read_archive(_write(tmp_path, data[:size]))


def test_changed_bytes_give_an_error_of_ours_or_a_program(tmp_path: Path) -> None:
    good, random = tiny_program(), np.random.default_rng(0)
    directory = good.index(b"PK\x01\x02")
    failed = 0
    for number in range(500):
        data = bytearray(good)
        first = directory if number % 2 else 0
        data[random.integers(first, len(data))] ^= int(random.integers(1, 256))
        with suppress(ModelError):
            read_archive(_write(tmp_path, bytes(data)))
            continue
        failed += 1
    assert failed > 100


def test_a_name_that_is_no_text_is_a_damage(tmp_path: Path) -> None:
    data = archive({"a/archive_format": b"pt2", "a/\u00e9": b""})
    with pytest.raises(ModelError, match="damaged program in .*: expected an archive .*Unicode"):
        read_archive(_write(tmp_path, data.replace("\u00e9".encode(), b"\xff\xfe")))


def test_a_long_json_is_not_read(tmp_path: Path) -> None:
    long = {"a/archive_format": b"pt2", "a/models/model.json": b" " * (MAX_JSON_BYTES + 1)}
    message = "models/model.json is too large in .*: expected at most 67,108,864 bytes, got 67,1"
    with pytest.raises(ModelError, match=message):
        read_archive(_write(tmp_path, archive(long)))


def test_one_weight_under_two_types_is_refused(tmp_path: Path) -> None:
    def change(found: Any) -> None:
        first = found["config"]["head.bias"]
        second = {**first, "tensor_meta": {**first["tensor_meta"], "dtype": 5}}
        found["config"]["again"] = second

    path = _write(tmp_path, edited(tiny_program(), with_json(change, WEIGHTS)))
    message = "tensor of two types in .*: expected torch.float32 for again, got torch.int64"
    with pytest.raises(ModelError, match=message):
        read_archive(path)


def test_truth_values_are_0_or_1(tmp_path: Path) -> None:
    path = _write(tmp_path, edited(tiny_program(), _weight(dtype=12)))
    found = read_archive(path).tensors["head.bias"]
    assert found.dtype == torch.bool
    assert set(found.view(torch.uint8).tolist()) <= {0, 1}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the model at .*none.pt2: expected a file"):
        read_archive(tmp_path / "none.pt2")
    with pytest.raises(ModelError, match="cannot read the model at .*got Is a directory"):
        read_archive(tmp_path)


def test_a_file_that_says_it_is_huge_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("m/archive_format", b"pt2")
        file.writestr("m/models/model.json", b"{}")
        file.infolist()[1].file_size = 2**32 - 2
    with pytest.raises(
        ModelError, match="model file too large in .*: expected at most 2,147,483,6"
    ):
        read_archive(_write(tmp_path, stream.getvalue()))
