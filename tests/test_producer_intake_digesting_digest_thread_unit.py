"""DigestThread: the digest of all pieces, made beside."""

from __future__ import annotations

import hashlib

from producer.intake.digesting import DigestThread


def test_the_digest_is_that_of_the_pieces_in_order() -> None:
    digest = DigestThread()
    for piece in (b"a", memoryview(b"bc"), b"d" * 100_000):
        digest.update(piece)
    expected = hashlib.sha256(b"abc" + b"d" * 100_000).hexdigest()
    assert digest.hexdigest() == expected


def test_a_piece_may_change_once_it_is_settled() -> None:
    digest, piece = DigestThread(), bytearray(b"x" * 10_000)
    digest.update(memoryview(piece))
    digest.settle()
    piece[:] = b"y" * 10_000
    assert digest.hexdigest() == hashlib.sha256(b"x" * 10_000).hexdigest()
