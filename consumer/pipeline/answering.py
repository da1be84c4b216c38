"""Answers of portions as those of a batch, in which some frames have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from consumer.classifier.answers import Answers
from consumer.pipeline.records import DECIMALS, UNCLASSIFIED


def unanswered(count: int) -> Answers:
    """The answers to ``count`` frames that no engine has seen."""
    return Answers(np.full(count, UNCLASSIFIED, np.int16), np.zeros(count, np.float32))


def joined(portions: Sequence[Answers], sizes: Sequence[int]) -> Answers:
    """The answers to all portions of a batch, in order.

    Args:
        portions: what an engine answered to each, at least one.
        sizes: how many images each had.

    Raises:
        ValueError: an engine answered for fewer or more, or told its doubt of some alone.
    """
    for found, size in zip(portions, sizes, strict=True):
        parts = (found.labels, found.confidences, found.sets, found.novelty)
        lengths = {len(part) for part in parts if part is not None}
        if lengths != {size}:
            raise ValueError(f"expected answers to {size} images, got {sorted(lengths)}")
    if len(portions) == 1:
        return portions[0]
    return Answers(
        np.concatenate([found.labels for found in portions]),
        np.concatenate([found.confidences for found in portions]),
        _joined([found.sets for found in portions], "prediction sets"),
        _joined([found.novelty for found in portions], "novelties"),
    )


def spread(found: Answers, places: Sequence[int], count: int) -> Answers:
    """Answers to some frames of a batch as those of all its ``count`` frames.

    Confidences and novelties are rounded to as many decimals as they travel with, so that every
    figure is of the same numbers at both ends.

    Args:
        found: the answers.
        places: of their frames in the batch. The others have no label, an empty set and novelty 0.
        count: frames of the batch.
    """
    answers = unanswered(count)
    where = np.array(places, np.intp)
    answers.labels[where] = found.labels
    answers.confidences[where] = np.round(found.confidences, DECIMALS)
    sets = novelty = None
    if found.sets is not None:
        sets = np.zeros((count, found.sets.shape[1]), np.bool_)
        sets[where] = found.sets
    if found.novelty is not None:
        novelty = np.zeros(count, np.float32)
        novelty[where] = np.round(found.novelty, DECIMALS)
    return Answers(answers.labels, answers.confidences, sets, novelty)


def _joined(parts: Sequence[NDArray[Any] | None], what: str) -> NDArray[Any] | None:
    given = [part for part in parts if part is not None]
    if not given:
        return None
    if len(given) < len(parts):
        raise ValueError(f"expected {what} of all portions or of none, got some")
    return np.concatenate(given)
