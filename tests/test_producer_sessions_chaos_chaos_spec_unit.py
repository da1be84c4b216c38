"""ChaosSpec holds figures that can be used."""

from __future__ import annotations

import pytest

from producer.sessions.chaos import ChaosSpec
from shared.errors import SettingsError


@pytest.mark.parametrize(
    ("part", "value"),
    [("drop", -0.1), ("reset", 1.5), ("corrupt", float("nan")), ("stall", 2.0)],
)
def test_a_share_outside_of_0_to_1_is_refused(part: str, value: float) -> None:
    with pytest.raises(
        SettingsError, match=f"wrong {part} in option --chaos or CATWALK_CHAOS: expected 0..1, got"
    ):
        ChaosSpec(**{part: value})


@pytest.mark.parametrize("part", ["delay", "stall"])
def test_a_time_beyond_a_minute_is_refused(part: str) -> None:
    with pytest.raises(
        SettingsError,
        match=f"wrong {part} in option --chaos or CATWALK_CHAOS: expected 0..60, got 60.5",
    ):
        ChaosSpec(**{f"{part}_s": 60.5})


def test_more_faults_than_frames_are_refused() -> None:
    with pytest.raises(SettingsError, match="wrong sum of the shares"):
        ChaosSpec(drop=0.5, reset=0.3, corrupt=0.2, stall=0.1)


def test_shares_that_make_1_but_for_rounding_are_taken() -> None:
    assert str(ChaosSpec(drop=0.7, reset=0.2, corrupt=0.1)) == "drop=0.7,reset=0.2,corrupt=0.1"


def test_it_says_what_it_holds_as_a_user_writes_it() -> None:
    spec = ChaosSpec(drop=0.01, delay_s=0.05, stall=0.001, stall_s=2.0)
    assert str(spec) == "drop=0.01,stall=0.001:2.0s,delay=0.05s"
