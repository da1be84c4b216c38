"""The balance sheet: whether both sides account for every frame."""

from __future__ import annotations

from shared.reports import BalanceSheet, ConsumerCounts, ProducerCounts


def balance(session: str, producer: ProducerCounts, consumer: ConsumerCounts) -> BalanceSheet:
    """Compare both sides; the verdict is PASS only where every comparison holds."""
    comparisons = (
        ("producer: sent + skipped", producer.sent + producer.skipped, producer.frames, "frames"),
        ("consumer: received", consumer.received, producer.sent, "sent"),
        (
            "consumer: classified + unclassified",
            consumer.classified + consumer.unclassified,
            consumer.received,
            "received",
        ),
        ("producer: stored", producer.stored, producer.sent, "sent"),
        (
            "producer: stored with a label",
            producer.stored_classified,
            consumer.classified,
            "classified",
        ),
        (
            "producer: stored with a reason",
            producer.stored_unclassified,
            consumer.unclassified,
            "unclassified",
        ),
    )
    reasons = [
        f"{name}: expected {expected} ({meaning}), got {got}"
        for name, got, expected, meaning in comparisons
        if got != expected
    ]
    if consumer.digest != producer.digest:
        reasons.append(
            f"content digest: expected {producer.digest} (producer), got {consumer.digest}"
        )
    return BalanceSheet(
        session=session,
        producer=producer,
        consumer=consumer,
        verdict="FAIL" if reasons else "PASS",
        reasons=tuple(reasons),
    )
