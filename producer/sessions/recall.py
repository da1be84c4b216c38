"""The predictions of a session's earlier connections, for a consumer that has lost them."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from producer.ledger.ledger import Ledger
from producer.sessions.plan import Plan
from shared.messages import MAX_RECALL, Recalled, Unclassified


async def recalled(ledger: Ledger, plan: Plan, stored: int) -> AsyncGenerator[Recalled, None]:
    """Read the first predictions of a session back, in messages of up to MAX_RECALL frames.

    Args:
        ledger: where they are.
        plan: of the session.
        stored: how many frames.

    Raises:
        StoreError: the database failed.
    """
    for first in range(0, stored, MAX_RECALL):
        limit = min(MAX_RECALL, stored - first)
        found = await ledger.predictions(plan.session, first=first, limit=limit)
        yield Recalled(
            session=plan.session,
            first=first,
            indices=tuple(plan.index(place) for place in found.positions.tolist()),
            labels=tuple(found.labels.tolist()),
            # Stored as float32: as exactly as they came.
            confidences=tuple(round(value, 6) for value in found.confidences.tolist()),
            unclassified=tuple(
                Unclassified(sequence=sequence, reason=reason)
                for sequence, reason in sorted(found.reasons.items())
            ),
        )
