"""How long a probe goes on to look, with a service that says what it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from containers.probe import LOOK_S, LOOKS, probe


class _Service:
    """Says one answer after another, and keeps how long was waited between them."""

    def __init__(self, *answers: str | None) -> None:
        self._answers: Iterator[str | None] = iter(answers)
        self.pauses: list[float] = []

    def look(self) -> str | None:
        """The next answer; well, when all were given."""
        return next(self._answers, None)


def test_the_first_look_at_a_healthy_service_ends_at_once_and_is_remembered(tmp_path: Path) -> None:
    service = _Service()
    mark = tmp_path / "mark"
    assert probe(service.look, str(mark), service.pauses.append) is None
    assert not service.pauses
    assert mark.exists()


def test_looks_at_a_service_that_is_not_up_yet_end_at_once_and_are_not_remembered(
    tmp_path: Path,
) -> None:
    service = _Service("refused")
    mark = tmp_path / "mark"
    assert probe(service.look, str(mark), service.pauses.append) == "refused"
    assert not service.pauses
    assert not mark.exists()


def test_a_service_that_was_healthy_before_is_watched_for_a_while(tmp_path: Path) -> None:
    service = _Service()
    mark = tmp_path / "mark"
    mark.touch()
    assert probe(service.look, str(mark), service.pauses.append) is None
    assert service.pauses == [LOOK_S] * LOOKS


def test_a_service_that_falls_ill_meanwhile_is_told_of_at_once(tmp_path: Path) -> None:
    service = _Service(None, None, None, "503 dead")
    mark = tmp_path / "mark"
    mark.touch()
    assert probe(service.look, str(mark), service.pauses.append) == "503 dead"
    assert service.pauses == [LOOK_S] * 3


def test_a_service_that_is_ill_already_is_not_waited_for(tmp_path: Path) -> None:
    service = _Service("503 dead")
    mark = tmp_path / "mark"
    mark.touch()
    assert probe(service.look, str(mark), service.pauses.append) == "503 dead"
    assert not service.pauses
