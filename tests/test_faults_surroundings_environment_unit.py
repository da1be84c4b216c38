"""Tests of faults.surroundings.environment."""

from __future__ import annotations

import pytest

from faults.surroundings import environment


def test_settings_and_coverage_do_not_reach_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATWALK_FPS", "3")
    monkeypatch.setenv("COVERAGE_PROCESS_START", "x")
    monkeypatch.setenv("HOME_OF_TESTS", "here")

    found = environment(MORE="1")

    assert "CATWALK_FPS" not in found
    assert "COVERAGE_PROCESS_START" not in found
    assert found["HOME_OF_TESTS"] == "here"
    assert found["MORE"] == "1"
