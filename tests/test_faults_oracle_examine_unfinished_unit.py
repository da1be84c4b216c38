"""Tests of faults.oracle.examine_unfinished."""

from __future__ import annotations

from dataclasses import replace

from fault_books import changed, whole_books

from faults.oracle import examine_unfinished


def test_a_session_that_was_cut_off_may_lack_frames_and_results() -> None:
    whole = whole_books()
    cut_off = changed(replace(whole, runs=whole.runs[:2], results=[]), stored=5, state="suspended")

    assert not examine_unfinished(cut_off, acknowledged=5)


def test_it_may_not_lack_rows() -> None:
    whole = whole_books()

    assert examine_unfinished(replace(whole, runs=whole.runs[1:]))


def test_it_may_not_lack_what_was_acknowledged() -> None:
    findings = examine_unfinished(whole_books(), acknowledged=7)

    assert findings == ("7 frames were acknowledged, 6 are stored",)
