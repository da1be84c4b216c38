"""Every fault that is tried: what it is, what must come out, and how often it is played."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module

from faults.values import FaultError, NotPossible, Order, Outcome

Scene = Callable[[Order], Outcome]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One entry of the catalogue.

    Args:
        name: such as ``F1``.
        title: what is done.
        passes: what must come out.
        promises: the numbers of the promises that it holds (docs/reliability.md).
        short: runs of the short form.
        full: runs of the full form.
        place: module and function, ``module:function`` in ``faults.scenarios``.
    """

    name: str
    title: str
    passes: str
    promises: tuple[int, ...]
    short: int
    full: int
    place: str

    def scene(self) -> Scene:
        """The function that plays it."""
        module, _, function = self.place.partition(":")
        found: Scene = getattr(import_module(f"faults.scenarios.{module}"), function)
        return found


def play(scenario: Scenario, order: Order) -> Outcome:
    """Play a scenario; what it cannot do here is an outcome, and so is a service that fails it."""
    with ThreadPoolExecutor(1, thread_name_prefix="scenario") as stage:
        # A future keeps whatever was raised: the other scenarios are still to be played.
        future = stage.submit(lambda: scenario.scene()(order))
        error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, NotPossible):
        return Outcome(0, (), {}, skipped=str(error))
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = "" if isinstance(error, FaultError) else f" in {place.name}, line {place.lineno}"
    return Outcome(0, (f"{type(error).__name__}{where}: {error}",), {})


def _s(
    name: str, title: str, passes: str, *, promises: tuple[int, ...], runs: tuple[int, int], at: str
) -> Scenario:
    short, full = runs
    return Scenario(name, title, passes, promises, short, full, at)


_WHOLE = "the oracle holds; the 95th percentile finished 5 s after the restart"
_SAME = "the oracle holds"
_HEALS = "the oracle holds; finished 30 s after healing"
_CODE = "a documented code, no row, never a wrong count"

