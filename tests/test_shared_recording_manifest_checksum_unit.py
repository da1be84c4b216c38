"""checksum is BLAKE2b with 128 bits."""

from __future__ import annotations

from shared.recording.manifest import checksum


def test_the_checksum_is_that_of_the_specification() -> None:
    # RFC 7693: computed by b2sum -l 128.
    assert checksum(b"") == "cae66941d9efbd404e4d88758ea67670"
    assert checksum(b"abc") != checksum(b"abd")
