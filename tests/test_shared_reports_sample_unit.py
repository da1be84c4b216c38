"""Reports: closed, frozen, and within the limits of the contract."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from message_examples import CONSUMER_COUNTS, QUANTILES, SAMPLE, SCORE, SHEET, SUMMARY, png
from pydantic import ValidationError

from shared.reports import (
    BalanceSheet,
    ClassScore,
    ConsumerCounts,
    Latencies,
    ProducerCounts,
    Quantiles,
    QueueUse,
    Report,
    Sample,
    Score,
    Summary,
)


def _sample(picture: bytes) -> Sample:
    return Sample(
        sequence=0, index=0, label=0, name="", confidence=0.0, png=base64.b64encode(picture)
    )


LARGEST = png(1024, 1024, padding=256 * 1024 - len(png(1024, 1024)))


@pytest.mark.parametrize("picture", [png(1, 1), png(1024, 1), LARGEST])
def test_a_picture_within_the_limits_is_kept_as_it_is(picture: bytes) -> None:
    assert _sample(picture).png == picture
    assert Sample.model_validate_json(_sample(picture).model_dump_json()).png == picture


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (b"", "expected a PNG"),
        (png(1, 1)[:23], "expected a PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "expected a PNG"),
        (png(1025, 1), "expected sides of 1 to 1024 px, got 1025 x 1"),
        (png(1, 1025), "expected sides of 1 to 1024 px, got 1 x 1025"),
        (png(0, 1), "expected sides of 1 to 1024 px, got 0 x 1"),
        (png(1, 0), "expected sides of 1 to 1024 px, got 1 x 0"),
        (LARGEST + b"x", "expected at most 262144 bytes, got 262145"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_another_picture_is_refused(picture: bytes, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        _sample(picture)


def test_what_is_not_base64_is_refused() -> None:
    text = _sample(png(1, 1)).model_dump_json().replace("iVBOR", "iVBO")
    with pytest.raises(ValidationError, match="Base64 decoding error"):
        Sample.model_validate_json(text)


@pytest.mark.parametrize(
    "report",
    [QUANTILES, CONSUMER_COUNTS, SUMMARY, SAMPLE, SCORE, SHEET, SHEET.producer],
    ids=lambda report: type(report).__name__,
)
def test_a_report_survives_json_and_is_closed(report: Report) -> None:
    kind = type(report)
    assert kind.model_validate_json(report.model_dump_json()) == report
    assert kind.model_validate_json(report.model_dump_json(exclude_none=True)) == report
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        kind.model_validate_json(report.model_dump_json()[:-1] + ',"extra":1}')
    with pytest.raises(ValidationError, match="Instance is frozen"):
        setattr(report, next(iter(kind.model_fields)), 0)


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (Quantiles, {"count": -1}, "greater than or equal to 0"),
        (Quantiles, {"count": 2**63}, "less than 9223372036854775808"),
        (Quantiles, {"p50": float("nan")}, "finite number"),
        (Quantiles, {"max": float("inf")}, "finite number"),
        (Quantiles, {"p99": "1"}, "valid number"),
        (Latencies, {"queue": 1.0}, "instance of Quantiles"),
        (QueueUse, {"waits": True}, "valid integer"),
        (ConsumerCounts, {"digest": "0" * 31}, "match pattern"),
        (ProducerCounts, {"stored": 1.0}, "valid integer"),
        (BalanceSheet, {"verdict": "pass"}, "'PASS' or 'FAIL'"),
        (ClassScore, {"recall": 1.01}, "less than or equal to 1"),
        (Score, {"accuracy": -0.01}, "greater than or equal to 0"),
        (Summary, {"confidence_histogram": (0,) * 19}, "at least 20 items"),
        (Summary, {"confidence_histogram": (0,) * 21}, "at most 20 items"),
        (Sample, {"label": 1000}, "less than 1000"),
    ],
)
def test_a_value_outside_its_range_is_refused(
    kind: type[Report], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        kind(**fields)


def test_latencies_may_be_negative_and_absent() -> None:
    assert Quantiles(count=1, p50=-3.0, p95=-2.0, p99=-1.0, max=0.0).p50 == -3.0
    assert Latencies().network is None
