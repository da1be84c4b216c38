"""Scores how well a classifier tells images of its own kind from others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from consumer.classifier.answering import batches
from consumer.classifier.calibration import auroc
from consumer.classifier.inference import Classifier
from shared.doubt import NOVEL
from shared.errors import SettingsError
from shared.intake.imageset import ImageSet
from shared.reports import Count, Report, Share

SEED = 0

_LEVELS = 256
_WHITE = 255

Images = NDArray[np.uint8]
Novelties = NDArray[np.float32]


class Unlike(Report):
    """Images that are not of the data set's kind, and how they were told from it.

    ``auroc`` is the probability that one of them has a higher novelty than one of the data set,
    0.5 where nothing tells them apart; ``novel`` is the share of them that was found novel.
    """

    name: str
    images: Count
    auroc: Share
    novel: Share


class NoveltyScore(Report):
    """How well novelty tells the data set from other images.

    ``novel`` is the share of the data set itself that was found novel, wrongly where the model
    knows its kind. ``against`` are the data set's images "inverted", as many of "noise", "blank"
    ones, of each gray level one, and the sets that were given.
    """

    novel: Share
    against: tuple[Unlike, ...]


def measure_novelty(
    classifier: Classifier,
    data: ImageSet,
    usual: Novelties | None,
    others: Mapping[str, ImageSet],
) -> NoveltyScore | None:
    """Compare the novelty of a data set with that of images unlike it.

    Args:
        classifier: what is scored.
        data: the images.
        usual: float32 (n,), their novelty as the classifier told it; None where it tells none.
        others: further sets that are unlike the data set, by name.

    Returns:
        None where the classifier tells no novelty.

    Raises:
        SettingsError: there are ``others`` and the classifier tells no novelty.
    """
    if usual is None:
        if others:
            raise SettingsError(
                "a model that tells no novelty",
                where="option --novel",
                got=classifier.card.name,
                hint="consumer calibrate measures its doubt",
            )
        return None
    given = ((name, batches(classifier, other, "comparing")) for name, other in others.items())
    return NoveltyScore(
        novel=_share(usual),
        against=tuple(
            _unlike(name, usual, _novelty(classifier, images))
            for name, images in (*_made(classifier, data), *given)
        ),
    )


def _made(classifier: Classifier, data: ImageSet) -> Iterator[tuple[str, Iterator[Images]]]:
    random = np.random.default_rng(SEED)
    yield "inverted", (_WHITE - images for images in batches(classifier, data, "inverting"))
    like = batches(classifier, data, "making noise")
    yield "noise", (random.integers(0, _LEVELS, images.shape, np.uint8) for images in like)
    # One pixel is enough: it is enlarged to the model's size.
    levels = np.arange(_LEVELS, dtype=np.uint8).reshape(-1, 1, 1)
    yield "blank", batches(classifier, ImageSet(levels), "comparing")


def _novelty(classifier: Classifier, stream: Iterator[Images]) -> Novelties:
    answers = (classifier.classify(images) for images in stream)
    return np.concatenate([found.novelty for found in answers if found.novelty is not None])


def _unlike(name: str, usual: Novelties, novelty: Novelties) -> Unlike:
    return Unlike(
        name=name, images=len(novelty), auroc=auroc(usual, novelty), novel=_share(novelty)
    )


def _share(novelty: Novelties) -> float:
    return float(np.count_nonzero(novelty >= NOVEL) / len(novelty))
