"""Tests of training from scratch."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from classifier_samples import ARCHITECTURE, stripes
from structlog.testing import capture_logs

from consumer.classifier.checkpoint import Checkpoint
from consumer.classifier.inference import configure_threads
from consumer.classifier.training.kept import Keeper
from consumer.classifier.training.recipe import Changes, Judging, Recipe
from consumer.classifier.training.train import Session, train
from shared.errors import DataError, SettingsError
from shared.intake.imageset import ImageSet

RECIPE = Recipe(architecture=ARCHITECTURE, epochs=2, batch=16)
GRAY = np.zeros((8, 12, 12), np.uint8)
LABELS = np.zeros(8, np.int64)


SESSION = Session(validation_images=10, precision="fp32")


def _trained(seed: int = 0, recipe: Recipe = RECIPE) -> Checkpoint:
    return train(stripes(60), recipe, replace(SESSION, seed=seed))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(threads: int) -> None:
    before = torch.get_num_threads()
    configure_threads(threads)
    try:
        _check_seeds()
    finally:
        configure_threads(before)


def _check_seeds() -> None:
    first, again, other = (_trained(seed).model.state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


def test_separable_classes_are_learned() -> None:
    trained = train(
        stripes(128),
        replace(RECIPE, epochs=6),
        Session(validation_images=64, name="striped", precision="fp32"),
    )
    assert trained.card.name == "striped"
    assert trained.card.validation_accuracy > 0.9
    assert trained.card.validation_accuracy_flip > 0.9


def test_the_card_says_what_was_done() -> None:
    card = _trained(3).card
    assert (card.classes, card.input_size) == (("across", "down"), (12, 12))
    assert (card.training.images, card.validation_images) == (50, 10)
    assert (card.training.seed, card.training.recipe) == (3, RECIPE)
    assert card.training.data_digest == stripes(60).digest()
    assert card.mean == pytest.approx(stripes(60).stack[:50].mean() / 255)


def test_each_epoch_is_one_log_line_and_random_numbers_elsewhere_go_on_undisturbed() -> None:
    torch.manual_seed(9)
    expected = torch.rand(2)
    torch.manual_seed(9)
    with capture_logs() as logs:
        _trained()
    assert [(line["event"], line["epoch"]) for line in logs] == [
        ("epoch-trained", 1),
        ("epoch-trained", 2),
    ]
    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (ImageSet(GRAY, where="x.pickle"), "no labels to train on in x.pickle"),
        (
            ImageSet(np.zeros((8, 12, 12, 3), np.uint8), LABELS, ("a",)),
            "expected one channel, sides of at least 4 pixels, got 12 x 12 x 3",
        ),
        (ImageSet(GRAY[:, :3], LABELS, ("a",)), "got 3 x 12 x 1"),
        (ImageSet(GRAY[:6], LABELS[:6], ("a",)), "got 6 in all, 5 of them for validation"),
    ],
)
def test_data_that_cannot_be_trained_on_are_refused(data: ImageSet, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        train(data, RECIPE, Session(validation_images=5))


def test_validation_on_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="too few images to train on"):
        train(stripes(20), RECIPE, Session(validation_images=0))


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(SettingsError, match="expected auto, bf16 or fp32, got 'fp8'"):
        train(stripes(20), RECIPE, Session(validation_images=5, precision="fp8"))


def test_the_model_says_how_much_it_doubts() -> None:
    trained = train(
        stripes(300), replace(RECIPE, epochs=6), replace(SESSION, validation_images=100)
    )
    doubt = trained.card.doubt
    assert doubt is not None and doubt.novelty is not None and doubt.novelty.distance is not None
    assert (doubt.images, doubt.coverage) == (100, 0.99)
    assert trained.likeness is not None
    assert trained.likeness.means.shape == (2, 16 + 32)


def test_its_weights_lose_nothing_with_half_the_bits() -> None:
    weights = _trained().model.state_dict()
    assert all(torch.equal(value.half().to(value.dtype), value) for value in weights.values())


class _Interrupt(Exception):
    """What a test is ended by."""


def _interrupted(folder: Path, recipe: Recipe, *, after: int) -> Checkpoint:
    """A training that is interrupted after so many epochs, and done again."""
    seen: list[dict[str, Any]] = []

    def told(line: dict[str, Any]) -> None:
        seen.append(line)
        if len(seen) == after:
            raise _Interrupt

    session = replace(SESSION, keeper=Keeper(folder), told=told)
    with pytest.raises(_Interrupt):
        train(stripes(60), recipe, session)
    seen.clear()
    lines: list[dict[str, Any]] = []
    with capture_logs() as logs:
        checkpoint = train(stripes(60), recipe, replace(session, told=lines.append))
    assert "training-goes-on" in [line["event"] for line in logs]
    # All epochs are told, those of the first try too.
    assert len(lines) == recipe.epochs + recipe.judging.folds * recipe.judging.epochs
    return checkpoint


@pytest.mark.parametrize(("folds", "after"), [(0, 1), (2, 2), (2, 4)])
def test_an_interrupted_training_ends_with_the_same_weights(
    tmp_path: Path, folds: int, after: int
) -> None:
    recipe = replace(
        RECIPE,
        changes=Changes(corruption=0.3),
        judging=Judging(folds=folds, epochs=2),
    )
    expected = _trained(recipe=recipe).model.state_dict()
    found = _interrupted(tmp_path, recipe, after=after).model.state_dict()
    assert all(torch.equal(value, found[key]) for key, value in expected.items())


def test_judges_that_were_trained_already_serve_a_longer_training(tmp_path: Path) -> None:
    recipe = replace(RECIPE, judging=Judging(folds=2, epochs=1))
    session = replace(SESSION, keeper=Keeper(tmp_path))
    train(stripes(60), recipe, session)
    with capture_logs() as logs:
        train(stripes(60), replace(recipe, epochs=3), session)
    trained = [line["run"] for line in logs if line["event"] == "epoch-trained"]
    assert trained == ["final"] * 3


def test_a_measured_precision_is_kept_for_the_next_time(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    keeper.chosen("precision", ("bf16",), lambda: "bf16")
    session = replace(SESSION, keeper=keeper, precision="auto")
    assert train(stripes(60), RECIPE, session).card.training.precision == "bf16"


def test_networks_that_have_not_seen_an_image_judge_its_label() -> None:
    plain, judged = (
        _trained(recipe=replace(RECIPE, judging=Judging(folds=folds, epochs=2))).model
        for folds in (0, 3)
    )
    assert not torch.equal(plain.head.weight, judged.head.weight)


def test_a_wrong_label_is_learned_less_where_others_judge_it() -> None:
    data = stripes(150, noise=120)
    assert data.labels is not None
    wrong = data.labels.copy()
    wrong[:20] = 1 - wrong[:20]
    noisy = ImageSet(data.images, wrong, data.classes)
    judging = Judging(folds=2, epochs=8, trust=1.0)
    recipe = replace(RECIPE, epochs=30, judging=judging, smoothing=0.0)
    session = Session(validation_images=30, precision="fp32")
    sure = []
    for one in (recipe, replace(recipe, judging=Judging())):
        checkpoint = train(noisy, one, session)
        card = checkpoint.card
        images = torch.from_numpy(data.stack[:20, None]).float()
        with torch.inference_mode():
            logits = checkpoint.model((images / 255 - card.mean) / card.deviation)
        probabilities = logits.softmax(1).numpy()
        sure.append(probabilities[np.arange(20), data.labels[:20]].mean())
    assert sure[0] > sure[1] + 0.2


def test_folds_of_too_few_images_are_refused() -> None:
    few = stripes(4)
    recipe = replace(RECIPE, judging=Judging(folds=2))
    with pytest.raises(DataError, match="too few images to train on in 2 folds"):
        train(few, recipe, Session(validation_images=2, precision="fp32"))
