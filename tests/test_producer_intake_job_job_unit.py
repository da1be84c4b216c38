"""Job: crosses to the child process as one line, whatever its names hold."""

from __future__ import annotations

from producer.intake.formats import Kind
from producer.intake.job import Job
from shared.intake.limits import Limits


def test_a_job_is_the_same_on_the_other_side() -> None:
    job = Job(Kind.NPZ, "ü\n", "/a b/\udcff", "/out", 5, 6, size=7, layout="NCHW")
    text = job.to_json()
    assert text.isascii() and "\n" not in text
    assert Job.from_json(text) == job


def test_a_file_may_take_its_own_size_and_what_the_limits_allow() -> None:
    limits = Limits(memory_bytes=100, seconds=2.0, bulk_seconds=50.0)
    job = Job(Kind.PICKLE, "a", "a", "b", 1, 2, size=30, limits=limits)
    assert (job.memory_bytes, job.seconds) == (130, 2.0)


def test_a_folder_may_take_longer_but_no_more_memory() -> None:
    limits = Limits(memory_bytes=100, seconds=2.0, bulk_seconds=50.0)
    job = Job(Kind.FOLDER, "a", "a", "b", 1, size=30, limits=limits)
    assert (job.memory_bytes, job.seconds) == (100, 50.0)
