"""manifest_text finds the manifest in a header, and nothing in anything else."""

from __future__ import annotations

import pytest

from shared.recording.manifest import manifest_text


def test_the_manifest_and_its_checksum_are_found() -> None:
    header = {"__metadata__": {"manifest": "{}", "checksum": "ab"}, "pixels": {}}
    assert manifest_text(header) == ("{}", "ab")


@pytest.mark.parametrize(
    "header",
    [
        None,
        [],
        "text",
        {},
        {"__metadata__": None},
        {"__metadata__": {"manifest": "{}"}},
        {"__metadata__": {"manifest": 1, "checksum": "ab"}},
    ],
)
def test_where_there_is_none_the_text_is_empty(header: object) -> None:
    assert manifest_text(header) == ("", "")
