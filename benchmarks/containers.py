"""How long ``docker compose up`` takes to the first classified frame, and what the images weigh."""

from __future__ import annotations

import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.house import BenchmarkError, environment
from benchmarks.spread import Spread

ROOT = Path(__file__).resolve().parents[1]
FIRST_OWN_LAYER = "PYTHONSAFEPATH"
METRICS = "http://127.0.0.1:7000/metrics"
PATIENCE_S = 120.0
LOOK_S = 0.02
_STORED = re.compile(r"^catwalk_frames_stored_total (?P<frames>[0-9.]+)", re.MULTILINE)


def measure(folder: Path, *, runs: int) -> dict[str, Spread]:
    """Seconds from ``up``, images built, to the first stored prediction; what images add, MB.

    Each run is a new project with a new ledger, as on a user's first try. Ports 6000 and 7000 must
    be free.

    Raises:
        BenchmarkError: no engine, or no frame within 120 s.
    """
    compose = _compose()
    _run(*compose, "--file", str(ROOT / "docker-compose.yml"), "build")
    place = ("--file", str(ROOT / "docker-compose.yml"), "--project-directory", str(folder))
    seconds = [
        _first_frame((*compose, *place, "--project-name", f"catwalk-bench-{k}"))
        for k in range(runs)
    ]
    return {
        "up_to_first_classified_frame_s": Spread.of(seconds, 2),
        "producer_image_adds_mb": Spread.of([_added_mb("catwalk-producer")], 0),
        "consumer_image_adds_mb": Spread.of([_added_mb("catwalk-consumer")], 0),
    }


def _compose() -> tuple[str, ...]:
    """Compose v2 where there is one, else 1.29."""
    asked = subprocess.run(("docker", "compose", "version"), capture_output=True, check=False)
    return ("docker-compose",) if asked.returncode else ("docker", "compose")


def _first_frame(command: tuple[str, ...]) -> float:
    began = time.perf_counter()
    with subprocess.Popen(
        (*command, "up", "--no-build"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as up:
        try:
            while not _stored():
                if up.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                    raise BenchmarkError(f"no frame was classified by {' '.join(command)} up")
                time.sleep(LOOK_S)
            return time.perf_counter() - began
        finally:
            up.terminate()
            up.wait()
            _run(*command, "down", "--volumes")


def _stored() -> float:
    """Frames whose predictions are stored, as the producer counts them; 0 before it serves."""
    try:
        with urllib.request.urlopen(METRICS, timeout=1.0) as answer:
            found = _STORED.search(answer.read().decode())
    except (OSError, urllib.error.URLError):
        return 0.0
    return float(found["frames"]) if found else 0.0


def _environment() -> dict[str, str]:
    """This one's without its settings; what the containers write belongs to whoever measures."""
    ids = {"CATWALK_UID": os.geteuid() or 1000, "CATWALK_GID": os.getegid() or 1000}
    return {**environment(), **{name: str(number) for name, number in ids.items()}}


def _added_mb(image: str) -> float:
    """The layers above the base, which the builder need not keep as an image of its own."""
    form = "--format={{.Size}} {{.CreatedBy}}"
    layers = _run("docker", "history", "--no-trunc", "--human=false", form, image).splitlines()
    first = next(k for k, layer in enumerate(layers) if FIRST_OWN_LAYER in layer)
    return sum(int(layer.split(maxsplit=1)[0]) for layer in layers[: first + 1]) / 1e6


def _run(*command: str) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise BenchmarkError(f"{' '.join(command)}: {ended.stderr.strip()[-2000:]}")
    return ended.stdout
