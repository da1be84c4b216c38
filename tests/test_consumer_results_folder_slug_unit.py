"""slug: a class name as part of a file name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from result_parts import HOSTILE_NAMES

from consumer.results.folder import slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("T-shirt/top", "t-shirt-top"),
        ("Ankle boot", "ankle-boot"),
        ("../../etc/passwd", "etc-passwd"),
        ("外套", "class"),
        ("", "class"),
        ("x" * 39 + "/y", "x" * 39),
    ],
)
def test_a_name_is_reduced_to_letters_digits_and_hyphens(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(name=st.text(max_size=300) | st.sampled_from(HOSTILE_NAMES))
def test_any_name_makes_a_harmless_one(name: str) -> None:
    assert re.fullmatch("[a-z0-9][a-z0-9-]{0,39}", slug(name))
