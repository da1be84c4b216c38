"""What the commands do: files in, model or evaluation out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import structlog

from consumer.classifier.card import TrainedCard
from consumer.classifier.checkpoint import check_destination, save_checkpoint
from consumer.classifier.compiled import has_compiler
from consumer.classifier.evaluation import Evaluation, HardImage, evaluate, part
from consumer.classifier.inference import Classifier, configure_threads
from consumer.classifier.paths.names import AUTO
from consumer.classifier.pickles import read_pickle
from consumer.classifier.sheet import write_sheet
from consumer.classifier.training.changing import changed
from consumer.classifier.training.kept import Keeper
from consumer.classifier.training.recipe import RECIPES, Recipe
from consumer.classifier.training.train import Session, train
from shared.errors import DataError, SettingsError, StoreError
from shared.intake.catalog import named_dataset
from shared.intake.idx import imageset_from_idx
from shared.intake.imageset import ImageSet

__all__ = [
    "RECIPES",
    "Recipe",
    "Session",
    "changed",
    "configure_threads",
    "evaluate_pickle",
    "train_on_idx",
]

LOG_SUFFIX = ".log.jsonl"

log = structlog.get_logger()


def train_on_idx(
    data_dir: Path, output: Path, *, dataset: str, recipe: Recipe, session: Session = Session()
) -> TrainedCard:
    """Train on the train split of a named data set and write the checkpoint to ``output``.

    What is done of it is kept in a folder beside ``output`` until the checkpoint is written: the
    same call goes on where an earlier one was interrupted. Each epoch's figures are a line of JSON
    in a file beside it, ``NAME.log.jsonl``.

    Args:
        data_dir: where the IDX files lie, under their published names, with ``.gz`` or without.
        output: the ``.safetensors`` file; checked before the training starts.
        dataset: a name of the catalog.
        recipe: the hyperparameters.
        session: how it is done; its name, keeper and listener are chosen here.

    Raises:
        DataError: unknown data set, or files that are missing, damaged or too few images.
        ModelError: ``output`` cannot be written.
        SettingsError: an unknown precision.
        StoreError: the state cannot be kept.
    """
    check_destination(output)
    data = _train_split(data_dir, dataset)
    keeper = Keeper.beside(output)
    if session.compiled and not has_compiler():
        raise SettingsError(
            "cannot compile", where="option --compile", expected="a C++ compiler", got="none"
        )
    with _opened(output.with_suffix(LOG_SUFFIX)) as lines:

        def told(line: Mapping[str, object]) -> None:
            lines.write(json.dumps(line) + "\n")
            lines.flush()

        how = replace(session, name=output.stem, keeper=keeper, told=told)
        trained = train(data, recipe, how)
    save_checkpoint(trained, output)
    keeper.clear()
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
    model: str | Path | None = None,
    *,
    first: int | None = None,
    last: int | None = None,
    layout: str | None = None,
    path: str = AUTO,
    novel: Sequence[Path] = (),
    robustness: bool = False,
    sheet: Path | None = None,
) -> Evaluation:
    """Score a model on a pickled data set, or on its ``first`` or ``last`` images.

    Pickles are read in this process, by the closed machine and under the budgets that it always
    has.

    Args:
        dataset: the pickle.
        model: as ``Classifier.load`` takes it; None for the one of the package.
        first: only so many images at the start.
        last: only so many images at the end.
        layout: what the user says where the pickle can be seen in two ways.
        path: how the model is run, as ``Classifier.load`` takes it.
        novel: pickles of images that are not of the data set's kind; labels are not needed.
        robustness: whether corrupted images are scored, too.
        sheet: where a picture of the hardest images goes, as a PNG.

    Raises:
        DataError: a file that is no pickle or cannot be used, or has no labels or other classes
            than the model.
        ModelError: a model that cannot be used.
        SettingsError: ``first`` and ``last`` are both given or out of range, ``layout`` has none of
            the known forms, ``path`` cannot be used, or a model without novelty and ``novel``.
        StoreError: the picture cannot be written.
    """
    classifier = Classifier.load(model, path=path)
    whole = read_pickle(dataset, layout)
    data = part(whole, first=first, last=last)
    others = {str(file): read_pickle(file, layout) for file in novel}
    before = 0 if last is None else len(whole) - last
    found = evaluate(classifier, data, novel=others, robustness=robustness, first_index=before)
    if sheet is not None:
        _draw(found.hardest, whole, sheet)
    return found


def _draw(hardest: Sequence[HardImage], data: ImageSet, sheet: Path) -> None:
    captions = (
        f"{each.index}: {each.answer}\n{each.confidence:.0%}, not {each.label}" for each in hardest
    )
    write_sheet([data.image(each.index) for each in hardest], list(captions), sheet)


def _opened(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise StoreError("cannot write the log", at=path, got=error.strerror) from error


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
