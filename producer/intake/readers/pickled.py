"""Reader of pickles: parsed by the closed loader, which runs nothing that is in them."""

from __future__ import annotations

from producer.intake.job import Job
from producer.intake.readers.decoding import decode
from producer.intake.readers.mapped import mapped
from shared.intake.found import Found
from shared.intake.layouts import recognise
from shared.intake.pickles import parse_pickle


def read(job: Job) -> Found:
    """Read a pickle.

    Raises:
        PickleRefused: it is damaged or asks for what honest image sets do not need.
        DataError: it holds no image set.
    """
    value = parse_pickle(mapped(job), where=job.where, limits=job.limits)
    return recognise(value, where=job.where, layout=job.layout, decode=decode, limits=job.limits)
