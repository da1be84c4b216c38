"""FrameBlock holds the next frames of a session."""

from __future__ import annotations

import pytest
from recording_parts import block


def test_a_block_is_frozen() -> None:
    frames = block(0, 1)
    with pytest.raises(AttributeError):
        frames.first = 1  # type: ignore[misc]  # what must not be possible


def test_a_frame_with_a_label_needs_no_reason() -> None:
    assert not block(0, 2).reasons
