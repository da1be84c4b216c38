"""One ledger with its producers and consumers, in a folder of its own."""

from __future__ import annotations

import itertools
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from faults import services
from faults.books import check_integrity, read_books, stored_frames
from faults.nursery import Nursery
from faults.oracle import Books, examine, examine_log
from faults.sabotage import Sabotage
from faults.services import Service
from faults.surroundings import free_port
from faults.values import FaultError, Watch
from producer.ledger.account import read_account
from producer.ledger.database import reading
from producer.proof.verification import verify
from shared.intake.catalog import CATALOG
from shared.intake.imageset import ImageSet
from shared.intake.pickles import dump_pickle

LOOK_S = 0.01


def _nothing() -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Play:
    """What a consumer is asked to play.

    Args:
        name: the consumer's own.
        frames: of its session.
        fps: their pace, 0 for as fast as possible.
        host: where it looks for the producer.
        resume: which session it goes on with.
        resume_for: how long it tries to come back, seconds.
        options: more options of ``consumer run``.
    """

    name: str = "consumer"
    frames: int = 100
    fps: float = 200.0
    host: str = "127.0.0.1"
    resume: str = "latest"
    resume_for: float = 60.0
    options: tuple[str, ...] = ()

    def at(self, host: str) -> Play:
        """The same, at another host."""
        return replace(self, host=host)


