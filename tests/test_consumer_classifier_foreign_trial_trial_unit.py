"""Trial: whatever somebody else's code raises is one line of ours."""

from __future__ import annotations

import pytest

from consumer.classifier.foreign.trial import LONGEST, Trial, told
from shared.errors import DataError, ModelError


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("a\n  b"), "ValueError: a b"),
        (KeyError("x"), "KeyError: 'x'"),
        (RuntimeError(), "RuntimeError"),
        (RuntimeError("\x1b[31mred"), "RuntimeError: ?[31mred"),
        (SystemExit(3), "SystemExit: 3"),
    ],
)
def test_an_exception_is_told_on_one_line(error: BaseException, line: str) -> None:
    assert told(error) == line
    with pytest.raises(ModelError) as caught:
        with Trial("it failed", where="there", expected="peace", hint="try again"):
            raise error
    assert str(caught.value) == f"it failed in there: expected peace, got {line}; try again"
    assert caught.value.__cause__ is error


def test_a_long_story_is_cut() -> None:
    line = told(ValueError("x" * 1000))
    assert len(line) == LONGEST
    assert line.endswith("x...")


@pytest.mark.parametrize("error", [DataError("ours"), KeyboardInterrupt()])
def test_what_is_ours_or_the_users_goes_through(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, Trial("it failed", where="there"):
        raise error
    assert caught.value is error


def test_nothing_is_raised_where_nothing_was() -> None:
    with Trial("it failed", where="there") as trial:
        assert isinstance(trial, Trial)