SCENARIOS: tuple[Scenario, ...] = (
    _s(
        "F1",
        "kill -9 of the consumer at a random instant, restart",
        _WHOLE,
        promises=(1,),
        runs=(2, 200),
        at="kills:kill_consumer",
    ),
    _s(
        "F2",
        "kill -9 of the producer at a random instant, restart",
        _WHOLE,
        promises=(1,),
        runs=(2, 200),
        at="kills:kill_producer",
    ),
    _s(
        "F3", "kill -9 of both, restart", _WHOLE, promises=(1,), runs=(1, 100), at="kills:kill_both"
    ),
    _s(
        "F4",
        "kill -9 at every fdatasync and sendto of a 20-frame session",
        _WHOLE,
        promises=(1, 2),
        runs=(1, 0),
        at="kills:kill_at_boundaries",
    ),
    _s(
        "F5",
        "a reset at each frame index, on port 6000, 7000 and both",
        "the oracle holds; 95 % of the reconnections within 1.5 s",
        promises=(3,),
        runs=(3, 300),
        at="resets:reset_connections",
    ),
    _s(
        "F6",
        "half-open: nothing passes any more, nobody is told; both ports",
        "found within 25 s, the slot freed; resumed and finished 30 s after healing",
        promises=(3,),
        runs=(1, 20),
        at="silence:half_open",
    ),
    _s(
        "F7",
        "a frozen consumer with all buffers full",
        "the sender free within 6 s, p99 lateness of another session at most 50 ms; then resumed",
        promises=(4,),
        runs=(1, 10),
        at="silence:frozen",
    ),
    _s(
        "F8",
        "200 ms of latency and 2 % of packets lost",
        "the oracle holds; p99 of the way at most 0.5 s more than the latency",
        promises=(3,),
        runs=(1, 5),
        at="losses:latency_and_loss",
    ),
    _s(
        "F9",
        "30 % of packets lost for 20 s",
        _HEALS,
        promises=(3,),
        runs=(1, 5),
        at="losses:heavy_loss",
    ),
    _s(
        "F10",
        "a link that is cut and healed each second",
        _HEALS,
        promises=(3,),
        runs=(1, 5),
        at="losses:flapping",
    ),
    _s(
        "F11",
        "the disk is full for 10 s",
        "no acknowledgement without a row, degraded health, back within 5 s",
        promises=(2,),
        runs=(1, 10),
        at="disks:disk_full",
    ),
    _s(
        "F12",
        "an I/O error at each fdatasync",
        "no acknowledgement without a row; a clear code",
        promises=(2,),
        runs=(2, 0),
        at="disks:failing_syncs",
    ),
    _s(
        "F13",
        "the disk becomes read-only for 10 s",
        "no acknowledgement without a row, degraded health, back within 5 s",
        promises=(2,),
        runs=(1, 3),
        at="disks:read_only",
    ),
    _s(
        "F14",
        "power cuts at any instant; unsynced writes lost, reordered or torn",
        "no acknowledged row lost, no ledger corrupt",
        promises=(2,),
        runs=(40, 1000),
        at="powercuts:power_cuts",
    ),
    _s(
        "F15",
        "someone sets the clock an hour forth or back",
        "no effect",
        promises=(1,),
        runs=(2, 20),
        at="clocks:set_clocks",
    ),
    _s(
        "F16",
        "a consumer ten times too slow, delivery every",
        "nothing lost, at most 16 MiB more memory",
        promises=(4,),
        runs=(1, 3),
        at="slowness:every_frame",
    ),
    _s(
        "F17",
        "the same, delivery newest",
        "sent + skipped = offered, p99 latency at most 1 s",
        promises=(4,),
        runs=(1, 3),
        at="slowness:newest_frame",
    ),
    _s(
        "F18",
        "500 sessions at 10 frames a second for 60 s",
        "p99 lateness of 99 % of the sessions at most 100 ms; every session whole",
        promises=(4,),
        runs=(1, 2),
        at="crowds:crowd",
    ),
    _s(
        "F19",
        "the 501st session",
        "refused with 1013; the others are whole",
        promises=(4,),
        runs=(1, 5),
        at="crowds:one_too_many",
    ),
    _s(
        "F20",
        "results posted twice, ten times, in parallel, after a lost reply",
        "one row, the same receipt",
        promises=(1,),
        runs=(4, 50),
        at="repeats:repeated",
    ),
    _s(
        "F21",
        "other results for a session that has some",
        "refused; the first ones stay",
        promises=(1,),
        runs=(2, 20),
        at="repeats:different",
    ),
    _s(
        "F22",
        "two consumers on one session",
        "another is refused, the same takes over, no ping-pong in 60 s",
        promises=(1, 4),
        runs=(2, 50),
        at="rivals:rivals",
    ),
    _s(
        "F23",
        "hostile session names on both ports",
        _CODE,
        promises=(4,),
        runs=(31, 100),
        at="hostility:hostile_names",
    ),
    _s(
        "F24",
        "messages duplicated, reordered, truncated, of another time",
        _CODE,
        promises=(4,),
        runs=(20, 200),
        at="hostility:wrong_messages",
    ),
    _s(
        "F25",
        "numbers beyond what was sent, negative, float, 2^63, NaN",
        _CODE,
        promises=(4,),
        runs=(12, 50),
        at="hostility:wrong_numbers",
    ),
    _s(
        "F26",
        "the classifier raises at each frame, or its thread dies",
        "non-zero within 2 s with the cause in the last line; then resumed",
        promises=(6,),
        runs=(2, 0),
        at="stages:raising_stage",
    ),
    _s(
        "F27",
        "SIGTERM at a random instant, either side, twice, with a frozen peer",
        "a good end within 8 s; told twice, at once",
        promises=(7,),
        runs=(5, 150),
        at="signals:terminated",
    ),
    _s(
        "F29",
        "the consumer starts before its producer",
        _HEALS,
        promises=(3,),
        runs=(1, 3),
        at="absences:before_the_peer",
    ),
    _s(
        "F30",
        "the producer is away for 5 min in the midst of a session",
        _HEALS,
        promises=(1, 3),
        runs=(1, 3),
        at="absences:producer_away",
    ),
    _s(
        "F30b",
        "the database is locked for 10 s",
        _HEALS,
        promises=(2, 3),
        runs=(1, 5),
        at="absences:database_locked",
    ),
    _s(
        "F31",
        "an older and a newer schema",
        "migrated with its rows; refused and left as it is",
        promises=(2,),
        runs=(2, 2),
        at="schemas:other_schemas",
    ),
    _s(
        "F32",
        "PostgreSQL is restarted as by a crash, or takes no connection for 2 s",
        _SAME,
        promises=(1, 2),
        runs=(1, 10),
        at="servers:server_restarted",
    ),
)
"""In the order in which they are played; 0 runs of the full form stand for every one there is."""
