"""Train the network from scratch on a processor, with a seed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import structlog
import torch
from rich.console import Console
from rich.progress import Progress
from torch import Tensor

from consumer.classifier.calibration import fit_temperature
from consumer.classifier.card import TrainingRecord
from consumer.classifier.checkpoint import Checkpoint
from consumer.classifier.precision import (
    DTYPES,
    Precision,
    faster_precision,
    resolved_precision,
)
from consumer.classifier.training.examples import FEWEST, Examples, outputs, split, too_few
from consumer.classifier.training.finishing import About, finished
from consumer.classifier.training.kept import Keeper, Kept
from consumer.classifier.training.recipe import Recipe
from consumer.classifier.training.trainer import Trainer
from shared.intake.imageset import ImageSet

VALIDATION_IMAGES = 5_000
_FINAL = "final"
AUTO = "auto"

log = structlog.get_logger()

Line = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """How a training is done, beside the recipe.

    Args:
        seed: of initial weights, shuffling and augmentation.
        validation_images: how many images at the end of the data are kept for validation.
        name: what the card calls the model.
        precision: "auto", "bf16" or "fp32"; the same weights come out again only in the same
            arithmetic, which the card states.
        compiled: translate the network first, which needs a C++ compiler and saves a quarter of
            the time.
        keeper: keeps the state after each epoch; None keeps nothing.
        told: gets the line of each epoch.
    """

    seed: int = 0
    validation_images: int = VALIDATION_IMAGES
    name: str = "classifier"
    precision: str = "auto"
    compiled: bool = False
    keeper: Keeper | None = None
    told: Callable[[Line], object] = dict


def train(data: ImageSet, recipe: Recipe, session: Session = Session()) -> Checkpoint:
    """Train on all but the last images, validate on those; the same seed gives the same weights.

    Where the recipe has folds, as many networks first judge the training images, each those that
    it was not trained on. What they are not sure of weighs less in the training of the last one:
    labels of garments are wrong or a matter of taste more often than the network errs.

    Args:
        data: gray images of at least 4 x 4 pixels, with labels.
        recipe: the hyperparameters.
        session: how it is done.

    Raises:
        DataError: no labels, images not gray or too small, or too few of them.
        SettingsError: an unknown precision.
        StoreError: the state cannot be kept.
    """
    training, validation = split(data, session.validation_images)
    precision = _precision(session)
    record = TrainingRecord(
        recipe=recipe,
        seed=session.seed,
        precision=precision,
        threads=torch.get_num_threads(),
        images=len(training),
        data=data.where,
        data_digest=data.digest(),
    )
    plan = _Plan(record, session, precision, len(data.classes))
    if recipe.judging.folds:
        training = replace(training, judgements=_judged(training, plan))
    trainer = plan.trainer(training, recipe.epochs, session.seed)
    plan.run(_FINAL, trainer, validation, recipe)
    about = About(session.name, data.classes, record)
    return finished(trainer.average, trainer.normalisation, training, validation, about)


def _precision(session: Session) -> Precision:
    """That of the state that is kept, where it is measured: an hour later it may come out else."""
    wanted = session.precision
    if wanted == AUTO and session.keeper is not None:
        wanted = session.keeper.chosen("precision", tuple(DTYPES), faster_precision)
    return resolved_precision(wanted)


class _Plan:
    """What all runs of a training have in common."""

    def __init__(
        self, record: TrainingRecord, session: Session, precision: Precision, classes: int
    ) -> None:
        self.record = record
        self.session = session
        self._precision = precision
        self._classes = classes

    def trainer(self, examples: Examples, epochs: int, seed: int) -> Trainer:
        """A run that has not begun."""
        return Trainer(
            examples,
            self._classes,
            self.record.recipe,
            seed=seed,
            epochs=epochs,
            precision=self._precision,
            compiled=self.session.compiled,
        )

    def run(self, name: str, trainer: Trainer, validation: Examples, recipe: Recipe) -> None:
        """Do the epochs of a run that are not done yet.

        Args:
            name: of the run.
            trainer: of it, before its first epoch.
            validation: the examples that tell how good it is.
            recipe: as much of it as the run depends on: a run of another one is not gone on with.
        """
        keeper, fingerprint = self.session.keeper, self._fingerprint(recipe)
        kept = None if keeper is None else keeper.find(name, fingerprint)
        lines: list[Line] = []
        if kept is not None:
            trainer.restore(kept.state, kept.done)
            lines = list(kept.lines)
            log.info("training-goes-on", run=name, epoch=kept.done, epochs=trainer.epochs)
        for line in lines:
            self.session.told(line)
        for line in _epochs(name, trainer, validation):
            lines.append(line)
            if keeper is not None:
                keeper.keep(name, fingerprint, Kept(trainer.state(), trainer.done, lines))
            self.session.told(line)

    def _fingerprint(self, recipe: Recipe) -> str:
        record = self.record.model_copy(update={"recipe": recipe})
        about = json.dumps([record.model_dump(mode="json"), self.session.compiled], sort_keys=True)
        return hashlib.sha256(about.encode()).hexdigest()


def _epochs(name: str, trainer: Trainer, validation: Examples) -> Iterator[Line]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        steps = trainer.steps
        task = progress.add_task(name, total=trainer.epochs * steps, completed=trainer.done * steps)
        while trainer.done < trainer.epochs:
            start = time.monotonic()
            losses = []
            for loss in trainer.epoch():
                losses.append(loss)
                progress.advance(task)
            accuracies = trainer.validate(validation)
            line = {
                "run": name,
                "epoch": trainer.done,
                "epochs": trainer.epochs,
                "loss": round(float(np.mean(losses)), 4),
                "validation_accuracy": accuracies.plain,
                "validation_accuracy_flip": accuracies.flip,
                "seconds": round(time.monotonic() - start, 1),
            }
            log.info("epoch-trained", **line)
            yield line


def _judged(training: Examples, plan: _Plan) -> Tensor:
    """Probabilities (n, classes) of the training images, by networks that have not seen them."""
    judging, seed = plan.record.recipe.judging, plan.session.seed
    random = np.random.default_rng((seed, judging.folds))
    fold_of = random.integers(0, judging.folds, len(training))
    # What the last network is trained by, they do not depend on.
    common = replace(plan.record.recipe, epochs=1, judging=replace(judging, trust=0.0))
    logits: Tensor | None = None
    for fold in range(judging.folds):
        apart = torch.from_numpy(np.flatnonzero(fold_of == fold))
        rest = torch.from_numpy(np.flatnonzero(fold_of != fold))
        if min(len(apart), len(rest) - FEWEST + 1) < 1:
            continue
        # Another seed for each: their errors shall not be the same.
        trainer = plan.trainer(training.part(rest), judging.epochs, seed + fold + 1)
        plan.run(f"fold-{fold + 1}", trainer, training.part(apart), common)
        images = training.images[apart]
        plain, mirrored = (
            outputs(trainer.average, trainer.normalisation, each)[0]
            for each in (images, images.flip(3))
        )
        if logits is None:
            logits = torch.zeros(len(training), plain.shape[1])
        logits[apart] = (plain + mirrored) / 2
    if logits is None:
        raise too_few(len(training), 0, f"{judging.folds} folds")
    return (logits / fit_temperature(logits.numpy(), training.labels.numpy())).softmax(1)
