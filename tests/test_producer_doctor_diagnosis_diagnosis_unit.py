"""Diagnosis and its parts: closed values that cannot contradict themselves."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from producer.doctor.diagnosis import (
    ClassCount,
    Diagnosis,
    Duplicates,
    Fault,
    NearDuplicates,
    NearPair,
    OddImage,
    Outliers,
    Problem,
)

FAULT: dict[str, Any] = {
    "code": "bad-data",
    "message": "no such file at x.pkl",
    "what": "no such file",
    "where": "x.pkl",
    "offset": None,
    "expected": None,
    "got": None,
    "hint": None,
    "exit_code": 5,
}
PARTS: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (ClassCount, {"label": 0, "name": "bag", "images": 3}),
    (Duplicates, {"groups": 1, "images": 2, "spare": 1, "examples": ((0, 1),)}),
    (NearPair, {"images": (0, 1), "hash_distance": 2, "difference": 0.01}),
    (
        NearDuplicates,
        {
            "pairs": 0,
            "groups": 0,
            "images": 0,
            "capped": False,
            "max_hash_distance": 3,
            "max_difference": 0.06,
            "examples": (),
        },
    ),
    (
        Problem,
        {"code": "no-labels", "level": "note", "message": "none", "count": 0, "examples": ()},
    ),
    (
        OddImage,
        {"index": 0, "name": None, "reason": "blank", "value": 0.0, "median": 9.0, "score": None},
    ),
    (Outliers, {"images": 0, "reasons": {}, "min_score": 5.0, "worst": ()}),
    (Fault, FAULT),
]


@pytest.mark.parametrize(("kind", "fields"), PARTS)
def test_a_part_takes_its_own_fields_and_no_others(
    kind: type[BaseModel], fields: dict[str, Any]
) -> None:
    part = kind(**fields)
    assert part.model_dump() == fields
    with pytest.raises(ValidationError, match="Extra inputs"):
        kind(**fields, more=1)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(part, next(iter(fields)), None)


@pytest.mark.parametrize("exit_code", [0, 64])
def test_a_fault_has_an_exit_code_of_its_own(exit_code: int) -> None:
    with pytest.raises(ValidationError):
        Fault(**{**FAULT, "exit_code": exit_code})


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="finite"):
        NearPair(images=(0, 1), hash_distance=0, difference=float("nan"))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"verdict": "refused"}, "expected an error"),
        ({"verdict": "ok", "error": Fault(**FAULT)}, "expected an error"),
        ({"verdict": "ok", "warnings": ("dark",)}, "expected warnings"),
        ({"verdict": "warnings", "warnings": ()}, "expected warnings"),
        ({"verdict": "fine"}, "Input should be 'ok', 'warnings' or 'refused'"),
    ],
)
def test_verdict_and_content_agree(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Diagnosis(path="x", **fields)


def test_a_refusal_has_no_figures() -> None:
    found = Diagnosis(verdict="refused", path="x.pkl", error=Fault(**FAULT)).model_dump()
    given = {name for name, value in found.items() if value is not None}
    assert given == {"verdict", "path", "error"}
