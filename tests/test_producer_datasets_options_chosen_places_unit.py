"""chosen_places: what the options of the commands mean together."""

from __future__ import annotations

from pathlib import Path

from producer.datasets.options import chosen_places
from producer.doctor.subject import Places
from shared.intake.limits import Limits


def test_nothing_chosen_is_the_default() -> None:
    assert chosen_places(None, None) == Places()


def test_each_option_has_its_place() -> None:
    found = chosen_places(Path("data"), Path("cache"), max_file_mib=2, max_load_s=3, max_load_mib=4)
    assert (found.data_dir, found.cache_dir) == (Path("data"), Path("cache"))
    limits = Limits(file_bytes=2 * 2**20, memory_bytes=4 * 2**20, seconds=3, bulk_seconds=180)
    assert found.limits == limits
