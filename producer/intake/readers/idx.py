"""Reader of single IDX files."""

from __future__ import annotations

from producer.intake.job import Job
from producer.intake.readers.mapped import mapped
from shared.intake.found import Found
from shared.intake.idx import decode_idx
from shared.intake.layouts import recognise


def read(job: Job) -> Found:
    """Read an IDX file of images, without labels.

    Raises:
        DataError: it is damaged, or no images.
    """
    images = decode_idx(mapped(job)[:], where=job.where)
    return recognise(images, where=job.where, layout=job.layout, limits=job.limits)
