"""child_environment: our code, one thread, nothing that is not named."""

from __future__ import annotations

import os
from pathlib import Path

import producer
from producer.intake.process import child_environment

ROOT = str(Path(producer.__file__).parents[1])


def test_settings_and_secrets_are_left_out() -> None:
    secrets = dict.fromkeys(("CATWALK_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "HOMER"), "x")
    kept = dict.fromkeys(("HOME", "PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "COVERAGE_X"), "/h")
    made = child_environment({**secrets, **kept, "OMP_NUM_THREADS": "8"})
    assert not secrets.keys() & made.keys()
    assert kept.items() <= made.items()
    assert (made["HOME"], made["OMP_NUM_THREADS"], made["OPENBLAS_NUM_THREADS"]) == ("/h", "1", "1")


def test_the_child_runs_our_own_code() -> None:
    assert child_environment({})["PYTHONPATH"] == ROOT
    assert child_environment({"PYTHONPATH": "/app"})["PYTHONPATH"] == f"{ROOT}{os.pathsep}/app"
