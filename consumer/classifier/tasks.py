"""What the commands do: files in, model or evaluation out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from consumer.classifier.card import ModelCard, Recipe
from consumer.classifier.checkpoint import check_destination, save_checkpoint
from consumer.classifier.evaluation import Evaluation, evaluate, part
from consumer.classifier.inference import Classifier, configure_threads
from consumer.classifier.training import VALIDATION_IMAGES, train
from shared.errors import DataError, PickleRefused
from shared.imaging.decode import decode_image
from shared.intake.catalog import named_dataset
from shared.intake.idx import imageset_from_idx
from shared.intake.imageset import ImageSet
from shared.intake.pickles import NO_PICKLE, load_pickle

__all__ = ["Recipe", "configure_threads", "evaluate_pickle", "train_on_idx"]

_CONVERT = "evaluate reads pickles; make one: producer dataset convert FILE --output FILE.pkl"

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
    dataset: Path,
    model: Path | None = None,
    *,
    first: int | None = None,
    last: int | None = None,
    layout: str | None = None,
) -> Evaluation:
    """Score a checkpoint on a pickled data set, or on its ``first`` or ``last`` images.

    It is read in this process, by the closed machine and under the budgets that it always has.

    Args:
        dataset: the pickle.
        model: the ``.safetensors`` file; None takes the one of the package.
        first: only so many images at the start.
        last: only so many images at the end.
        layout: what the user says where the pickle can be seen in two ways.

    Raises:
        DataError: a file that is no pickle or cannot be used, or has no labels or other classes
            than the model.
        ModelError: a checkpoint that cannot be used.
        SettingsError: ``first`` and ``last`` are both given or out of range, or ``layout`` has
            none of the known forms.
    """
    classifier = Classifier.load(model)
    data = _read_pickle(dataset, layout)
    return evaluate(classifier, part(data, first=first, last=last))


def _read_pickle(path: Path, layout: str | None) -> ImageSet:
    try:
        with path.open("rb") as stream:
            return load_pickle(stream, where=str(path), layout=layout, decode=_decode)
    except OSError as error:
        raise _unreadable(path, error) from error
    except PickleRefused as no:
        if no.what != NO_PICKLE:
            raise
        raise PickleRefused(
            no.what, where=no.where, offset=0, expected=no.expected, got=no.got, hint=_CONVERT
        ) from no


def _decode(data: bytes, where: str) -> NDArray[np.uint8]:
    return decode_image(bytes(data), where=where)


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
