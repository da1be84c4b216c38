"""Memory that was freed is used again, not fetched page by page."""

from __future__ import annotations

import ctypes
import resource
import subprocess
import sys

import pytest

from consumer.metadata.memory import keep_freed_memory

ROUNDS, PIECE = 50, 4 * 2**20
SCRIPT = f"""
import resource
from consumer.metadata.memory import keep_freed_memory
assert keep_freed_memory()
bytearray(b"x") * {PIECE}
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({ROUNDS}):
    bytearray(b"x") * {PIECE}
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_what_was_freed_is_used_again() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True)
    pages = PIECE // resource.getpagesize()
    assert int(told.stdout) < ROUNDS * pages / 10


def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert not keep_freed_memory()
