"""Tests of faults.tracing.most_calls."""

from __future__ import annotations

from pathlib import Path

from faults.tracing import most_calls


def test_calls_are_counted_by_thread_and_the_busiest_counts(tmp_path: Path) -> None:
    record = tmp_path / "calls"
    record.write_text(
        "7 fdatasync(5)   = 0\n"
        "7 fdatasync(5 <unfinished ...>\n"
        "8 fdatasync(6)   = 0\n"
        "7 <... fdatasync resumed>) = 0\n"
        '8 sendto(9, ""..., 3, 0, NULL, 0) = 3\n'
        "7 +++ exited with 0 +++\n",
        encoding="ascii",
    )

    assert dict(most_calls(record)) == {"fdatasync": 2, "sendto": 1}
