"""Reader of .npy files."""

from __future__ import annotations

from producer.intake.job import Job
from producer.intake.readers.arrays import array_from_npy
from producer.intake.readers.decoding import decode
from producer.intake.readers.mapped import mapped
from shared.intake.found import Found
from shared.intake.layouts import recognise


def read(job: Job) -> Found:
    """Read an array of images, without labels.

    Raises:
        DataError: it is damaged, of objects, or no images.
    """
    array = array_from_npy(mapped(job), where=job.where)
    return recognise(array, where=job.where, layout=job.layout, decode=decode, limits=job.limits)
