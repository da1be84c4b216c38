"""Which of several errors a user is told."""

from __future__ import annotations

import pytest

from consumer.session.leg import first_cause
from shared.errors import ConnectionLost, RefusedError, WorkerError

REFUSED = RefusedError("bad-state", "not now")
LOST = ConnectionLost("session channel lost")
FAILED = WorkerError("the analyst thread failed")
BUG = ZeroDivisionError("a bug")


@pytest.mark.parametrize(
    ("errors", "cause"),
    [
        ([LOST], LOST),
        ([LOST, FAILED], LOST),
        ([LOST, REFUSED], REFUSED),
        ([BUG, LOST], LOST),
        ([BUG], BUG),
        ([BUG, ExceptionGroup("inner", [LOST, REFUSED])], REFUSED),
        ([ExceptionGroup("inner", [BUG]), ExceptionGroup("inner", [FAILED])], FAILED),
    ],
)
def test_the_producers_own_words_come_first_then_documented_errors(
    errors: list[Exception], cause: Exception
) -> None:
    assert first_cause(ExceptionGroup("outer", errors)) is cause
