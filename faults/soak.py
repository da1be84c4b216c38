"""``python -m faults.soak`` (S1): hours of frames as fast as possible, with resets and kills.

Ten hours at 10 frames a second are 360,000 frames. All connections are reset each 5,000 frames, and
one of the services is killed and restarted after 50,000, 100,000 and 150,000: consumer, producer,
consumer. From then on both live to the end, because only in a long life does a slope of memory
show: the classifier first fills its caches, SQLite its pages. Descriptors and threads are looked at
all the while.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import structlog
import typer

from faults.loops import Loop, looping, proxied
from faults.nursery import Nursery
from faults.proxy import Proxy
from faults.results import entry, keep
from faults.services import Service
from faults.site import Play, Site
from faults.surroundings import Usage
from faults.values import FaultError, Order, Outcome, Stolen, Tally, Watch
from shared.logs import configure_logging

log = structlog.get_logger()

FRAMES = 360_000
RESET_EACH = 5_000
KILL_EACH = 50_000
OPTIONS = ("--batch", "8")
"""The classifier keeps memory for each size of a batch that it has seen: so it soon has all."""
LOOK_S = 0.1
WARM_FRAMES = {"consumer": 100_000, "producer": 150_000}
"""Until then bounded caches are filled: SQLite keeps 2 MiB, and some 18 bytes of each frame."""
KILLED = ("consumer", "producer", "consumer")
SLOPE_FRAMES = 100_000
SLOPE_MIB = 1.0
SPARE_DESCRIPTORS = 6
"""So many may be open more while connections that were cut are let go of."""
MIB = 1024.0 * 1024.0
STALLED_S = 60.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What a service held when so many frames were stored."""

    frames: int
    usage: Usage


@dataclass(slots=True)
class Life:
    """One process of a service, from its start to its end.

    Args:
        side: "producer" or "consumer".
        since: how many frames were stored when it began.
        samples: what it held, over time.
    """

    side: str
    since: int
    samples: list[Sample] = field(default_factory=list)

    def warm(self) -> list[Sample]:
        """The samples after it had started up."""
        warm = self.since + WARM_FRAMES[self.side]
        return [sample for sample in self.samples if sample.frames >= warm]


def slope(lives: Sequence[Life]) -> float:
    """How memory grows: MiB for 100,000 frames, by least squares with a level for each life.

    Args:
        lives: of one side; 0 where they have too few samples to tell.
    """
    frames, memory = [np.empty(0)], [np.empty(0)]
    for life in lives:
        warm = life.warm()
        if len(warm) > 1:
            x = np.array([sample.frames for sample in warm], np.float64)
            y = np.array([sample.usage.resident for sample in warm], np.float64)
            frames.append(x - x.mean())
            memory.append(y - y.mean())
    x, y = np.concatenate(frames), np.concatenate(memory)
    spread = float(x @ x)
    return float(x @ y) / spread * SLOPE_FRAMES / MIB if spread else 0.0


class _Scene:
    """The two services, the proxies between them, and what has been done to them."""

    def __init__(self, site: Site, loop: Loop, proxies: Sequence[Proxy], play: Play) -> None:
        self._site = site
        self._loop = loop
        self._proxies = proxies
        self._play = play
        self.lives: list[Life] = []
        self.resets = 0
        self.kills = 0
        self._running: dict[str, tuple[Service, Life]] = {}
        for side in ("producer", "consumer"):
            self._start(side, 0)

    @property
    def consumer(self) -> Service:
        """The present one."""
        return self._running["consumer"][0]

    def stored(self) -> int:
        """How many frames are stored."""
        return sum(self._site.stored(self._play.name))

    def look(self, stored: int) -> None:
        """Take a sample of both."""
        for service, life in self._running.values():
            if service.code is None:
                life.samples.append(Sample(stored, service.usage()))

    def harm(self, stored: int) -> None:
        """Do what is due at so many frames."""
        if self.kills < len(KILLED) and stored >= (self.kills + 1) * KILL_EACH:
            side = KILLED[self.kills]
            self.kills += 1
            self._running[side][0].kill()
            self._start(side, stored)
        if stored >= (self.resets + 1) * RESET_EACH:
            self.resets = stored // RESET_EACH
            for proxy in self._proxies:
                self._loop.call(proxy.reset_all)

    def _start(self, side: str, stored: int) -> None:
        start = self._site.producer if side == "producer" else self._consumer
        life = Life(side, stored)
        self.lives.append(life)
        self._running[side] = (start(), life)

    def _consumer(self) -> Service:
        return self._site.consumer(self._play)


