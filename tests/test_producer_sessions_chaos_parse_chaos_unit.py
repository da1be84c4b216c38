"""parse_chaos reads what a user writes, and what a specification says of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.sessions.chaos import MAX_DELAY_S, ChaosSpec, parse_chaos
from shared.errors import SettingsError

SHARE = st.floats(0, 0.25)
TIME = st.floats(0, MAX_DELAY_S)
SPECS = st.builds(
    ChaosSpec, drop=SHARE, reset=SHARE, corrupt=SHARE, stall=SHARE, delay_s=TIME, stall_s=TIME
)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("drop=0.01", ChaosSpec(drop=0.01)),
        (
            "drop=0.01,delay=50ms,reset=0.001,corrupt=0.0005",
            ChaosSpec(drop=0.01, delay_s=0.05, reset=0.001, corrupt=0.0005),
        ),
        ("delay=1.5s", ChaosSpec(delay_s=1.5)),
        ("stall=0.001:2s", ChaosSpec(stall=0.001, stall_s=2.0)),
        (" reset=1e-3 , drop=1E-2 ", ChaosSpec(reset=0.001, drop=0.01)),
        ("drop=0,reset=1", ChaosSpec(reset=1.0)),
        ("drop=0.2,reset=0.7,corrupt=0.1", ChaosSpec(drop=0.2, reset=0.7, corrupt=0.1)),
    ],
)
def test_a_specification_is_read(text: str, spec: ChaosSpec) -> None:
    assert parse_chaos(text) == spec


@given(SPECS)
def test_what_a_specification_says_of_itself_is_read_back(spec: ChaosSpec) -> None:
    assert str(spec) == "" or parse_chaos(str(spec)) == spec


def test_a_specification_without_faults_says_nothing() -> None:
    assert str(ChaosSpec()) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "unknown fault in .*: expected drop=0.01,.*, got ''"),
        ("drop=0.1,", "unknown fault in .*: .*, got ''"),
        ("lose=0.1", "unknown fault in .*: .*, got 'lose=0.1'"),
        ("drop", "wrong drop in .*: expected a share of the frames, 0..1, .*, got ''"),
        ("drop=x", "wrong drop in .*: .*, got 'x'"),
        ("drop=nan", "wrong drop in .*: .*, got 'nan'"),
        ("drop=-0.1", "wrong drop in .*: .*, got '-0.1'"),
        ("drop=1.1", "wrong drop in .*: expected 0..1, got 1.1"),
        ("drop=1e999", "wrong drop in .*: expected 0..1, got inf"),
        ("drop=10%", "wrong drop in .*: .*, got '10%'"),
        ("delay=50", "wrong delay in .*: expected a time in ms or s, .*, got '50'"),
        ("delay=61s", "wrong delay in .*: expected 0..60, got 61.0"),
        ("stall=0.1", "wrong stall in .*: expected a time in ms or s, .*, got ''"),
        ("stall=2s", "wrong stall in .*: expected a share of the frames, .*, got '2s'"),
        ("drop=0.1,drop=0.2", "wrong drop in .*: expected each fault once, got 'drop=0.1,"),
        ("drop=0.6,reset=0.6", "wrong sum of the shares in .*: expected at most 1, got 1.2"),
    ],
)
def test_what_is_none_is_refused_naming_the_part(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_chaos(text)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_chaos(text), ChaosSpec)
    except SettingsError as error:
        assert error.where == "option --chaos or CATWALK_CHAOS"
