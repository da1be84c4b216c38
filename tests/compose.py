"""Plays docker-compose.yml for real, seen from outside: exit codes, files, logs, processes."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from services import environment

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("producer", "consumer")
PATIENCE_S = 120.0
BUILD_S = 1500.0


class ComposeError(Exception):
    """What a test builds on has failed; unlike a failed assertion, no test expects it."""


Ended = subprocess.CompletedProcess[str]


def docker(*command: str, check: bool = True, within: float = PATIENCE_S) -> Ended:
    """Run a command of the engine's client."""
    ended = _run(("docker", *command), within=within)
    if check and ended.returncode:
        raise ComposeError(f"docker {' '.join(command)}: {ended.stderr.strip()}")
    return ended


def inspect(what: str, name: str) -> dict[str, Any]:
    """What the engine knows of a container, an image or a network."""
    found: list[dict[str, Any]] = json.loads(docker(what, "inspect", name).stdout)
    return found[0]


@cache
def compose_command() -> tuple[str, ...]:
    """Compose v2 where there is one, else 1.29."""
    if docker("compose", "version", check=False).returncode == 0:
        return ("docker", "compose")
    return ("docker-compose",)


@dataclass
class Composition:
    """One project of Compose: own name, ports, volumes, and a folder in place of the checkout."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    override: dict[str, Any] | None = None
    name: str = field(default_factory=lambda: f"catwalk-test-{uuid.uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        # The services are nobody special: pytest's own folders are closed to them.
        self.folder.mkdir(mode=0o755, exist_ok=True)
        stream, channel = _free_ports(2)
        ports = {"CATWALK_PORT": str(stream), "CATWALK_SESSION_PORT": str(channel)}
        self.settings = {**ports, **self.settings}

    @property
    def address(self) -> str:
        """The session channel as this machine sees it."""
        return f"ws://127.0.0.1:{self.settings['CATWALK_SESSION_PORT']}"

    @property
    def results(self) -> Path:
        """The folder that users find their results in."""
        return self.folder / "results"

    def run(self, *command: str, **settings: str) -> Ended:
        """Run a command of Compose on the project; whatever its exit code, the test looks at it."""
        files = ["--file", str(ROOT / "docker-compose.yml")]
        if self.override is not None:
            path = self.folder.parent / f"{self.name}.json"
            path.write_text(json.dumps({"services": self.override}), encoding="utf-8")
            files += ["--file", str(path)]
        place = ["--project-directory", str(self.folder), "--project-name", self.name]
        whole = (*compose_command(), *place, *files, *command)
        return _run(whole, {**self.settings, **settings})

    def start(self) -> None:
        """Bring everything up in the background."""
        self._bring_up()

    def serve(self) -> None:
        """Bring the producer up alone, and wait until it serves."""
        self._bring_up("producer")
        self.wait_for("health", lambda: self.health("producer") == "healthy")

    def _bring_up(self, *services: str) -> None:
        ended = self.run("up", "--detach", "--no-build", *services)
        if ended.returncode:
            raise ComposeError(f"{ended.stderr}; {self.told()}")

    def health(self, service: str) -> str:
        """What the engine thinks of a service: starting, healthy or unhealthy."""
        status: str = self.state(service)["Health"]["Status"]
        return status

    def play(self, **settings: str) -> Ended:
        """Play one session as a user does; ends with the consumer's exit code."""
        return self.run("up", "--no-build", "--exit-code-from", "consumer", **settings)

    def container(self, service: str) -> str:
        """The id of a service's container, running or not."""
        labels = {"project": self.name, "service": service, "oneoff": "False"}
        wanted = [
            f"--filter=label=com.docker.compose.{key}={value}" for key, value in labels.items()
        ]
        found = docker("ps", "--all", "--quiet", *wanted).stdout.split()
        if len(found) != 1:
            raise ComposeError(f"{service} has {len(found)} containers")
        return found[0]

    def state(self, service: str) -> dict[str, Any]:
        """Status, exit code and health of a service's container."""
        state: dict[str, Any] = inspect("container", self.container(service))["State"]
        return state

    def log(self, service: str) -> list[dict[str, Any]]:
        """The log lines of all runs of a service; anything else among them makes this fail."""
        ended = docker("logs", self.container(service))
        return [json.loads(line) for line in (ended.stdout + ended.stderr).splitlines()]

    def events(self, service: str, event: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        return [line for line in self.log(service) if line["event"] == event]

    def wait_for(self, what: str, is_so: Callable[[], object]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            if time.monotonic() > deadline:
                raise ComposeError(f"not within {PATIENCE_S} s: {what}; {self.told()}")
            time.sleep(0.2)

    def wait_in_the_middle(self, stored: int = 1, sessions: int = 1) -> None:
        """Wait until so many frames of the consumer's session number ``sessions`` are stored."""
        self.wait_for(
            f"{stored} frames stored",
            lambda: len(self.events("consumer", "session-started")) >= sessions
            and any(line["stored"] >= stored for line in self.events("consumer", "progress")),
        )

    def wait_until_exit(self, service: str) -> int:
        """The exit code of a service, once it has ended."""
        self.wait_for(f"exit of {service}", lambda: self.state(service)["Status"] == "exited")
        code: int = self.state(service)["ExitCode"]
        return code

    def told(self) -> str:
        """What all services have said, for the message of a failure."""
        return self.run("logs", "--tail=20").stdout

    def execute(self, service: str, *command: str, user: str | None = None) -> Ended:
        """Run a command inside a running service."""
        options = ("--user", user) if user else ()
        return docker("exec", *options, self.container(service), *command, check=False)

    def report(self) -> dict[str, Any]:
        """The one balance sheet of the results folder."""
        (path,) = self.results.glob("*/balance.json")
        sheet: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return sheet

    def ledger(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the ledger, copied out of its volume."""
        copy = self.folder.parent / f"ledger-{uuid.uuid4().hex[:8]}"
        docker("cp", f"{self.container('producer')}:/var/lib/catwalk", str(copy))
        with closing(sqlite3.connect(copy / "ledger.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            return database.execute(query).fetchall()

    def down(self) -> None:
        """Remove everything but the images."""
        self.run("down", "--volumes", "--timeout", "1")


@contextmanager
def composition(folder: Path, **settings: str) -> Iterator[Composition]:
    """A project that leaves nothing behind but its folder."""
    project = Composition(folder, settings)
    try:
        yield project
    finally:
        project.down()


def native_client(address: str, count: int) -> dict[str, Any]:
    """Play a session from this machine with the example client; the producer's last word."""
    example = ROOT / "examples" / "minimal_client.py"
    ended = _run((sys.executable, str(example), address, str(count)))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def _run(
    command: tuple[str, ...], settings: dict[str, str] | None = None, within: float = BUILD_S
) -> Ended:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(**(settings or {})),
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
