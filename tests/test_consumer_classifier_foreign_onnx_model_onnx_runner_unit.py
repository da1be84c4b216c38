"""OnnxRunner: ONNX files give their logits, or say what is wrong with them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from foreign_samples import model_card, noise, normalised, onnx_file
from onnx import TensorProto

from consumer.classifier.foreign.onnx_model import OnnxRunner
from shared.errors import ModelError


def _runner(folder: Path, data: bytes, **changes: Any) -> OnnxRunner:
    path = folder / "m.onnx"
    path.write_bytes(data)
    return OnnxRunner(path, model_card(**changes))


def _expected(count: int) -> np.ndarray[Any, Any]:
    weights = np.random.default_rng(0).normal(size=(144, 2))
    expected: np.ndarray[Any, Any] = normalised(noise(count)).numpy().reshape(count, -1) @ weights
    return expected


@pytest.mark.parametrize(
    ("kind", "tolerance"),
    [(TensorProto.FLOAT, 1e-4), (TensorProto.DOUBLE, 1e-4), (TensorProto.FLOAT16, 0.2)],
)
def test_it_answers_in_the_types_that_models_have(
    tmp_path: Path, kind: int, tolerance: float
) -> None:
    runner = _runner(tmp_path, onnx_file(kind=kind))
    assert (runner.name, runner.batch) == ("onnx", None)
    found = runner(normalised(noise(5)).numpy())
    np.testing.assert_allclose(np.asarray(found), _expected(5), atol=tolerance)


def test_a_fixed_number_of_images_is_known(tmp_path: Path) -> None:
    assert _runner(tmp_path, onnx_file(shape=(3, 1, 12, 12))).batch == 3


@pytest.mark.parametrize(
    ("options", "changes", "message"),
    [
        (
            {"outputs": 2},
            {},
            "wrong outputs of the model in .*: expected one, the logits, got 2: lo",
        ),
        ({"shape": ("n", 144)}, {}, r"expected \(n, 1, 12, 12\), got \(n, 144\)"),
        ({}, {"channels": 3}, r"expected \(n, 3, 12, 12\), got \(n, 1, 12, 12\)"),
        ({"shape": ("n", 1, 28, 28)}, {}, r"expected \(n, 1, 12, 12\), got \(n, 1, 28, 28\)"),
        (
            {"kind": TensorProto.INT32},
            {},
            r"wrong type of the model's input in .*: expected tensor\(float\), got tensor\(int32\)",
        ),
    ],
)
def test_a_model_that_does_not_fit_is_refused(
    tmp_path: Path, options: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        _runner(tmp_path, onnx_file(**options), **changes)


@pytest.mark.parametrize("data", [b"", b"x" * 100, onnx_file()[:-50]])
def test_a_damaged_file_is_one_line_and_nothing_is_printed(
    tmp_path: Path, data: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ModelError, match="damaged or unknown ONNX model in .*: got ") as caught:
        _runner(tmp_path, data)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def _outside(folder: Path, name: str) -> Path:
    """A model whose weights lie in a file that it names so, and a secret beside its folder."""
    model = onnx.load_from_string(onnx_file())
    weights = model.graph.initializer[0]
    (folder / "secret").write_bytes(weights.raw_data)
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value=name)
    path = folder / "models" / "m.onnx"
    path.parent.mkdir()
    path.write_bytes(model.SerializeToString())
    return path


def test_weights_in_a_file_beside_the_model_are_read(tmp_path: Path) -> None:
    path = _outside(tmp_path, "weights")
    (tmp_path / "secret").rename(path.parent / "weights")
    found = OnnxRunner(path, model_card())(normalised(noise(5)).numpy())
    np.testing.assert_allclose(np.asarray(found), _expected(5), atol=0.1)


@pytest.mark.parametrize("name", ["../secret", "{folder}/secret", "link", "folder/secret"])
def test_weights_outside_of_the_models_folder_are_not_read(tmp_path: Path, name: str) -> None:
    path = _outside(tmp_path, name.format(folder=tmp_path))
    (path.parent / "link").symlink_to(tmp_path / "secret")
    (path.parent / "folder").symlink_to(tmp_path)
    with pytest.raises(ModelError, match="damaged or unknown ONNX model"):
        OnnxRunner(path, model_card())


@pytest.mark.parametrize("version", ["1.20.0", "1.24.0", "0.99.9", "1.24", "unknown"])
def test_an_onnxruntime_that_would_read_them_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", SimpleNamespace(__version__=version))
    message = rf"too old: .* in .*expected onnxruntime 1.24.1 or newer, got {version}; pip install"
    with pytest.raises(ModelError, match=message):
        _runner(tmp_path, onnx_file())


def test_without_onnxruntime_it_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(
        ModelError, match=r"onnxruntime is missing.*; pip install 'catwalk\[onnx\]'"
    ):
        _runner(tmp_path, onnx_file())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the model at .*none.onnx: expected a file"):
        OnnxRunner(tmp_path / "none.onnx", model_card())
