"""confine: the limits that a process sets on itself, seen from inside of one that did."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from producer.intake.confinement import confine
from producer.intake.formats import Kind
from producer.intake.job import Job

_PRINT = """
import json, resource, sys
from producer.intake.confinement import confine
from producer.intake.formats import Kind
from producer.intake.job import Job
from shared.intake.limits import Limits
{before}
confine(Job(Kind("{kind}"), "a", "a", "b", 1, 2, size=2**20, limits=Limits(
    pixel_bytes=1000, memory_bytes=2**28, seconds=3.0, bulk_seconds=99.0)))
names = ("CORE", "NOFILE", "FSIZE", "CPU", "NPROC", "AS")
sys.stdout.write(json.dumps([resource.getrlimit(getattr(resource, "RLIMIT_" + n)) for n in names]))
"""


def _limits(kind: str, before: str = "") -> dict[str, list[int]]:
    script = _PRINT.format(kind=kind, before=before)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    names = ("core", "files", "size", "cpu", "processes", "memory")
    return dict(zip(names, json.loads(done.stdout), strict=True))


def test_each_limit_is_set_once_and_those_that_the_system_lacks_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def refuse(what: int, _limits: tuple[int, int]) -> None:
        asked.append(what)
        raise ValueError("not here")

    monkeypatch.setattr("resource.setrlimit", refuse)
    confine(Job(Kind.PICKLE, "a", "a", "b", 1, 2))
    assert len(asked) == len(set(asked)) == 6


def test_a_file_has_all_limits() -> None:
    limits = _limits("npy")
    assert limits["core"] == [0, 0]
    assert limits["files"] == [64, 64]
    assert limits["size"] == [1000 + 2**26] * 2
    soft, hard = limits["cpu"]
    assert 3 < soft <= 6 and hard == soft + 2
    assert limits["processes"] == [0, 0]
    assert 2**28 < limits["memory"][0] < 2**34


def test_a_video_has_more_time_and_its_decoders_threads() -> None:
    limits = _limits("video")
    assert limits["cpu"][0] >= 99
    assert limits["processes"] != [0, 0]


def test_a_limit_that_is_lower_already_stays() -> None:
    limits = _limits("npy", "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))")
    assert limits["files"] == [9, 9]


def test_without_a_word_of_the_system_a_gibibyte_counts_as_taken() -> None:
    limits = _limits("npy", "import pathlib; pathlib.Path.read_text = lambda *_, **__: ''")
    assert limits["memory"][0] == 2**30 + 2**28 + 2**20
