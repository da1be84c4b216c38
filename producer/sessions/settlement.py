"""Settling a session's accounts: both sides' counts, the score, and the receipt."""

from __future__ import annotations

import structlog

from producer.ledger.records import StoredPredictions
from producer.sessions.session import SessionCore
from shared.balance import balance
from shared.errors import MessageError
from shared.intake.imageset import ImageSet
from shared.messages import Accepted, Results, receipt
from shared.reports import ProducerCounts, Score
from shared.scoring import score_claims

log = structlog.get_logger()


def settle(
    core: SessionCore,
    results: Results,
    stored: StoredPredictions,
    *,
    images: ImageSet,
    classes: tuple[str, ...],
) -> Accepted:
    """The answer to posted results.

    Args:
        core: the session, with every frame stored.
        results: what the consumer posted.
        stored: every prediction, as read back from the ledger.
        images: the data set, with the true labels where there are any.
        classes: the class names that the stored labels index, possibly none.

    Raises:
        MessageError: a sample shows a frame that the session has not, or that another shows.
    """
    _check_samples(core, results)
    return Accepted(
        session=core.plan.session,
        receipt=receipt(results),
        balance=balance(core.plan.session, _counts(core, stored), results.counts),
        score=_score(core, stored, images, classes),
    )


def _check_samples(core: SessionCore, results: Results) -> None:
    shown = [sample.sequence for sample in results.samples]
    if len(set(shown)) < len(shown) or any(sequence >= core.end for sequence in shown):
        raise MessageError(
            "wrong samples",
            where=f"the results of session {core.plan.session}",
            expected=f"different frames below {core.end}",
            got=f"frames {shown}",
        )


def _counts(core: SessionCore, stored: StoredPredictions) -> ProducerCounts:
    count, unclassified = len(stored.labels), stored.unclassified
    return ProducerCounts(
        frames=core.frames,
        sent=core.sent - core.withdrawn,
        skipped=core.skipped,
        withdrawn=core.withdrawn,
        stored=count,
        stored_classified=count - unclassified,
        stored_unclassified=unclassified,
        digest=core.digest,
        wire=core.wire,
    )


def _score(
    core: SessionCore, stored: StoredPredictions, images: ImageSet, classes: tuple[str, ...]
) -> Score | None:
    if images.labels is None or len(stored.labels) == 0:
        return None
    truth = images.labels[stored.positions % len(images)]
    found = score_claims(stored.claims, truth, classes, images.classes)
    if found is None:
        log.warning(
            "not-scored",
            session=core.plan.session,
            reason="the model and the data set have different classes",
            model=list(classes),
            dataset=list(images.classes),
        )
    return found
