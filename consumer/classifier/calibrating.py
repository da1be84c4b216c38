"""Measures a model's doubt on a labelled pickle and writes it into the model's card."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import structlog

from consumer.classifier.answering import batches
from consumer.classifier.calibration import COVERAGE, fit_doubt
from consumer.classifier.card import DoubtCard
from consumer.classifier.checkpoint import SHIPPED, card_path
from consumer.classifier.doubt import Floats
from consumer.classifier.evaluation import part
from consumer.classifier.files import MAX_CARD_BYTES, read_file, write_file
from consumer.classifier.foreign.factory import made_by
from consumer.classifier.foreign.loading import card_file, kind_of
from consumer.classifier.inference import Classifier
from consumer.classifier.matching import true_classes
from consumer.classifier.paths.names import AUTO, FALLBACK
from consumer.classifier.pickles import read_pickle
from shared.errors import DataError, ModelError, SettingsError
from shared.intake.imageset import ImageSet

LEAST_IMAGES = 100
"""Fewer tell nothing of the one image in a hundred that the sets may miss."""

log = structlog.get_logger()


def calibrate_on_pickle(
    model: str,
    dataset: Path,
    *,
    last: int | None = None,
    layout: str | None = None,
    coverage: float = COVERAGE,
) -> DoubtCard:
    """Fit the doubt of a model and write it into its card, which else stays as it is.

    Args:
        model: a model's file, or ``package.module:factory`` with a card beside its Python file.
        dataset: a pickle of images with labels that the model was not trained on.
        last: only so many images at the end.
        layout: what the user says where the pickle can be seen in two ways.
        coverage: how many of the prediction sets shall hold the true class, between 0 and 1.

    Raises:
        DataError: a pickle that cannot be used, has no labels, too few images, or classes that the
            model lacks.
        ModelError: the model cannot be used, or has no card that can be written.
        SettingsError: ``last``, ``layout`` or ``coverage`` cannot be used.
        StoreError: the card cannot be written.
    """
    if not 0.0 < coverage < 1.0:
        raise SettingsError(
            "value out of range", where="coverage", expected="between 0 and 1", got=coverage
        )
    where = _card_to_write(model)
    if where.resolve() in (card_path(path).resolve() for path in SHIPPED.values()):
        raise ModelError("the model of the package is calibrated", where=where, hint="copy it")
    # A checkpoint's doubt is that of its reference, which its other paths agree with.
    path = FALLBACK if kind_of(model) == "checkpoint" else AUTO
    classifier = Classifier.load(model, path=path)
    fields = _fields(where)
    data = part(read_pickle(dataset, layout), last=last)
    if len(data) < LEAST_IMAGES:
        raise DataError(
            "too few images", where=data.where, expected=f"at least {LEAST_IMAGES}", got=len(data)
        )
    labels = true_classes(classifier.card.classes, data)
    logits, distances = _scores(classifier, data)
    if (len(labels) + 1) * (1.0 - coverage) < 1.0:
        raise SettingsError(
            "too few images for such a coverage",
            where="coverage",
            expected=f"at most {1 - 1 / (len(labels) + 1):.4g} with {len(labels)} images",
            got=coverage,
        )
    doubt = fit_doubt(logits, labels, distances=distances, coverage=coverage)
    fields["doubt"] = doubt.model_dump(mode="json")
    write_file(where, (json.dumps(fields, indent=2) + "\n").encode())
    log.info("model-calibrated", card=str(where), **doubt.model_dump(exclude={"novelty"}))
    return doubt


def _card_to_write(model: str) -> Path:
    where = card_file(model)
    if kind_of(model) == "factory" and made_by(model)[1] is not None:
        raise ModelError(
            "no place for a card",
            where=model,
            got="a factory that returns its card",
            hint="return the module alone, with a card beside its file, or add doubt to the card",
        )
    return where


def _fields(where: Path) -> dict[str, object]:
    fields: dict[str, object] = json.loads(read_file(where, MAX_CARD_BYTES, what="card"))
    return fields


def _scores(classifier: Classifier, data: ImageSet) -> tuple[Floats, Floats | None]:
    found = [classifier.scores(batch) for batch in batches(classifier, data, "calibrating")]
    logits = np.concatenate([logits for logits, _ in found])
    distances = [distances for _, distances in found if distances is not None]
    return logits, np.concatenate(distances) if distances else None
