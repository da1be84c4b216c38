"""Manifest: checked at birth."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from producer.intake.formats import Kind
from producer.intake.manifest import VERSION, Manifest

FIELDS: dict[str, Any] = {
    "source": "a.pkl",
    "kind": "pickle",
    "layout": "an array",
    "bytes": 5,
    "sha256": "0" * 64,
    "count": 2,
    "checksum": "f" * 32,
}


def test_what_was_written_is_read_again() -> None:
    manifest = Manifest(**FIELDS, shape=(2, 3, 4), classes=("ü",), warnings=("w",))
    assert manifest.kind is Kind.PICKLE and manifest.version == VERSION
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 0},
        {"kind": "cake"},
        {"bytes": -1},
        {"sha256": "../../etc"},
        {"checksum": ""},
        {"names_sha256": "x"},
        {"limits": {"images": "many"}},
        {"count": 0},
        {"more": 1},
    ],
)
def test_what_is_no_manifest_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Manifest(**{**FIELDS, **wrong})
