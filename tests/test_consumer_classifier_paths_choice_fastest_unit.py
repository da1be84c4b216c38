"""Tests of choosing how the network is run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from classifier_samples import trained
from paths_samples import FakeRace, int8_network, ranged

from consumer.classifier.checkpoint import Checkpoint
from consumer.classifier.paths import choice
from consumer.classifier.paths.choice import BATCHES, RACED, candidates, fastest
from consumer.classifier.paths.kept import FILE, KeptChoices, choice_key
from shared.errors import SettingsError

FP32, BF16, INT8 = RACED


@pytest.fixture(name="all_three")
def fixture_all_three(monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """A model that this machine can run in all three ways, wherever it can in integers."""
    monkeypatch.setattr(choice, "faster_precision", lambda: "bf16")
    found = ranged()
    int8_network(found)
    return found


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({FP32: 3.0, BF16: 2.0, INT8: 1.0}, INT8),
        ({FP32: 3.0, BF16: 1.0, INT8: 2.0}, BF16),
        ({FP32: 1.0, BF16: 2.0, INT8: 3.0}, FP32),
        # By too little to be worth the accuracy.
        ({FP32: 1.0, BF16: 0.95, INT8: 0.9}, FP32),
    ],
)
def test_auto_takes_what_is_clearly_fastest(
    all_three: Checkpoint, tmp_path: Path, seconds: dict[str, float], expected: str
) -> None:
    racing = FakeRace(seconds)
    assert fastest(all_three, cache_dir=tmp_path, racing=racing).name == expected
    assert racing.raced == [(RACED, batch) for batch in BATCHES]


def test_the_outcome_is_kept(all_three: Checkpoint, tmp_path: Path) -> None:
    racing = FakeRace({FP32: 3.0, BF16: 2.0, INT8: 1.0})
    for _ in range(2):
        assert fastest(all_three, cache_dir=tmp_path, racing=racing).name == INT8
    assert len(racing.raced) == len(BATCHES)
    # With other threads it is another race.
    fastest(all_three, threads=77, cache_dir=tmp_path, racing=racing)
    assert len(racing.raced) == 2 * len(BATCHES)


@pytest.mark.parametrize("known", ["compiled-fp32", "nonsense"])
def test_what_was_kept_and_would_not_be_chosen_is_raced_anew(
    all_three: Checkpoint, tmp_path: Path, known: str
) -> None:
    KeptChoices(tmp_path).keep(choice_key(all_three, 1), known)
    racing = FakeRace({FP32: 3.0, BF16: 2.0, INT8: 1.0})
    assert fastest(all_three, threads=1, cache_dir=tmp_path, racing=racing).name == INT8


def test_what_was_kept_and_cannot_be_run_is_raced_anew(tmp_path: Path) -> None:
    found = trained()
    KeptChoices(tmp_path).keep(choice_key(found, 1), INT8)
    racing = FakeRace({FP32: 1.0, BF16: 1.0})
    assert fastest(found, threads=1, cache_dir=tmp_path, racing=racing).name == FP32


def test_a_single_candidate_need_not_race(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(choice, "faster_precision", lambda: "fp32")
    racing = FakeRace({})
    assert fastest(trained(), cache_dir=tmp_path, racing=racing).name == FP32
    assert not racing.raced
    assert list(json.loads((tmp_path / FILE).read_text())["choices"].values()) == [FP32]


def test_by_default_it_is_kept_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CATWALK_CACHE_DIR", str(tmp_path / "here"))
    assert fastest(trained()).name in RACED
    assert (tmp_path / "here" / FILE).is_file()


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert fastest(trained(), cache_dir=tmp_path / "file").name in RACED


@pytest.mark.parametrize("wanted", [FP32, BF16])
def test_what_is_wanted_by_name_is_taken_unmeasured(tmp_path: Path, wanted: str) -> None:
    network = fastest(trained(), wanted=wanted, cache_dir=tmp_path)
    assert network.name == wanted
    assert network.run(np.zeros((2, 12, 12), np.uint8)).logits.shape == (2, 2)
    assert not list(tmp_path.iterdir())


def test_an_unknown_path_is_refused() -> None:
    message = (
        "unknown value in path: "
        "expected auto, eager-fp32, eager-bf16, int8, compiled-fp32, got 'fp8'"
    )
    with pytest.raises(SettingsError, match=message):
        fastest(trained(), wanted="fp8")


def test_only_what_can_be_run_and_may_gain_is_a_candidate(
    monkeypatch: pytest.MonkeyPatch, all_three: Checkpoint
) -> None:
    assert [network.name for network in candidates(all_three)] == [FP32, BF16, INT8]
    monkeypatch.setattr(choice, "faster_precision", lambda: "fp32")
    assert [network.name for network in candidates(all_three)] == [FP32, INT8]
    assert [network.name for network in candidates(trained())] == [FP32]
