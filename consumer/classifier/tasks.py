"""What the commands do: files in, model or evaluation out."""

from __future__ import annotations

from pathlib import Path

import structlog

from consumer.classifier.card import ModelCard, Recipe
from consumer.classifier.checkpoint import check_destination, save_checkpoint
from consumer.classifier.evaluation import Evaluation, evaluate, part
from consumer.classifier.inference import Classifier, configure_threads
from consumer.classifier.training import VALIDATION_IMAGES, train
from shared.errors import DataError
from shared.intake.catalog import named_dataset
from shared.intake.idx import imageset_from_idx
from shared.intake.imageset import ImageSet
from shared.intake.pickles import load_pickle

__all__ = ["Recipe", "configure_threads", "evaluate_pickle", "train_on_idx"]

log = structlog.get_logger()


def train_on_idx(
    data_dir: Path,
    output: Path,
    *,
    dataset: str,
    recipe: Recipe,
    seed: int = 0,
    validation_images: int = VALIDATION_IMAGES,
    precision: str = "auto",
) -> ModelCard:
    """Train on the train split of a named data set and write the checkpoint to ``output``.

    Args:
        data_dir: where the IDX files lie, under their published names, with ``.gz`` or without.
        output: the ``.safetensors`` file; checked before the training starts.
        dataset: a name of the catalog.
        recipe: the hyperparameters.
        seed: of everything random.
        validation_images: how many images at the end are kept for validation.
        precision: "auto", "bf16" or "fp32".

    Raises:
        DataError: unknown data set, or files that are missing, damaged or too few images.
        ModelError: ``output`` cannot be written.
        SettingsError: an unknown precision.
    """
    check_destination(output)
    trained = train(
        _train_split(data_dir, dataset),
        recipe,
        seed=seed,
        validation_images=validation_images,
        name=output.stem,
        precision=precision,
    )
    save_checkpoint(trained.model, trained.card, output)
    log.info(
        "model-written",
        file=str(output),
        validation_accuracy=trained.card.validation_accuracy,
        validation_accuracy_flip=trained.card.validation_accuracy_flip,
        validation_images=trained.card.validation_images,
    )
    return trained.card


def evaluate_pickle(
    dataset: Path, model: Path | None = None, *, first: int | None = None, last: int | None = None
) -> Evaluation:
    """Score a checkpoint on a pickled data set, or on its ``first`` or ``last`` images.

    Args:
        dataset: the pickle.
        model: the ``.safetensors`` file; None takes the one of the package.
        first: only so many images at the start.
        last: only so many images at the end.

    Raises:
        DataError: a file that cannot be used, or has no labels or other classes than the model.
        ModelError: a checkpoint that cannot be used.
        SettingsError: ``first`` and ``last`` are both given, or out of range.
    """
    classifier = Classifier.load(model)
    try:
        with dataset.open("rb") as stream:
            data = load_pickle(stream, where=str(dataset))
    except OSError as error:
        raise _unreadable(dataset, error) from error
    return evaluate(classifier, part(data, first=first, last=last))


def _train_split(data_dir: Path, dataset: str) -> ImageSet:
    named = named_dataset(dataset)
    split = named.split("train")
    images, labels = (_read_idx(data_dir / name) for name in (split.images, split.labels))
    return imageset_from_idx(images, labels, classes=named.classes, where=f"{dataset} train")


def _read_idx(path: Path) -> bytes:
    raw = path.with_suffix("")
    try:
        return (raw if raw.is_file() and not path.is_file() else path).read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError("cannot read the data", at=path, expected="a file", got=error.strerror)
