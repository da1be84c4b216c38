"""set_items: keys and values of dicts, and every key that is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shared.intake.closed.containers import MAX_KEYS, set_items
from shared.intake.closed.refusal import Refused
from shared.intake.closed.state import OBJECT_BYTES, State
from shared.intake.limits import Limits


def test_keys_and_values_come_into_the_dict_and_count_as_memory() -> None:
    state, target = State(b"x", Limits()), {"a": 1}
    before = state.left
    set_items(state, target, ["a", 2, b"b", 3, 4, 5])
    assert target == {"a": 2, b"b": 3, 4: 5}
    assert before - state.left == 6 * OBJECT_BYTES


@pytest.mark.parametrize(
    ("target", "items", "what"),
    [
        ([], ["a", 1], "sets items of something else than a dict"),
        ({}, ["a"], "key without a value"),
        ({}, [None, 1], "wrong key"),
        ({}, [True, 1], "wrong key"),
        ({}, [1.5, 1], "wrong key"),
        ({}, [np.zeros(1), 1], "wrong key"),
        ({}, [2**60, 1], "number too large as a key"),
        (dict.fromkeys(range(MAX_KEYS)), ["a", 1], "too many keys"),
    ],
)
def test_anything_else_is_refused(target: Any, items: list[Any], what: str) -> None:
    with pytest.raises(Refused, match=what):
        set_items(State(b"x", Limits()), target, items)
