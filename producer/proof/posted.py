"""What a session's accepted results say, against its rows: balance, summary, samples, score."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator

import numpy as np

from producer.ledger.account import Account, KeptAnswer
from producer.proof.evidence import (
    Check,
    compared,
    confidences_of,
    judged,
    labels_of,
    novelties_of,
    positions_in,
    sets_of,
)
from shared.balance import balance
from shared.intake.imageset import ImageSet
from shared.messages import Results, receipt
from shared.reports import MAX_SAMPLES, BalanceSheet, ProducerCounts, Sample, Score, Summary
from shared.doubt import DoubtCounts
from shared.scoring import Claims, score_claims

MEAN_TOLERANCE = 1e-6
"""Of a mean confidence: a consumer may round what it sends, and then takes the mean before."""


def check_answer(
    account: Account, answer: KeptAnswer, images: ImageSet | None, missing: str
) -> Iterator[Check]:
    """Check what was stored when the results were accepted.

    Args:
        account: the session; its runs are sound.
        answer: what was stored.
        images: its data set, where it is at hand.
        missing: in words, why it is not.

    Raises:
        pydantic.ValidationError: what was stored has not the form of such an answer.
    """
    sheet = BalanceSheet.model_validate(answer.balance, strict=False)
    summary = Summary.model_validate(answer.summary, strict=False)
    yield _sheet_check(account, sheet)
    yield judged("verdict of the balance sheet", sheet.reasons, sheet.verdict)
    yield judged("summary metrics", list(_summary_faults(account, summary)))
    yield judged("samples", list(_sample_faults(account, images)), f"{len(account.samples)}")
    yield _receipt_check(account, answer, sheet, summary)
    yield _score_check(account, answer, images, missing)


def _sheet_check(account: Account, sheet: BalanceSheet) -> Check:
    """Against one made anew; what only the wire saw, and withdrawn frames, have no rows."""
    labels = labels_of(account)
    unclassified = int(np.count_nonzero(labels < 0))
    producer = ProducerCounts(
        frames=account.record.frames,
        sent=len(labels),
        skipped=sum(skip.count for skip in account.skips),
        withdrawn=sheet.producer.withdrawn,
        stored=len(labels),
        stored_classified=len(labels) - unclassified,
        stored_unclassified=unclassified,
        # Version 1 kept none of this kind.
        digest=account.digest or sheet.producer.digest,
        wire=sheet.producer.wire,
    )
    anew = balance(account.record.session, producer, sheet.consumer)
    fresh, kept = anew.model_dump(), sheet.model_dump()
    faults = [
        f"{name}: expected {fresh[name]}, got {kept[name]}"
        for name in fresh
        if fresh[name] != kept[name]
    ]
    return judged("balance sheet", faults, "recomputed from the rows")


def _summary_faults(account: Account, summary: Summary) -> Iterator[str]:
    labels = labels_of(account)
    classified = labels >= 0
    counts = np.bincount(labels[classified], minlength=len(summary.counts)).tolist()
    rejected = Counter(reason for run in account.runs for reason in run.reasons.values())
    for name, expected, got in (
        ("frames", len(labels), summary.frames),
        ("counts", tuple(counts), summary.counts),
        ("rejected", dict(sorted(rejected.items())), dict(sorted(summary.rejected.items()))),
    ):
        if expected != got:
            yield f"{name}: expected {expected}, got {got}"
    mean = summary.mean_confidence
    if mean is not None and classified.any():
        expected_mean = float(confidences_of(account)[classified].mean(dtype=np.float64))
        if abs(mean - expected_mean) > MEAN_TOLERANCE:
            yield f"mean confidence: expected {expected_mean}, got {mean}"
    yield from _doubt_faults(account, summary)


def _doubt_faults(account: Account, summary: Summary) -> Iterator[str]:
    """Where the summary tells of doubt, it is that of the rows; what was promised has no rows."""
    told = summary.doubt
    if told is None:
        return
    labels, sets, novelties = labels_of(account), sets_of(account), novelties_of(account)
    counts = DoubtCounts()
    counts.update(
        np.zeros(len(labels), np.int64) if sets is None else sets.sizes(),
        np.where(labels < 0, np.nan, np.nan if novelties is None else novelties),
    )
    anew = counts.compute(told.coverage)
    if anew is None:
        yield "doubt: expected none, got some"
        return
    fresh, given = anew.model_dump(), told.model_dump()
    sizes = fresh["mean_set_size"], given["mean_set_size"]
    if None not in sizes and abs(sizes[0] - sizes[1]) <= MEAN_TOLERANCE:
        given["mean_set_size"] = fresh["mean_set_size"]
    names = [name for name in fresh if fresh[name] != given[name]]
    if names:
        yield f"doubt: expected other {', '.join(names)}"


def _sample_faults(account: Account, images: ImageSet | None) -> Iterator[str]:
    if len(account.samples) > MAX_SAMPLES:
        yield f"expected at most {MAX_SAMPLES}, got {len(account.samples)}"
    labels, positions = labels_of(account), positions_in(account)
    for sample in account.samples:
        name = f"frame {sample.sequence}"
        if not 0 <= sample.sequence < len(labels):
            yield f"{name} is not stored"
            continue
        if sample.label != labels[sample.sequence]:
            yield f"{name}: expected label {labels[sample.sequence]}, got {sample.label}"
        if images is not None and sample.index != positions[sample.sequence] % len(images):
            yield f"{name} does not show image {sample.index}"


def _receipt_check(
    account: Account, answer: KeptAnswer, sheet: BalanceSheet, summary: Summary
) -> Check:
    # Version 1 counted no connections, and digested other counts.
    if "connections" not in answer.balance["consumer"].get("wire", ()):
        return Check("receipt", "unchecked", "an earlier version stored the results")
    samples = tuple(
        Sample(
            sequence=kept.sequence,
            index=kept.index,
            label=kept.label,
            name=kept.name,
            confidence=kept.confidence,
            png=base64.b64encode(kept.png),
        )
        for kept in account.samples
    )
    posted = Results(
        session=account.record.session, counts=sheet.consumer, summary=summary, samples=samples
    )
    return compared("receipt", receipt(posted), answer.receipt, "recomputed from the rows")


def _score_check(
    account: Account, answer: KeptAnswer, images: ImageSet | None, missing: str
) -> Check:
    if images is None:
        return Check("score", "unchecked", missing)
    anew = _scored(account, images)
    if anew is None:
        return compared("score", None, answer.score, "none")
    if answer.score is None:
        return Check("score", "wrong", "expected one, got none")
    if anew != Score.model_validate(answer.score, strict=False):
        return Check("score", "wrong", f"expected accuracy {anew.accuracy}, or another table")
    return Check("score", "ok", f"accuracy {anew.accuracy:.4f}, recomputed from the rows")


def _scored(account: Account, images: ImageSet) -> Score | None:
    """The score of the rows; None where there is nothing to compare."""
    labels, sets, novelties = labels_of(account), sets_of(account), novelties_of(account)
    if images.labels is None or len(labels) == 0:
        return None
    has_doubt = sets is not None or novelties is not None
    claims = Claims(labels, confidences_of(account), sets, has_doubt)
    truth = images.labels[positions_in(account) % len(images)]
    return score_claims(claims, truth, account.record.classes, images.classes)
