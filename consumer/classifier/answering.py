"""Takes an image set to a classifier, batch after batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from consumer.classifier.answers import Answers
from consumer.classifier.inference import Classifier
from consumer.pipeline.preprocess import preprocess
from shared.intake.imageset import ImageSet

BATCH = 64


def batches(classifier: Classifier, data: ImageSet, doing: str) -> Iterator[NDArray[np.uint8]]:
    """The images in order, converted to the model's size where they differ, at most 64 at once.

    A terminal shows how far they are.

    Args:
        classifier: what they are for.
        data: the images.
        doing: what is done with them, in a word or two.
    """
    card, console = classifier.card, Console(stderr=True)
    starts = track(
        range(0, len(data), BATCH),
        description=doing,
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    for first in starts:
        images = (data.image(number) for number in range(first, min(first + BATCH, len(data))))
        yield np.stack([preprocess(image, card.input_size, card.channels) for image in images])


def joined(answers: Sequence[Answers]) -> Answers:
    """The answers to one batch after the other, at least one, as those to a single batch."""
    sets = [answer.sets for answer in answers if answer.sets is not None]
    novelty = [answer.novelty for answer in answers if answer.novelty is not None]
    return Answers(
        np.concatenate([answer.labels for answer in answers]),
        np.concatenate([answer.confidences for answer in answers]),
        np.concatenate(sets) if sets else None,
        np.concatenate(novelty) if novelty else None,
    )
