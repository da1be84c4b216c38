"""The consumer as a process: loads, connects, plays one session, reports. It knows all parts."""

from __future__ import annotations

import asyncio
import time

import structlog

from consumer.classifier.inference import Classifier, configure_threads
from consumer.health import health_port
from consumer.interrupts import Interrupts
from consumer.outcome import Outcome
from consumer.play import Play
from consumer.results.folder import check_folder
from consumer.settings import ConsumerSettings
from consumer.vitals import STALL_S, Vitals

log = structlog.get_logger()


async def run_session(settings: ConsumerSettings) -> Outcome:
    """Play one session against the producer and write the output folder.

    SIGTERM or SIGINT ends the session early, with everything in hand accounted for. The health
    port, where there is to be one, answers from the beginning to the end.

    Raises:
        CatwalkError: whatever kept the session from being balanced.
    """
    interrupts = Interrupts()
    vitals = Vitals(limit=STALL_S)
    async with health_port(settings.health_port, lambda: vitals.look(time.monotonic())):
        classifier = await _load(settings)
        return await Play(settings, classifier, interrupts, vitals).run()


async def _load(settings: ConsumerSettings) -> Classifier:
    configure_threads(settings.threads)
    # On a thread, because the loop has to answer probes meanwhile.
    await asyncio.to_thread(check_folder, settings.output)
    if settings.record is not None:
        await asyncio.to_thread(check_folder, settings.record.parent)
    classifier = await asyncio.to_thread(
        Classifier.load, settings.model, path=settings.path, cache_dir=settings.cache_dir
    )
    log.info("model-loaded", model=classifier.card.name, path=classifier.path)
    return classifier
