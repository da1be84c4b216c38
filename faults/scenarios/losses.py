"""F8 to F10: a network with latency, loss, and a link that comes and goes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from faults import services
from faults.nursery import Nursery
from faults.places import Network, network
from faults.services import Service
from faults.site import Play, Site
from faults.values import Order, Outcome, Tally

FPS = 10.0
DELAY_S, JITTER_S = 0.1, 0.01
"""One way: 200 ms there and back."""
GAP_S = 0.5
HEALED = "seconds from healing to end"
HEALED_S = 30.0
LASTED = "seconds of a session"


@dataclass(frozen=True, slots=True)
class _Scene:
    """Services in a network of their own, and how long its troubles last, in its own units."""

    order: Order
    cable: Network
    site: Site
    tally: Tally


@contextmanager
def _scene(order: Order) -> Iterator[_Scene]:
    with network() as cable:
        nursery = Nursery(cable.prefix)
        try:
            with Site(order.folder, nursery, prefix=cable.prefix) as site:
                site.producer()
                yield _Scene(order, cable, site, Tally(order))
        finally:
            nursery.close()


def latency_and_loss(order: Order) -> Outcome:
    """F8: 200 ms of latency and 2 % of all packets lost, for a whole session."""
    frames = 600 if order.full else 50
    with _scene(order) as scene:
        relays = [_relay(scene, port) for port in (scene.site.port, scene.site.session_port)]
        time.sleep(1.0)
        scene.cable.lose(0.02)
        plays = [_play(run, frames, host="127.0.0.2") for run in range(order.runs)]
        consumers = [scene.site.consumer(play) for play in plays]
        _end(scene, plays, consumers, LASTED, within=frames / FPS + 60.0)
        for relay in relays:
            relay.kill()
        for play in plays:
            _check_gaps(scene, play)
    return scene.tally.outcome()


def heavy_loss(order: Order) -> Outcome:
    """F9: 30 % of all packets lost for 20 s."""
    seconds = 20.0 if order.full else 3.0
    return _trouble(order, lambda cable: _lose(cable, seconds))


def flapping(order: Order) -> Outcome:
    """F10: a link that is cut and healed each second."""
    flaps = 10 if order.full else 2
    return _trouble(order, lambda cable: _flap(cable, flaps))


def _trouble(order: Order, suffer: Callable[[Network], None]) -> Outcome:
    frames = 300 if order.full else 60
    with _scene(order) as scene:
        plays = [_play(run, frames, host="127.0.0.1") for run in range(order.runs)]
        consumers = [scene.site.consumer(play) for play in plays]
        for play in plays:
            scene.site.wait_stored(play.name, 2)
        suffer(scene.cable)
        scene.cable.heal()
        _end(scene, plays, consumers, HEALED, within=frames / FPS + 60.0)
    scene.tally.limit(HEALED, HEALED_S, exact=True)
    return scene.tally.outcome()


def _lose(cable: Network, seconds: float) -> None:
    cable.lose(0.3)
    time.sleep(seconds)


def _flap(cable: Network, flaps: int) -> None:
    for _ in range(flaps):
        cable.lose(1.0)
        time.sleep(1.0)
        cable.heal()
        time.sleep(1.0)


def _play(run: int, frames: int, *, host: str) -> Play:
    return Play(name=f"lossy-{run}", frames=frames, fps=FPS, host=host)


def _relay(scene: _Scene, port: int) -> Service:
    command = [*scene.cable.prefix, sys.executable, "-m", "faults.relay"]
    command += [str(port), str(DELAY_S), str(JITTER_S), str(scene.order.seed)]
    return services.start(command, scene.order.folder / f"relay-{port}.txt")


def _end(
    scene: _Scene, plays: list[Play], consumers: list[Service], measure: str, *, within: float
) -> None:
    done = scene.tally.timer(measure)
    for run, (play, consumer) in enumerate(zip(plays, consumers, strict=True)):
        scene.tally.add(run, scene.site.ended(consumer, play, within=within, done=done))


def _check_gaps(scene: _Scene, play: Play) -> None:
    """No frame was much longer on its way than the latency."""
    for book in scene.site.books(play.name):
        for result in book.results:
            latencies = result["summary"]["latencies"]
            network_s = latencies["network"]["p99"] / 1000.0
            scene.tally.measure("p99 from send to receipt, s", network_s)
            if network_s > GAP_S + DELAY_S:
                scene.tally.find(f"{play.name}: p99 of the way is {network_s:.3f} s")
