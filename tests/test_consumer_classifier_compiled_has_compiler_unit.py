"""Tests of looking for a C++ compiler."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumer.classifier.compiled import has_compiler


@pytest.mark.parametrize(
    ("there", "named", "expected"),
    [
        ("g++", None, True),
        ("clang++", None, True),
        ("clang++", "", True),
        ("gcc", None, False),
        ("mine", "mine", True),
        ("g++", "mine", False),
    ],
)
def test_it_is_that_of_cxx_or_of_a_usual_name(
    tmp_path: Path, there: str, named: str | None, expected: bool
) -> None:
    program = tmp_path / there
    program.touch(mode=0o755)
    variables = {"PATH": str(tmp_path)} | ({} if named is None else {"CXX": named})
    assert has_compiler(variables) is expected
