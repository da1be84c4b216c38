"""Which frames the model doubted most, with their images, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consumer.pipeline.records import UNCLASSIFIED, ResultBatch
from consumer.results.selection import Candidate
from shared.doubt import NOVEL
from shared.messages import Recalled
from shared.sets import Members

SHOWN = 10
NOVEL_SHOWN = 5
"""At most so many of them for their novelty; the others because their class is uncertain."""


@dataclass(frozen=True, slots=True, eq=False)
class DoubtfulFrame:
    """A classified frame with what the model said of its doubt.

    Args:
        frame: its numbers and image.
        members: classes of its prediction set, none where it has no set.
        novelty: 0..1; None where it has none.
    """

    frame: Candidate
    members: Members
    novelty: float | None


@dataclass(frozen=True, slots=True)
class DoubtfulFrames:
    """The most doubtful frames of a session; none is in both.

    Args:
        uncertain: those with the largest prediction sets, the least confident of equals first.
        novel: of those that are novel the ones of highest novelty, which comes first.
    """

    uncertain: tuple[DoubtfulFrame, ...] = ()
    novel: tuple[DoubtfulFrame, ...] = ()


class DoubtfulSelector:
    """Keeps the most doubtful frames while the session runs; a model without doubt has none.

    The rule: of the novel frames the five of highest novelty, then as many others, up to ten, with
    the largest sets, among equal ones the least confident, the earlier one where all that is equal.
    The choice does not depend on how frames were batched. At most fifteen images are kept.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget every frame."""
        # Of the uncertain ones more than are shown: five may be shown as novel already.
        self._uncertain = _Top(SHOWN)
        self._novel = _Top(NOVEL_SHOWN)

    def update(self, batch: ResultBatch) -> None:
        """Consider a run of frames; those without a label are never kept."""
        if batch.sets is None and batch.novelty is None:
            return
        nothing = batch.labels == UNCLASSIFIED
        sizes = 0 if batch.sets is None else batch.sets.sum(1)
        # One class more outweighs any confidence.
        doubt = sizes + (1.0 - batch.confidences.astype(np.float64)) / 2

        def make(place: int) -> DoubtfulFrame:
            return _doubtful(batch, place)

        self._uncertain.consider(np.where(nothing, np.nan, doubt), make)
        if batch.novelty is not None:
            usual = nothing | (batch.novelty < NOVEL)
            self._novel.consider(np.where(usual, np.nan, batch.novelty), make)

    def recall(self, _: Recalled) -> None:
        """Pass over frames of an earlier process: their images are gone."""

    def select(self) -> DoubtfulFrames:
        """At most ten frames."""
        novel = self._novel.frames
        chosen = {found.frame.sequence for found in novel}
        others = [found for found in self._uncertain.frames if found.frame.sequence not in chosen]
        return DoubtfulFrames(tuple(others[: SHOWN - len(novel)]), tuple(novel))


class _Top:
    """The frames of highest rank, the earlier one of equals first.

    Args:
        room: how many are kept.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: list[tuple[float, DoubtfulFrame]] = []

    @property
    def frames(self) -> list[DoubtfulFrame]:
        """The highest first."""
        return [found for _, found in self._kept]

    def consider(self, ranks: NDArray[np.float64], make: Callable[[int], DoubtfulFrame]) -> None:
        """Keep what is among the highest; ``make`` is asked for the frames of these places."""
        limit = self._kept[-1][0] if len(self._kept) == self._room else -np.inf
        places = np.flatnonzero(ranks > limit)
        if places.size == 0:
            return
        best = np.sort(places[np.argsort(-ranks[places], kind="stable")[: self._room]])
        self._kept += [(float(ranks[place]), make(int(place))) for place in best]
        self._kept.sort(key=lambda kept: -kept[0])
        del self._kept[self._room :]


def _doubtful(batch: ResultBatch, place: int) -> DoubtfulFrame:
    members = () if batch.sets is None else tuple(np.flatnonzero(batch.sets[place]).tolist())
    candidate = Candidate(
        sequence=batch.first + place,
        index=int(batch.indices[place]),
        label=int(batch.labels[place]),
        confidence=float(batch.confidences[place]),
        image=batch.images[place].copy(),
        priority=0,
    )
    novelty = None if batch.novelty is None else float(batch.novelty[place])
    return DoubtfulFrame(candidate, members, novelty)
