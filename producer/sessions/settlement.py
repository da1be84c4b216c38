"""Settling a session's accounts: both sides' counts, the score, and the receipt."""

from __future__ import annotations

import hashlib

import numpy as np
import structlog
from numpy.typing import NDArray

from producer.sessions.session import SessionCore
from shared.balance import balance
from shared.digests import DIGEST_BYTES
from shared.errors import MessageError
from shared.intake.imageset import ImageSet
from shared.messages import Accepted, Results, encode_message
from shared.reports import ProducerCounts, Score
from shared.scoring import align_labels, score

log = structlog.get_logger()


def settle(
    core: SessionCore,
    results: Results,
    stored: NDArray[np.int16],
    *,
    images: ImageSet,
    classes: tuple[str, ...],
) -> Accepted:
    """The answer to posted results.

    Args:
        core: the session, with every frame stored.
        results: what the consumer posted.
        stored: int16 (n,), the labels as read back from the ledger; -1 where unclassified.
        images: the data set, with the true labels where there are any.
        classes: the class names that the stored labels index, possibly none.

    Raises:
        MessageError: a sample shows a frame that the session has not, or that another shows.
    """
    _check_samples(core, results)
    return Accepted(
        session=core.plan.session,
        receipt=_receipt(results),
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


def _receipt(results: Results) -> str:
    content = encode_message(results).encode()
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def _counts(core: SessionCore, stored: NDArray[np.int16]) -> ProducerCounts:
    unclassified = int(np.count_nonzero(stored < 0))
    return ProducerCounts(
        frames=core.end,
        sent=core.sent - core.withdrawn,
        skipped=0,
        withdrawn=core.withdrawn,
        stored=len(stored),
        stored_classified=len(stored) - unclassified,
        stored_unclassified=unclassified,
        digest=core.digest,
    )


def _score(
    core: SessionCore, stored: NDArray[np.int16], images: ImageSet, classes: tuple[str, ...]
) -> Score | None:
    if images.labels is None or len(stored) == 0:
        return None
    predicted = align_labels(stored, classes, images.classes)
    if predicted is None:
        log.warning(
            "not-scored",
            session=core.plan.session,
            reason="the model and the data set have different classes",
            model=list(classes),
            dataset=list(images.classes),
        )
        return None
    truth = images.labels[np.arange(len(stored)) % len(images)]
    return score(truth, predicted, images.classes)
