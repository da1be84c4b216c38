"""Tests of faults.services.Service with small processes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from faults.services import Service, start
from faults.values import FaultError

SAY = (
    'import sys, time; sys.stderr.write(\'{"event":"serving"}\\nnonsense\\n\'); sys.stderr.flush()'
)


def say_and(rest: str, tmp_path: Path) -> Service:
    """A process that says something, and then does the rest."""
    return start([sys.executable, "-c", f"{SAY}; {rest}"], tmp_path / "x.log")


def test_its_events_and_its_exit_code_are_seen(tmp_path: Path) -> None:
    service = say_and("sys.exit(3)", tmp_path)

    assert service.event("serving") == {"event": "serving"}
    assert service.wait() == 3
    assert service.lines()[1] == {"event": "not-json", "text": "nonsense"}


def test_it_can_be_killed_and_told_to_end(tmp_path: Path) -> None:
    killed = say_and("time.sleep(60)", tmp_path)
    killed.event("serving")
    killed.kill()

    assert killed.code == -9

    killed.kill()
    told = say_and("time.sleep(60)", tmp_path)

    assert told.stop() == -15


def test_an_event_that_does_not_come_is_an_error(tmp_path: Path) -> None:
    service = say_and("sys.exit(0)", tmp_path)

    with pytest.raises(FaultError, match="no event stopped"):
        service.event("stopped")


def test_what_does_not_end_in_time_is_an_error(tmp_path: Path) -> None:
    service = say_and("time.sleep(60)", tmp_path)

    with pytest.raises(FaultError, match="not ended within"):
        service.wait(0.05)
    service.kill()


def test_a_producer_that_ends_unserved_is_told_from_one_that_serves(tmp_path: Path) -> None:
    serving = say_and("time.sleep(60)", tmp_path)
    ended = start([sys.executable, "-c", "pass"], tmp_path / "y.log")

    assert not serving.ends_unserved()
    assert ended.ends_unserved()
    serving.kill()


def test_what_it_holds_is_known_while_it_runs(tmp_path: Path) -> None:
    service = say_and("time.sleep(60)", tmp_path)
    service.event("serving")
    held = service.usage()
    service.kill()

    assert held.resident > 0
    assert held.peak >= held.resident
    assert held.descriptors >= 3
    assert held.threads == 1
