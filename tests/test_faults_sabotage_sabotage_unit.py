"""Tests of faults.sabotage.Sabotage."""

from __future__ import annotations

import json

from faults.sabotage import Sabotage


def test_it_survives_the_way_to_another_process() -> None:
    harm = Sabotage(slow_s=0.5, blow="raise", at=3, clock_s=3600.0)

    assert Sabotage(**json.loads(json.dumps(harm.plain()))) == harm
