"""Tests of setting the number of threads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from consumer.classifier.inference import configure_threads
from shared.errors import SettingsError
from shared.processors import processors


@pytest.fixture(autouse=True)
def same_threads_after() -> Iterator[None]:
    """Give the process its threads back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("threads", [1, 2])
def test_pytorch_uses_so_many(threads: int) -> None:
    configure_threads(threads)
    assert torch.get_num_threads() == threads


def test_it_uses_all_processors_where_no_number_is_said() -> None:
    configure_threads(None)
    assert torch.get_num_threads() == processors()


@pytest.mark.parametrize("threads", [0, -1, 1025])
def test_a_number_out_of_range_is_refused(threads: int) -> None:
    with pytest.raises(SettingsError, match=f"in threads: expected 1..1024, got {threads}"):
        configure_threads(threads)
