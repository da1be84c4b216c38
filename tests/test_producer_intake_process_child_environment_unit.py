"""child_environment: our code, one thread, no secrets."""

from __future__ import annotations

import os
from pathlib import Path

import producer
from producer.intake.process import child_environment

ROOT = str(Path(producer.__file__).parents[1])


def test_settings_and_secrets_are_left_out_and_the_rest_stays() -> None:
    made = child_environment({"CATWALK_TOKEN": "secret", "HOME": "/h", "OMP_NUM_THREADS": "8"})
    assert "CATWALK_TOKEN" not in made
    assert (made["HOME"], made["OMP_NUM_THREADS"], made["OPENBLAS_NUM_THREADS"]) == ("/h", "1", "1")


def test_the_child_runs_our_own_code() -> None:
    assert child_environment({})["PYTHONPATH"] == ROOT
    assert child_environment({"PYTHONPATH": "/app"})["PYTHONPATH"] == f"{ROOT}{os.pathsep}/app"