def soak(order: Order) -> Outcome:
    """S1: one session of ``order.runs`` frames as fast as possible."""
    tally = Tally(order)
    play = Play("soak", frames=order.runs, fps=0.0, host="127.0.0.2", options=OPTIONS)
    with (
        Site(order.folder, order.nursery) as site,
        looping() as loop,
        proxied(loop, site.port) as stream,
        proxied(loop, site.session_port) as channel,
    ):
        scene = _Scene(site, loop, (stream, channel), play)
        watch = Watch()
        _endure(scene, play)
        seconds = watch.read()
        tally.add(0, site.ended(scene.consumer, play, within=STALLED_S))
        _tell(scene, tally, frames_per_s=play.frames / seconds)
    return tally.outcome()


def _endure(scene: _Scene, play: Play) -> None:
    stored, moved = 0, Watch()
    while stored < play.frames:
        time.sleep(LOOK_S)
        before, stored = stored, scene.stored()
        moved = Watch() if stored > before else moved
        if moved.read() > STALLED_S or scene.consumer.code is not None:
            raise FaultError(f"stands still at {stored} frames: {scene.consumer.lines()[-2:]}")
        scene.look(stored)
        if stored < play.frames:
            scene.harm(stored)


def _tell(scene: _Scene, tally: Tally, *, frames_per_s: float) -> None:
    tally.figure("frames a second", round(frames_per_s))
    tally.figure("resets", scene.resets)
    tally.figure("kills", scene.kills)
    for side in ("producer", "consumer"):
        lives = [life for life in scene.lives if life.side == side]
        _tell_side(side, lives, tally)


def _tell_side(side: str, lives: Sequence[Life], tally: Tally) -> None:
    growth = slope(lives)
    tally.figure(f"{side}: MiB for 100,000 frames", round(growth, 3))
    if growth > SLOPE_MIB:
        tally.find(f"the {side}'s memory grows by {growth:.2f} MiB for 100,000 frames")
    samples = [sample for life in lives for sample in life.samples]
    for name in ("descriptors", "threads"):
        values = sorted(getattr(sample.usage, name) for sample in samples)
        if values:
            usual = values[len(values) // 2]
            tally.figure(f"{side}: {name}, median and most", f"{usual}, {values[-1]}")
            if values[-1] > usual + SPARE_DESCRIPTORS:
                tally.find(f"the {side} has {values[-1]} {name}: usually {usual}")


def main(
    frames: Annotated[int, typer.Option(help="Frames of the session.", min=1000)] = FRAMES,
    seed: Annotated[int | None, typer.Option(envvar="REPRO_SEED", min=0)] = None,
    results: Annotated[Path | None, typer.Option("--json", help="Add the result here.")] = None,
) -> None:
    """Play one very long session through resets and kills; ends with 1 if a promise breaks."""
    configure_logging()
    drawn = secrets.randbelow(2**31) if seed is None else seed
    nursery = Nursery()
    with tempfile.TemporaryDirectory() as folder:
        watch, stolen = Watch(), Stolen()
        outcome = soak(Order(frames, drawn, Path(folder) / "S1", nursery, full=True))
        told = entry(outcome, drawn, watch, stolen, full=True) | {"frames": frames}
    nursery.close()
    log.info("soaked", **told)
    if results is not None:
        keep(results, "S1", told)
    sys.exit(int(not outcome.passed))


if __name__ == "__main__":
    typer.run(main)
