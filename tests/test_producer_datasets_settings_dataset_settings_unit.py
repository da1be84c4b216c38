"""DatasetSettings: which data set, and how it is read."""

from __future__ import annotations

import pytest

from producer.datasets.settings import DatasetSettings
from shared.errors import SettingsError
from shared.intake.limits import Limits
from shared.settings import load_settings


def test_the_limits_are_those_of_the_intake_by_default() -> None:
    assert load_settings(DatasetSettings, {}).limits == Limits()
    given = {"max_file_mib": 1, "max_load_s": 2, "max_load_mib": 3}
    assert load_settings(DatasetSettings, given).limits == Limits(
        file_bytes=2**20, memory_bytes=3 * 2**20, seconds=2.0, bulk_seconds=120.0
    )


def test_a_layout_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATWALK_LAYOUT", "train,NCHW")
    assert load_settings(DatasetSettings, {}).layout == "train,NCHW"


@pytest.mark.parametrize("layout", ["XX", "", "N" * 201])
def test_what_is_no_layout_is_refused_at_the_door(layout: str) -> None:
    with pytest.raises(SettingsError, match="layout"):
        load_settings(DatasetSettings, {"layout": layout})
