"""The classifier alone: no socket, no queue, no thread. Run as a process of its own.

python -m benchmarks.bare FILE.pickle BATCH THREADS FRAMES [CALLS_A_SECOND]: prints frames a second
of classification, and the median time of one call, as JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from consumer.classifier.inference import Classifier, configure_threads
from shared.intake.pickles import load_pickle

WARM_UP = 20


def measure(
    path: Path, *, batch: int, threads: int, frames: int, pace: float = 0.0
) -> dict[str, float]:
    """Classify ``frames`` frames of a pickle, over and over from its start, in equal batches.

    With a ``pace`` (calls a second) it sleeps between the calls: what was idle has cold caches and
    is slower than the same call in a tight loop.
    """
    configure_threads(threads)
    classifier = Classifier.load()
    with path.open("rb") as file:
        images = load_pickle(file, where=str(path)).stack
    batches = [images[k : k + batch] for k in range(0, len(images) - batch + 1, batch)]
    for k in range(WARM_UP):
        classifier.classify(np.ascontiguousarray(batches[k % len(batches)]))
    times = []
    for k in range(max(1, frames // batch)):
        time.sleep(1 / pace if pace else 0.0)
        began = time.perf_counter()
        # The pipeline makes a batch of single frames; the bare classifier does so too.
        classifier.classify(np.stack(list(batches[k % len(batches)])))
        times.append(time.perf_counter() - began)
    return {
        "frames_per_second": batch * len(times) / sum(times),
        "call_ms": 1e3 * statistics.median(times),
    }


def main(path: str, *numbers: str) -> None:
    """Measure and write the figures to standard output."""
    batch, threads, frames, *pace = (float(number) for number in numbers)
    figures = measure(
        Path(path), batch=int(batch), threads=int(threads), frames=int(frames), pace=sum(pace)
    )
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
