"""Supervisor: a thread that dies without a word is found, and every thread is joined."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from consumer_parts import run_for
from producer_parts import virtual
from structlog.testing import capture_logs

from consumer.pipeline.supervisor import LOOK_S, Supervisor, Worker
from consumer.vitals import Pulse
from shared.errors import CatwalkError, WorkerError

STUCK = WorkerError("the receiver thread did not end")


class FakeWorker:
    """A worker that does nothing.

    Args:
        name: of its thread.
        diary: where it notes what it is told.
        failure: what its join raises.
    """

    def __init__(
        self, name: str, diary: list[str] | None = None, *, failure: CatwalkError | None = None
    ) -> None:
        self.name = name
        self.dead = False
        self.failure = ""
        self.looks = 0
        self._diary = [] if diary is None else diary
        self._join_failure = failure

    def start(self) -> None:
        """Note it."""
        self._diary.append(f"start {self.name}")

    def join(self, within_s: float) -> None:
        """Note it, and fail if that was asked for."""
        self._diary.append(f"join {self.name} within {within_s:g} s")
        if self._join_failure is not None:
            raise self._join_failure

    def pulse(self) -> Pulse:
        """As a test says."""
        self.looks += 1
        return Pulse(7, dead=self.dead, failure=self.failure)


def crew(diary: list[str], failure: CatwalkError | None = None) -> tuple[Worker, Worker]:
    """Two workers, the first of which may not end."""
    return FakeWorker("receiver", diary, failure=failure), FakeWorker("analyst", diary)


def test_all_workers_are_started_and_joined_in_the_order_of_a_frames_way() -> None:
    diary: list[str] = []
    supervisor = Supervisor(crew(diary))
    assert not diary
    supervisor.start()
    supervisor.join()
    assert diary == [
        "start receiver",
        "start analyst",
        "join receiver within 5 s",
        "join analyst within 5 s",
    ]


def test_all_are_joined_even_if_one_does_not_end_and_that_one_is_named() -> None:
    diary: list[str] = []
    with capture_logs() as lines, pytest.raises(WorkerError) as caught:
        Supervisor(crew(diary, STUCK)).join()
    assert caught.value is STUCK
    assert diary == ["join receiver within 5 s", "join analyst within 5 s"]
    assert lines == [
        {
            "event": "worker-not-joined",
            "log_level": "error",
            "worker": "receiver",
            "reason": "the receiver thread did not end",
        }
    ]


def test_of_several_that_do_not_end_the_first_is_told() -> None:
    other = WorkerError("the analyst thread did not end")
    workers = FakeWorker("receiver", failure=STUCK), FakeWorker("analyst", failure=other)
    with capture_logs() as lines, pytest.raises(WorkerError) as caught:
        Supervisor(workers).join()
    assert caught.value is STUCK
    assert [line["worker"] for line in lines] == ["receiver", "analyst"]


def test_a_fault_of_our_own_in_a_join_is_not_hidden() -> None:
    class Broken(FakeWorker):
        """Its join has a fault."""

        def join(self, within_s: float) -> None:
            """Fail."""
            raise KeyError("join")

    with pytest.raises(KeyError):
        Supervisor([Broken("receiver")]).join()


@pytest.mark.parametrize("victim", [0, 1])
@pytest.mark.parametrize("after_s", [0.0, 0.1, 3.3])
@virtual
async def test_a_thread_that_dies_without_a_word_is_found_within_two_seconds(
    after_s: float, victim: int
) -> None:
    loop = asyncio.get_running_loop()
    workers = FakeWorker("receiver"), FakeWorker("analyst")
    watching = asyncio.create_task(Supervisor(workers).watch())
    await asyncio.sleep(after_s)
    assert not watching.done()
    workers[victim].dead = True
    died = loop.time()
    with pytest.raises(WorkerError, match=f"^the {workers[victim].name} thread has died$"):
        await watching
    assert loop.time() - died <= LOOK_S < 2.0


def _well(_: FakeWorker) -> None:
    """Leave it as it is."""


def _failed(worker: FakeWorker) -> None:
    """It has said why it ended."""
    worker.failure = "wrong CRC-32"


@pytest.mark.parametrize("change", [_well, _failed])
@virtual
async def test_who_lives_or_has_said_why_it_ended_is_left_alone(
    change: Callable[[FakeWorker], None],
) -> None:
    worker = FakeWorker("receiver")
    change(worker)
    await run_for(Supervisor([worker]).watch(), 60.0)
    assert worker.looks == 60.0 / LOOK_S
