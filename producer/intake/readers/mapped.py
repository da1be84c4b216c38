"""The bytes of the file that a job is about."""

from __future__ import annotations

import mmap

from producer.intake.job import Job


def mapped(job: Job) -> mmap.mmap | bytes:
    """Map the job's file, which is open already; nothing is copied."""
    if job.source is None or job.size == 0:
        return b""
    return mmap.mmap(job.source, job.size, access=mmap.ACCESS_READ)
