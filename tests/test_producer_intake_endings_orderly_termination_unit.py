"""orderly_termination: SIGTERM unwinds the stack, where nobody else heeds it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from producer.intake.endings import orderly_termination


@pytest.fixture(name="default_action", autouse=True)
def restored_action() -> Iterator[None]:
    """SIGTERM as it is in a new process, and afterwards as it was."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


def test_the_signal_ends_the_process_by_way_of_its_contexts() -> None:
    with pytest.raises(SystemExit) as caught, orderly_termination():
        signal.raise_signal(signal.SIGTERM)
    assert caught.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_who_heeds_it_already_goes_on_doing_so() -> None:
    heard: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    with orderly_termination():
        signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]


def test_another_thread_leaves_the_signal_alone() -> None:
    seen: list[object] = []

    def work() -> None:
        with orderly_termination():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]
