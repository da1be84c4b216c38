"""Keeper: what was done of a training is found again, and nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from structlog.testing import capture_logs

from consumer.classifier.training.kept import Keeper, Kept
from shared.errors import StoreError

STATE = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(7)}


def _kept(keeper: Keeper, *, done: int = 3) -> None:
    keeper.keep("final", "f", Kept(STATE, done, [{"epoch": done}]))


def test_what_was_kept_last_is_found(tmp_path: Path) -> None:
    keeper = Keeper.beside(tmp_path / "m.safetensors")
    _kept(keeper, done=2)
    _kept(keeper)
    found = keeper.find("final", "f")
    assert found is not None
    assert (found.done, found.lines) == (3, [{"epoch": 3}])
    assert all(torch.equal(found.state[key], value) for key, value in STATE.items())
    assert [path.name for path in (tmp_path / "m.training").iterdir()] == ["final-f.safetensors"]


def test_nothing_is_found_where_nothing_was_kept(tmp_path: Path) -> None:
    assert Keeper(tmp_path / "none").find("final", "f") is None


def test_another_training_is_neither_taken_nor_lost(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    _kept(keeper)
    assert keeper.find("final", "g") is None
    keeper.keep("final", "g", Kept(STATE, 9, []))
    found = keeper.find("final", "f")
    assert found is not None and found.done == 3


def test_a_choice_is_that_of_the_first_time(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "m.training")
    assert keeper.chosen("precision", ("bf16", "fp32"), lambda: "bf16") == "bf16"
    assert keeper.chosen("precision", ("bf16", "fp32"), lambda: "fp32") == "bf16"
    # What is no choice, by hand or by damage, is chosen anew.
    assert keeper.chosen("precision", ("fp32",), lambda: "fp32") == "fp32"
    (tmp_path / "m.training" / "precision.txt").write_bytes(b"\xff")
    assert keeper.chosen("precision", ("bf16", "fp32"), lambda: "bf16") == "bf16"


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _without_metadata(path: Path) -> None:
    path.write_bytes(b"\x02\0\0\0\0\0\0\0{}")


@pytest.mark.parametrize("damage", [_cut, _without_metadata, lambda path: path.write_bytes(b"")])
def test_a_damaged_file_is_as_good_as_none_and_said(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    keeper = Keeper(tmp_path)
    _kept(keeper)
    damage(tmp_path / "final-f.safetensors")
    with capture_logs() as logs:
        assert keeper.find("final", "f") is None
    assert [line["event"] for line in logs] == ["kept-training-damaged"]


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "m.training").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot keep the training at .*m.training/final"):
        _kept(Keeper.beside(tmp_path / "m.safetensors"))


def test_all_is_gone_in_the_end(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "m.training")
    keeper.clear()
    _kept(keeper)
    keeper.clear()
    assert not list(tmp_path.iterdir())
