"""Tests of changing settings of a recipe by their names."""

from __future__ import annotations

import pytest

from consumer.classifier.training.changing import changed
from consumer.classifier.training.recipe import Recipe
from shared.errors import SettingsError


def test_settings_of_all_kinds_are_changed_and_the_others_stay() -> None:
    assignments = [
        "architecture=chain-mini",
        "epochs=3",
        "smoothing=0.2",
        "changes.flip=false",
        "judging.folds=2",
        "muon.rate=0.01",
        "epochs=4",
    ]
    found = changed(Recipe(), assignments)
    assert (found.architecture, found.epochs, found.smoothing) == ("chain-mini", 4, 0.2)
    assert (found.changes.flip, found.judging.folds, found.muon.rate) == (False, 2, 0.01)
    assert (found.sgd, found.batch, found.judging.epochs) == (Recipe().sgd, 128, 12)


def test_no_assignment_changes_nothing() -> None:
    assert changed(Recipe(), ()) == Recipe()


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("epochs", "no assignment in training recipe: expected NAME=VALUE, got 'epochs'"),
        ("speed=3", "unknown setting in training recipe: expected architecture, .*, got 'speed'"),
        ("judging=3", r"unknown setting .*judging\.…, got 'judging'"),
        ("judging.x=3", "unknown setting .*: expected folds, epochs, trust, got 'judging.x'"),
        ("judges.x=3", "expected muon, sgd, changes, judging, got 'judges.x'"),
        ("epochs.x=3", "expected muon, sgd, changes, judging, got 'epochs.x'"),
        ("judging.folds.x=3", "expected no further name, got 'judging.folds.x'"),
        ("epochs=some", "wrong value in epochs of the training recipe: .* got 'some'"),
        ("changes.flip=2", "wrong value in changes.flip of the training recipe: .* got '2'"),
        ("judging.trust=1.5", "value out of range in trust of the training recipe"),
        ("architecture=resnet", "unknown architecture .*: expected .*chain-mini.*, got 'resnet'"),
    ],
)
def test_what_cannot_be_is_one_clear_line(assignment: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        changed(Recipe(), [assignment])
