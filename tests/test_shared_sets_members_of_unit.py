"""members_of: the classes of each row of a matrix."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from shared.sets import members_of


@given(
    sets=arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=0), elements=st.booleans())
)
def test_each_row_has_the_classes_that_are_true(
    sets: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
) -> None:
    expected = [tuple(k for k, holds in enumerate(row) if holds) for row in sets.tolist()]
    assert members_of(sets) == expected
