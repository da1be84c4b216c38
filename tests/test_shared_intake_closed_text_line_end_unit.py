"""line_end: lines of protocol 0, whose length the file does not tell beforehand."""

from __future__ import annotations

import pytest

from shared.intake.closed.refusal import Refused
from shared.intake.closed.state import State
from shared.intake.closed.text import line_end
from shared.intake.limits import Limits


def test_a_line_ends_at_its_newline() -> None:
    state = State(b"ab\n\ncd\n", Limits())
    assert [line_end(state, at) for at in (0, 1, 2, 3, 4)] == [2, 2, 2, 3, 6]
    assert line_end(state, 0, 2) == 2


@pytest.mark.parametrize(("at", "limit"), [(4, None), (7, None), (0, 1), (99, None)])
def test_a_line_without_an_end_or_too_long_is_refused(at: int, limit: int | None) -> None:
    with pytest.raises(Refused, match="line without an end"):
        line_end(State(b"ab\nabcd", Limits()), at, limit)
