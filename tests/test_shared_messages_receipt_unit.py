"""A receipt names the content of posted results, and nothing else."""

from __future__ import annotations

import hashlib

import pytest
from message_examples import CONSUMER_COUNTS, SAMPLE, SESSION, SUMMARY

from shared.messages import Results, decode_consumer_message, encode_message, receipt

POSTED = Results(session=SESSION, counts=CONSUMER_COUNTS, summary=SUMMARY, samples=(SAMPLE,))


def test_it_is_the_digest_of_the_message() -> None:
    content = encode_message(POSTED).encode()
    assert receipt(POSTED) == hashlib.blake2b(content, digest_size=16).hexdigest()


def test_the_same_content_has_the_same_receipt_however_it_is_written() -> None:
    spaced = encode_message(POSTED).replace('":', '" : ')
    again = decode_consumer_message(spaced)
    assert isinstance(again, Results) and spaced != encode_message(POSTED)
    assert receipt(again) == receipt(POSTED)


@pytest.mark.parametrize(
    "other",
    [
        {"samples": ()},
        {"session": "f" * 16},
        {"summary": SUMMARY.model_copy(update={"throughput": 11.0})},
        {"counts": CONSUMER_COUNTS.model_copy(update={"withdrawn": 1})},
    ],
)
def test_other_content_has_another_receipt(other: dict[str, object]) -> None:
    assert receipt(POSTED.model_copy(update=other)) != receipt(POSTED)
