"""Tests of faults.oracle.examine_log."""

from __future__ import annotations

from faults.oracle import examine_log


def test_errors_with_a_code_are_no_finding() -> None:
    assert not examine_log([{"event": "failed", "code": "store-failed", "reason": "full"}])


def test_a_traceback_is_found() -> None:
    findings = examine_log([{"event": "crashed", "exception": "Traceback", "cause": "KeyError()"}])

    assert findings == ("the log has crashed: KeyError()",)


def test_what_nobody_has_foreseen_is_found() -> None:
    assert examine_log([{"event": "conversation-failed"}])


def test_a_line_that_is_no_json_is_found() -> None:
    findings = examine_log([{"event": "not-json", "text": "Segmentation fault"}])

    assert findings == ("the log has not-json: Segmentation fault",)
