"""header_bytes leaves room for every header that a recording may come to."""

from __future__ import annotations

import pytest
from recording_parts import ABOUT

from shared.recording.manifest import LENGTH, PAGE, header_bytes


@pytest.mark.parametrize("classes", [(), ("a",), ("\x01" * 200,) * 1000, ("外" * 200,) * 1000])
def test_the_pixels_begin_at_a_page(classes: tuple[str, ...]) -> None:
    about = ABOUT.model_copy(update={"classes": classes})
    assert (header_bytes(about) + LENGTH.size) % PAGE == 0
    assert sum(len(name) for name in classes) < header_bytes(about) < 4 * 2**20
