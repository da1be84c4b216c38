"""The predictions of a session's earlier connections, for a consumer that has lost them."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator

import numpy as np
from numpy.typing import NDArray

from producer.ledger.ledger import Ledger
from producer.ledger.records import StoredPredictions
from producer.sessions.plan import Plan
from shared.messages import MAX_RECALL, Recalled, Unclassified
from shared.sets import ClassSets

MOST_MEMBERS = 131_072
"""So many classes all sets of one message may have: it stays below 1 MiB and is made at once."""
_DECIMALS = 6


async def recalled(ledger: Ledger, plan: Plan, stored: int) -> AsyncGenerator[Recalled, None]:
    """Read the first predictions of a session back, in messages of up to MAX_RECALL frames.

    Args:
        ledger: where they are.
        plan: of the session.
        stored: how many frames.

    Raises:
        StoreError: the database failed.
    """
    first = 0
    while first < stored:
        limit = min(MAX_RECALL, stored - first)
        found = await ledger.predictions(plan.session, first=first, limit=limit)
        count = _fitting(found.sets, limit)
        yield _page(plan, found, count)
        first += count


def _fitting(sets: ClassSets | None, limit: int) -> int:
    """How many of the frames one message takes: at least one of them."""
    if sets is None:
        return limit
    return max(1, int(np.searchsorted(sets.sizes().cumsum(), MOST_MEMBERS, "right")))


def _page(plan: Plan, found: StoredPredictions, count: int) -> Recalled:
    """The first ``count`` of what was found."""
    reasons = sorted(found.reasons.items())
    return Recalled(
        session=plan.session,
        first=found.first,
        indices=tuple(plan.index(place) for place in found.positions[:count].tolist()),
        labels=tuple(found.labels[:count].tolist()),
        # Stored as float32: as exactly as they came.
        confidences=tuple(round(value, _DECIMALS) for value in found.confidences[:count].tolist()),
        unclassified=tuple(
            Unclassified(sequence=sequence, reason=reason)
            for sequence, reason in reasons
            if sequence < found.first + count
        ),
        sets=None if found.sets is None else tuple(found.sets.part(0, count).members()),
        novelties=None if found.novelties is None else _told(found.novelties[:count]),
    )


def _told(novelties: NDArray[np.float32]) -> tuple[float | None, ...]:
    """As exactly as they came; None where there is none."""
    return tuple(
        None if math.isnan(value) else round(value, _DECIMALS) for value in novelties.tolist()
    )
