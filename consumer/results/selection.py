"""Which ten frames stand for a session: a stated, seeded rule that needs no memory of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consumer.pipeline.records import ResultBatch
from shared.messages import Recalled
from shared.reports import MAX_SAMPLES

_MIX = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A classified frame that may become a sample.

    Args:
        sequence: its sequence number.
        index: its index in the data set.
        label: the class it was given.
        confidence: 0..1.
        image: uint8, (H, W) or (H, W, C), as received.
        priority: its place in the seeded random order of all frames.
    """

    sequence: int
    index: int
    label: int
    confidence: float
    image: NDArray[np.uint8]
    priority: int


class SampleSelector:
    """Chooses ten frames while the session runs.

    The rule: from each predicted class one frame, drawn uniformly by a random order that depends on
    the seed and the sequence numbers alone (of more than ten classes those whose drawn frames come
    first in that order); then the least certain frames that are not chosen yet, until there are
    ten, the earlier one where two are equally uncertain. The choice does not depend on how frames
    were batched. At most thirty images are kept, whatever the number of classes and frames.

    Args:
        seed: of the random order, 0 or more.
    """

    def __init__(self, *, seed: int) -> None:
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget every frame."""
        self._drawn: dict[int, Candidate] = {}
        self._doubtful: list[Candidate] = []

    def update(self, batch: ResultBatch) -> None:
        """Consider a run of frames; those without a label never become samples."""
        priorities = _priorities(batch.first, len(batch), self._seed)
        for place in self._interesting(batch, priorities):
            candidate = Candidate(
                sequence=batch.first + place,
                index=int(batch.indices[place]),
                label=int(batch.labels[place]),
                confidence=float(batch.confidences[place]),
                image=batch.images[place].copy(),
                priority=int(priorities[place]),
            )
            self._consider(candidate)

    def recall(self, _: Recalled) -> None:
        """Pass over frames of an earlier process: their images are gone."""

    def select(self) -> tuple[Candidate, ...]:
        """At most ten frames: the drawn ones by class, then the least certain, doubt first."""
        drawn = sorted(self._drawn.values(), key=lambda found: found.label)
        chosen = {found.sequence for found in drawn}
        doubtful = [found for found in self._doubtful if found.sequence not in chosen]
        return (*drawn, *doubtful[: MAX_SAMPLES - len(drawn)])

    def _interesting(self, batch: ResultBatch, priorities: NDArray[np.uint64]) -> Iterator[int]:
        """Places whose frames may change the choice; a long session has few of them."""
        full = len(self._doubtful) == 2 * MAX_SAMPLES
        limit = self._doubtful[-1].confidence if full else np.inf
        best = {label: found.priority for label, found in self._drawn.items()}
        # Once there are ten classes, a frame of another one must come before the last of them.
        worst = max(best.values()) if len(best) == MAX_SAMPLES else 2**64
        labels, order = batch.labels.tolist(), priorities.tolist()
        for place, doubted in enumerate((batch.confidences < limit).tolist()):
            label = labels[place]
            if label >= 0 and (doubted or order[place] < best.get(label, worst)):
                yield place

    def _consider(self, candidate: Candidate) -> None:
        drawn = self._drawn.get(candidate.label)
        if drawn is None or candidate.priority < drawn.priority:
            self._drawn[candidate.label] = candidate
        if len(self._drawn) > MAX_SAMPLES:
            # A class that is dropped here comes back with the first frame that puts it before
            # another one: what the others have only gets better.
            last = max(self._drawn.values(), key=lambda found: found.priority)
            del self._drawn[last.label]
        # Twice as many as wanted, because ten of them may be drawn for their class already.
        self._doubtful.append(candidate)
        self._doubtful.sort(key=lambda found: (found.confidence, found.sequence))
        del self._doubtful[2 * MAX_SAMPLES :]


def _priorities(first: int, count: int, seed: int) -> NDArray[np.uint64]:
    """Random 64-bit numbers for sequence numbers first..first+count-1 (SplitMix64, Vigna 2015)."""
    gamma, left, right = (np.uint64(number) for number in _MIX)
    with np.errstate(over="ignore"):
        start = np.uint64((seed * int(_MIX[2]) + 1) % 2**64)
        state = start + np.arange(first + 1, first + count + 1, dtype=np.uint64) * gamma
        state = (state ^ (state >> np.uint64(30))) * left
        state = (state ^ (state >> np.uint64(27))) * right
        return state ^ (state >> np.uint64(31))
