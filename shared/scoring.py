"""How predictions compare with the labels of the data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.doubt import RELIABILITY_BINS, Calibration, ReliabilityBin
from shared.reports import ClassScore, Score
from shared.sets import ClassSets

Labels = NDArray[np.signedinteger]


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """What a model has said of n frames, in the classes of its own.

    Args:
        labels: int16 (n,), -1 where it gave none.
        confidences: float32 (n,), 0..1.
        sets: n prediction sets; None where none were given.
        has_doubt: whether it said anything of its doubt.
    """

    labels: NDArray[np.int16]
    confidences: NDArray[np.float32]
    sets: ClassSets | None = None
    has_doubt: bool = False


def align_labels(
    labels: NDArray[np.int16], given: Sequence[str], wanted: Sequence[str]
) -> NDArray[np.int16] | None:
    """Translate labels from the model's classes to the data set's, by name.

    Where one side has no names, or mere numbers from "0" on, the labels are taken as they are.
    A class that the model alone has becomes -1: on this data set it is always wrong.

    Args:
        labels: int16 (n,), indices into ``given``, or -1.
        given: the model's class names, possibly none.
        wanted: the data set's class names.

    Returns:
        int16 (n,), indices into ``wanted`` or -1, or None where the data set has a class that the
        model lacks: such a model cannot be scored on this data set.
    """
    if _are_same(given, wanted):
        return labels
    if not set(wanted) <= set(given):
        return None
    places = {name: place for place, name in enumerate(wanted)}
    table = np.array([places.get(name, -1) for name in given] + [-1], np.int16)
    return table[np.where(labels < len(given), labels, -1)]


def is_unnamed(classes: Sequence[str]) -> bool:
    """Whether the names are mere numbers "0", "1", ..., as a data set without names gets them."""
    return all(name == str(place) for place, name in enumerate(classes))


def score_claims(
    claims: Claims, truth: Labels, given: Sequence[str], wanted: Sequence[str]
) -> Score | None:
    """The score of what a model said; of one that told of its doubt, with its calibration.

    A session without doubt has the score that it always had: an earlier version's consumer would
    refuse a part that it does not know.

    Args:
        claims: of n frames, n >= 1.
        truth: integers (n,), the true classes as indices into ``wanted``.
        given: the model's class names, possibly none.
        wanted: the data set's class names.

    Returns:
        None where the data set has a class that the model lacks.
    """
    predicted = align_labels(claims.labels, given, wanted)
    if predicted is None:
        return None
    found = score(truth, predicted, wanted)
    if not claims.has_doubt or not (claims.labels >= 0).any():
        return found
    places = truth
    if not _are_same(given, wanted):
        names = {name: place for place, name in enumerate(given)}
        places = np.array([names[name] for name in wanted], np.int64)[truth]
        if len(names) < len(given):
            # Where two classes have one name, no set can be said to lack the true one.
            claims = replace(claims, sets=None)
    return found.model_copy(update={"calibration": calibrate(claims, places, predicted == truth)})


def score(truth: Labels, predicted: Labels, classes: Sequence[str]) -> Score:
    """Accuracy, precision and recall of each class, and the confusion matrix.

    Args:
        truth: integers (n,), n >= 1, each in 0..len(classes)-1.
        predicted: integers (n,); anything outside that range counts as wrong.
        classes: names of the classes.
    """
    count = len(classes)
    known = (predicted >= 0) & (predicted < count)
    cells = truth[known].astype(np.int64) * count + predicted[known]
    confusion = np.bincount(cells, minlength=count * count).reshape(count, count)
    support = np.bincount(truth, minlength=count)
    hits = confusion.diagonal()
    return Score(
        accuracy=float(hits.sum() / len(truth)),
        scored=len(truth),
        classes=tuple(classes),
        per_class=tuple(
            ClassScore(
                name=name,
                support=int(support[k]),
                precision=_ratio(hits[k], confusion[:, k].sum()),
                recall=_ratio(hits[k], support[k]),
            )
            for k, name in enumerate(classes)
        ),
        confusion=tuple(tuple(int(cell) for cell in row) for row in confusion),
    )


def calibrate(claims: Claims, truth: Labels, right: NDArray[np.bool_]) -> Calibration:
    """How far confidences and prediction sets are to be believed.

    Args:
        claims: of n frames, at least one of them with a label; those without do not count.
        truth: integers (n,), the true classes as indices into the model's.
        right: bool (n,), whether the label is the true class.

    Source:
        Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    labelled = claims.labels >= 0
    confidences, hits = claims.confidences[labelled].astype(np.float64), right[labelled]
    places = np.minimum((confidences * RELIABILITY_BINS).astype(np.intp), RELIABILITY_BINS - 1)
    counts = np.bincount(places, minlength=RELIABILITY_BINS)
    sums = np.bincount(places, confidences, minlength=RELIABILITY_BINS)
    rights = np.bincount(places, hits, minlength=RELIABILITY_BINS)
    found = Calibration(
        frames=len(hits),
        error=min(1.0, float(np.abs(sums - rights).sum() / len(hits))),
        bins=tuple(
            ReliabilityBin(
                frames=int(count),
                # Rounding of a long sum must not carry the mean out of its range.
                confidence=min(1.0, float(total / count)) if count else None,
                accuracy=float(hit / count) if count else None,
            )
            for count, total, hit in zip(counts, sums, rights, strict=True)
        ),
    )
    return found if claims.sets is None else _with_sets(found, claims.sets, truth)


def _with_sets(found: Calibration, sets: ClassSets, truth: Labels) -> Calibration:
    """The same with the figures of the frames that have a set."""
    sizes = sets.sizes()
    count = int(np.count_nonzero(sizes))
    if not count:
        return found
    figures = {
        "sets": count,
        "coverage": float(np.count_nonzero(sets.hold(truth)) / count),
        "mean_set_size": float(sizes.sum() / count),
    }
    return found.model_copy(update=figures)


def _are_same(given: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether labels of one side are labels of the other as they are."""
    return not given or tuple(given) == tuple(wanted) or is_unnamed(given) or is_unnamed(wanted)


def _ratio(part: np.integer, whole: np.integer) -> float | None:
    return float(part / whole) if whole else None
