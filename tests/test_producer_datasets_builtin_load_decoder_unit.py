"""load_decoder reads whole weights of the right shapes and names what is wrong with others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from producer.datasets.builtin import EXACT, SHAPES, WEIGHTS, load_decoder
from shared.errors import DataError

Arrays = dict[str, NDArray[np.generic]]


def _without_a_bias(arrays: Arrays) -> None:
    del arrays["conv1.bias"]


def _of_another_shape(arrays: Arrays) -> None:
    arrays["dense1.weight"] = np.zeros((128, 64), np.float16)


def _not_finite(arrays: Arrays) -> None:
    arrays["conv2.weight"] = np.full(SHAPES["conv2"], np.nan, np.float32)


def _of_huge_biases(arrays: Arrays) -> None:
    arrays["conv3.bias"] = np.array([2**31], np.int64)


def _too_large(arrays: Arrays) -> None:
    arrays["dense0.weight"] = np.full(SHAPES["dense0"], 4, np.float16)


def test_the_shipped_file_is_at_most_one_megabyte() -> None:
    assert WEIGHTS.stat().st_size <= 1_000_000


def test_the_shipped_weights_are_small_enough_for_exact_sums() -> None:
    decoder = load_decoder()
    for name, shape in SHAPES.items():
        weights, biases = decoder.weights[name], decoder.biases[name]
        assert weights.shape == shape
        assert biases.shape == shape[-1:]
        assert (weights * 512 == np.rint(weights * 512)).all()
        columns = np.abs(weights).reshape(-1, shape[-1]).sum(0)
        assert (columns * 512 + np.abs(biases)).max() < EXACT


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_without_a_bias, "a layer is missing in {path}: expected conv1.bias, got ["),
        (
            _of_another_shape,
            "wrong shape of dense1.weight in {path}: expected (128, 128), got (128, 64)",
        ),
        (_not_finite, "conv2.weight has values that are not finite in {path}"),
        (_of_huge_biases, "weights of conv3 are too large to be added exactly in {path}"),
        (_too_large, "weights of dense0 are too large to be added exactly in {path}"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    damage: Callable[[Arrays], None], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.safetensors"
    arrays: Arrays = dict(load_file(WEIGHTS))
    damage(arrays)
    save_file(arrays, path)
    with pytest.raises(DataError) as caught:
        load_decoder(path)
    assert str(caught.value).startswith(message.format(path=path))


@pytest.mark.parametrize("data", [None, b"", b"garbage" * 40, "cut"])
def test_a_missing_or_damaged_file_is_named(data: bytes | str | None, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    if isinstance(data, bytes):
        path.write_bytes(data)
    elif data == "cut":
        path.write_bytes(WEIGHTS.read_bytes()[:-5_000])
    with pytest.raises(DataError) as caught:
        load_decoder(path)
    assert str(caught.value).startswith(f"the weights cannot be read in {path}: got ")