class Site:
    """Starts services and remembers them; whatever still runs at its end is killed.

    Args:
        folder: not there yet; data set, ledger, logs and results go into it.
        nursery: starts the consumers.
        images: how many images the data set has.
        side: their height and width, pixels.
        store: URL of the ledger, a SQLite file of the folder where it is empty.
        prefix: what to put before a producer's command.
    """

    def __init__(
        self,
        folder: Path,
        nursery: Nursery,
        *,
        images: int = 256,
        side: int = 28,
        store: str = "",
        prefix: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        # What an earlier site has left there would be taken for this one's.
        folder.mkdir(parents=True)
        self.store = store or f"sqlite:///{folder / 'ledger.db'}"
        self.port = free_port()
        self.session_port = free_port(other_than=self.port)
        self._images = _images(images, side)
        self.dataset = folder / "images.pickle"
        with self.dataset.open("wb") as file:
            dump_pickle(self._images, file)
        self._nursery = nursery
        self._prefix = tuple(prefix)
        self._services: list[Service] = []
        self._logs = itertools.count()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for service in self._services:
            service.kill()

    @property
    def address(self) -> str:
        """Of the session channel."""
        return f"ws://127.0.0.1:{self.session_port}"

    def producer(
        self,
        *options: str,
        prefix: Sequence[str] = (),
        module: Sequence[str] = ("producer",),
        serving: bool = True,
    ) -> Service:
        """Start a producer; it goes on with whatever the ledger holds.

        Args:
            options: more options of ``producer serve``.
            prefix: what to put before the command, such as a tracer.
            module: what runs the producer, with its own arguments.
            serving: wait until it serves.

        Raises:
            FaultError: it does not.
        """
        command = [*self._prefix, *prefix, sys.executable, "-m", *module, "serve"]
        command += ["--port", str(self.port), "--session-port", str(self.session_port)]
        command += ["--store", self.store, "--dataset", str(self.dataset), *options]
        service = services.start(command, self._log("producer"))
        self._services.append(service)
        if serving:
            service.event("serving")
        return service

    def consumer(
        self, play: Play, harm: Sabotage | None = None, *, prefix: Sequence[str] = ()
    ) -> Service:
        """Start a consumer.

        Args:
            play: what it is to play.
            harm: done to it before it starts.
            prefix: what to put before the command, which is then run without the nursery.
        """
        log = self._log(play.name)
        if prefix:
            command = [*prefix, sys.executable, "-m", "consumer", "run", *self.options(play)]
            service = services.start(command, log)
        else:
            service = Service(self._nursery.consumer(self.options(play), log, harm), log)
        self._services.append(service)
        return service

    def options(self, play: Play) -> list[str]:
        """The options of ``consumer run`` that play this."""
        options = ["--producer", f"ws://{play.host}:{self.session_port}"]
        options += ["--consumer", play.name, "--count", str(play.frames), "--fps", str(play.fps)]
        options += ["--resume", play.resume] if play.resume else []
        options += ["--resume-for", str(play.resume_for), *play.options]
        return [*options, "--output", str(self.folder / "results" / play.name)]

    def books(self, consumer: str | None = None) -> tuple[Books, ...]:
        """What the ledger keeps of the sessions of a consumer, or of all."""
        return read_books(self.store, consumer=consumer)

    def stored(self, consumer: str) -> tuple[int, ...]:
        """How many frames are stored of each session of a consumer."""
        return stored_frames(self.store, consumer=consumer)

    def health(self) -> Mapping[str, Any]:
        """What the producer's ``/healthz`` says; ``code`` is the status of the answer."""
        address = f"http://127.0.0.1:{self.session_port}/healthz"
        try:
            with urllib.request.urlopen(address, timeout=5.0) as answer:
                return dict(json.loads(answer.read())) | {"code": answer.status}
        except urllib.error.HTTPError as error:
            with error:
                return dict(json.loads(error.read())) | {"code": error.code}

    def wait_healthy(self, *, within: float) -> float:
        """Wait until the producer says that all is well: how many seconds that took.

        Raises:
            FaultError: it did not.
        """
        waiting = Watch()
        while (health := self.health())["status"] != "ok":
            if waiting.read() > within:
                raise FaultError(f"not healthy within {within:g} s: {health}")
            time.sleep(LOOK_S)
        return waiting.read()

    def logs(self) -> list[Path]:
        """The logs of all services so far."""
        return sorted(self.folder.glob("*.log"))

    def ended(
        self,
        consumer: Service,
        play: Play,
        *,
        within: float = 60.0,
        early: bool = False,
        done: Callable[[], None] = _nothing,
    ) -> list[str]:
        """Wait for a consumer's end: what is wrong with it and with its session.

        Args:
            consumer: what was started.
            play: what it was asked to play.
            within: seconds that it may take.
            early: the session may have been stopped before its last frame.
            done: called as soon as it has ended, before anything is looked at.
        """
        try:
            code = consumer.wait(within)
        except FaultError as error:
            return [f"{play.name}: {error}"]
        done()
        wrong = [f"{play.name} ended with {code}: {consumer.lines()[-1:]}"] if code else []
        return [*wrong, *self.findings(play, early=early)]

    def wait_stored(self, consumer: str, frames: int, *, within: float = 60.0) -> None:
        """Wait until so many frames of a consumer are stored.

        Raises:
            FaultError: they were not in time.
        """
        deadline = time.monotonic() + within
        while sum(self.stored(consumer)) < frames:
            if time.monotonic() > deadline:
                raise FaultError(f"fewer than {frames} frames stored within {within:g} s")
            time.sleep(LOOK_S)

    def findings(self, play: Play, *, early: bool = False) -> list[str]:
        """What the oracle says of a consumer whose session has ended.

        Its one session is whole, its rows, its results and both logs agree, and the product's own
        verification comes to the same.

        Args:
            play: what it was asked to play.
            early: the session may have been stopped before its last frame.
        """
        books = self.books(play.name)
        found = [f"{play.name} has {len(books)} sessions: expected 1"] if len(books) != 1 else []
        for book in books:
            found += examine(book, frames=None if early else play.frames)
            found += self.verified(str(book.session["id"]))
        return [*found, *check_integrity(self.store), *self.log_findings(play.name)]

    def log_findings(self, consumer: str) -> list[str]:
        """What no log may hold, of this consumer and of every producer."""
        logs = [log for log in self.logs() if log.name.startswith((f"{consumer}.", "producer."))]
        return [finding for log in logs for finding in examine_log(services.log_lines(log))]

    def verified(self, session: str) -> list[str]:
        """What the product's own verification (``producer sessions verify``) finds wrong."""
        with reading(self.store) as connection:
            account = read_account(connection, session)
        found = verify(account, self._images)
        if found.verdict == "PASS":
            return []
        return [f"verify says {found.verdict} of {session}: {'; '.join(found.reasons)}"]

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.{next(self._logs):04}.log"


def _images(count: int, side: int) -> ImageSet:
    chance = np.random.default_rng(0)
    return ImageSet(
        images=chance.integers(0, 256, (count, side, side), np.uint8),
        labels=chance.integers(0, 10, count),
        classes=CATALOG["fashion-mnist"].classes,
    )
