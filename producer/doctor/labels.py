"""What may be wrong with the labels of a data set."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from producer.doctor.duplicates import Groups
from producer.doctor.finding import EXAMPLES, Finding
from producer.doctor.words import count_of, shown
from shared.intake.imageset import ImageSet

IMBALANCE = 10.0
"""The largest class has so many times the images of the smallest that has any."""
SORTED_SHARE = 0.1
"""The label changes at most at this share of the places where it would in random order."""
SORTED_FROM = 20
"""With fewer images nothing is said of their order."""


def label_problems(images: ImageSet, groups: Groups, pairs: NDArray[np.int64]) -> list[Finding]:
    """Look for what is wrong, or worth to know, about labels and classes.

    Args:
        images: the set.
        groups: images that are the same, pixel for pixel.
        pairs: int64, (P, 2): images that are nearly the same.
    """
    if images.labels is None:
        return [Finding("no-labels", "note", "no labels: it streams, but nothing can be scored", 0)]
    counts = np.bincount(images.labels, minlength=len(images.classes))
    found = [
        _same_name(images.classes),
        _same_picture(images.labels, groups),
        _near_picture(images.labels, pairs),
        _imbalance(images.classes, counts),
        _few(images.classes, np.flatnonzero(counts == 0), "empty-class", "without any image"),
        _few(images.classes, np.flatnonzero(counts == 1), "single-image", "of a single image"),
        _order(images.labels, counts),
    ]
    return [finding for finding in found if finding is not None]


def _same_name(classes: Sequence[str]) -> Finding | None:
    folded = [unicodedata.normalize("NFKC", name).casefold().strip() for name in classes]
    several = {name for name, count in Counter(folded).items() if count > 1}
    places = [label for label, name in enumerate(folded) if name in several]
    if not places:
        return None
    names = _names(classes, places)
    message = f"{len(places):,} classes share their names but for case and spaces: {names}"
    return Finding("duplicate-class-name", "warning", message, len(places))


def _same_picture(labels: NDArray[np.int64], groups: Groups) -> Finding | None:
    split = groups.split(labels)
    if len(split) == 0:
        return None
    pictures = count_of(len(split), "picture")
    message = f"{pictures} with different labels for the same pixels"
    examples = tuple(split.members[:EXAMPLES].tolist())
    return Finding("conflicting-labels", "warning", message, len(split), examples)


def _near_picture(labels: NDArray[np.int64], pairs: NDArray[np.int64]) -> Finding | None:
    split = pairs[labels[pairs[:, 0]] != labels[pairs[:, 1]]]
    if split.size == 0:
        return None
    message = f"{count_of(len(split), 'pair')} of nearly the same picture with different labels"
    examples = tuple(split.ravel().tolist())[:EXAMPLES]
    return Finding("near-conflicting-labels", "note", message, len(split), examples)


def _imbalance(classes: Sequence[str], counts: NDArray[np.int64]) -> Finding | None:
    filled = np.flatnonzero(counts)
    small, large = (int(filled[pick(counts[filled])]) for pick in (np.argmin, np.argmax))
    if counts[large] < IMBALANCE * counts[small]:
        return None
    least, most = (
        f"{shown(classes[label])} {count_of(int(counts[label]), 'image')}"
        for label in (small, large)
    )
    message = f"strong imbalance: {most}, {least}"
    return Finding("imbalance", "warning", message, int(counts[large] // counts[small]))


def _few(
    classes: Sequence[str], labels: NDArray[np.int64], code: str, words: str
) -> Finding | None:
    if labels.size == 0:
        return None
    names = _names(classes, labels.tolist())
    return Finding(code, "note", f"{count_of(len(labels), 'class')} {words}: {names}", len(labels))


def _order(labels: NDArray[np.int64], counts: NDArray[np.int64]) -> Finding | None:
    shares = counts / len(labels)
    expected = len(labels) * (1 - float((shares**2).sum()))
    changes = int(np.count_nonzero(np.diff(labels)))
    if len(labels) < SORTED_FROM or not 0 < changes <= SORTED_SHARE * expected:
        return None
    message = (
        f"sorted by label: it changes {changes:,} times in {len(labels):,} images, so the stream "
        "shows one class after the other; `producer dataset create` with --count draws in random "
        "order"
    )
    return Finding("sorted-labels", "note", message, changes)


def _names(classes: Sequence[str], labels: Iterable[int]) -> str:
    names = [shown(classes[label]) for label in labels]
    more = [f"and {len(names) - EXAMPLES:,} more"] if len(names) > EXAMPLES else []
    return ", ".join([*names[:EXAMPLES], *more])
