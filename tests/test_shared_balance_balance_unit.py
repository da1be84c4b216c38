"""The balance sheet: PASS only where every comparison holds, else a reason for each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.balance import balance
from shared.reports import ConsumerCounts, ConsumerWire, ProducerCounts, ProducerWire

DIGEST, OTHER = "0" * 32, "1" * 32
PRODUCER: dict[str, Any] = {
    "frames": 10,
    "sent": 8,
    "skipped": 2,
    "withdrawn": 1,
    "stored": 8,
    "stored_classified": 7,
    "stored_unclassified": 1,
    "digest": DIGEST,
}
CONSUMER: dict[str, Any] = {
    "received": 8,
    "classified": 7,
    "unclassified": 1,
    "withdrawn": 1,
    "digest": DIGEST,
}
COVERED = "producer: sent + skipped: expected {} (frames), got {}"
RECEIVED = "consumer: received: expected {} (sent), got {}"
ANSWERED = "consumer: classified + unclassified: expected {} (received), got {}"
STORED = "producer: stored: expected {} (sent), got {}"
LABELLED = "producer: stored with a label: expected {} (classified), got {}"
REASONED = "producer: stored with a reason: expected {} (unclassified), got {}"
CONTENT = "content digest: expected {} (producer), got {}"


def test_a_sheet_on_which_all_agrees_passes() -> None:
    sheet = balance("s", ProducerCounts(**PRODUCER), ConsumerCounts(**CONSUMER))
    assert (sheet.session, sheet.verdict, sheet.reasons) == ("s", "PASS", ())
    assert sheet.producer == ProducerCounts(**PRODUCER)
    assert sheet.consumer == ConsumerCounts(**CONSUMER)


@pytest.mark.parametrize(
    ("field", "value", "reasons"),
    [
        ("frames", 11, [COVERED.format(11, 10)]),
        ("frames", 9, [COVERED.format(9, 10)]),
        ("sent", 9, [COVERED.format(10, 11), RECEIVED.format(9, 8), STORED.format(9, 8)]),
        ("sent", 7, [COVERED.format(10, 9), RECEIVED.format(7, 8), STORED.format(7, 8)]),
        ("skipped", 1, [COVERED.format(10, 9)]),
        ("stored", 7, [STORED.format(8, 7)]),
        ("stored", 9, [STORED.format(8, 9)]),
        ("stored_classified", 8, [LABELLED.format(7, 8)]),
        ("stored_unclassified", 0, [REASONED.format(1, 0)]),
        ("digest", OTHER, [CONTENT.format(OTHER, DIGEST)]),
    ],
)
def test_one_wrong_number_of_the_producer_fails(
    field: str, value: object, reasons: list[str]
) -> None:
    sheet = balance("s", ProducerCounts(**PRODUCER | {field: value}), ConsumerCounts(**CONSUMER))
    assert sheet.verdict == "FAIL"
    assert [*sheet.reasons] == reasons


@pytest.mark.parametrize(
    ("field", "value", "reasons"),
    [
        ("received", 7, [RECEIVED.format(8, 7), ANSWERED.format(7, 8)]),
        ("received", 9, [RECEIVED.format(8, 9), ANSWERED.format(9, 8)]),
        ("classified", 6, [ANSWERED.format(8, 7), LABELLED.format(6, 7)]),
        ("unclassified", 2, [ANSWERED.format(8, 9), REASONED.format(2, 1)]),
        ("digest", OTHER, [CONTENT.format(DIGEST, OTHER)]),
    ],
)
def test_one_wrong_number_of_the_consumer_fails(
    field: str, value: object, reasons: list[str]
) -> None:
    sheet = balance("s", ProducerCounts(**PRODUCER), ConsumerCounts(**CONSUMER | {field: value}))
    assert sheet.verdict == "FAIL"
    assert [*sheet.reasons] == reasons


@given(count=st.integers(0, 2**63 - 1))
def test_what_happened_on_the_wire_does_not_decide(count: int) -> None:
    seen = ConsumerWire(
        frames=count, duplicates=count, corrupt=count, gaps=count, connections=count
    )
    sent = ProducerWire(frames=count, connections=7, mismatches=count, injected={"drop": count})
    sheet = balance(
        "s",
        ProducerCounts(**PRODUCER | {"wire": sent}),
        ConsumerCounts(**CONSUMER | {"withdrawn": count, "wire": seen}),
    )
    assert (sheet.verdict, sheet.reasons) == ("PASS", ())
    assert (sheet.producer.wire, sheet.consumer.wire) == (sent, seen)


@given(
    sent=st.integers(0, 9),
    received=st.integers(0, 9),
    classified=st.integers(0, 9),
    stored=st.integers(0, 9),
)
def test_a_session_without_skips_passes_only_where_all_numbers_are_one(
    sent: int, received: int, classified: int, stored: int
) -> None:
    sheet = balance(
        "s",
        ProducerCounts(
            frames=sent,
            sent=sent,
            skipped=0,
            withdrawn=0,
            stored=stored,
            stored_classified=stored,
            stored_unclassified=0,
            digest=DIGEST,
        ),
        ConsumerCounts(
            received=received,
            classified=classified,
            unclassified=0,
            withdrawn=0,
            digest=DIGEST,
        ),
    )
    assert (sheet.verdict == "PASS") == (sent == received == classified == stored)
    assert bool(sheet.reasons) == (sheet.verdict == "FAIL")
