"""The consumer's settings."""

from __future__ import annotations

import platform
import re
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from consumer.classifier.paths.names import PathName
from shared.errors import SettingsError
from shared.messages import LATEST, MAX_FPS, MAX_FRAMES, Delivery
from shared.processors import processors
from shared.recording.name import check_name
from shared.settings import ServiceSettings
from shared.tls import client_context

Port = Annotated[int, Field(ge=0, le=65535)]
NAMELESS = "consumer"
MAX_NAME = 64
MOST_THREADS = 4


def default_name(host: str) -> str:
    """The name of a consumer that was given none: that of its host, as far as names allow."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", host).strip("-")[:MAX_NAME] or NAMELESS


def default_threads() -> int:
    """One processor is left to the thread that receives, and to what else goes on; at most 4."""
    return max(1, min(processors() - 1, MOST_THREADS))


def _check_address(address: str) -> str:
    """Refuse what a connection would fail on with an error of its own."""
    parts = urlsplit(address)
    if not parts.hostname or parts.port == 0:
        raise ValueError("ws://HOST:PORT or wss://HOST:PORT")
    parts.hostname.encode("idna")
    return address


def _check_recording(path: Path) -> Path:
    return check_name(path, "option --record or CATWALK_RECORD")


class ConsumerSettings(ServiceSettings):
    """What ``consumer run`` may be told; each as ``--option`` and as ``CATWALK_OPTION``.

    ``count`` and ``fps`` are the producer's own where they are not given. ``patience`` is how many
    seconds to wait for a producer that is not there, ``resume_for`` how many to try to come back
    after a lost connection. ``resume`` names the session to go on with, ``record`` the file that
    keeps it, NAME.session. ``model`` is a model's file or ``package.module:factory``, as
    docs/models.md has it, the one that comes with Catwalk where it is not given; ``path`` is how
    that is run, and ``cache_dir`` remembers which way was the fastest; ``threads`` are those of
    PyTorch. ``health_port`` is where it
    tells a probe on this machine whether it makes progress; 0 takes a free port, and without one it
    tells nobody. ``tls_ca`` holds the certificates to trust in place of the system's.
    """

    producer: Annotated[
        str, Field(pattern=r"^wss?://[^/?#@\s]+/?$"), AfterValidator(_check_address)
    ] = "ws://127.0.0.1:7000"
    count: Annotated[int, Field(ge=1, le=MAX_FRAMES)] | None = None
    fps: Annotated[float, Field(ge=0.0, le=MAX_FPS, allow_inf_nan=False)] | None = None
    output: Path = Path("results")
    model: Annotated[str, Field(min_length=1)] | None = None
    batch: Annotated[int, Field(ge=1, le=1024)] = 64
    threads: Annotated[int, Field(ge=1, le=256)] = Field(default_factory=default_threads)
    path: PathName = "auto"
    cache_dir: Path | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    patience: Annotated[float, Field(ge=0.0, le=3600.0)] = 30.0
    consumer: Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,64}$")] = Field(
        default_factory=lambda: default_name(platform.node())
    )
    resume: Annotated[str, Field(pattern=f"^({LATEST}|[0-9a-f]{{16}})$")] | None = None
    resume_for: Annotated[float, Field(ge=0.0, le=604800.0)] = 600.0
    delivery: Delivery = "every"
    record: Annotated[Path, AfterValidator(_check_recording)] | None = None
    tls_ca: Path | None = None
    health_port: Port | None = None

    @model_validator(mode="after")
    def _check_tls(self) -> Self:
        secure = self.producer.startswith("wss:")
        if self.tls_ca is not None and not secure:
            raise SettingsError(
                "certificates to trust, but no TLS",
                where="option --tls-ca or CATWALK_TLS_CA",
                expected="an address with wss:// in --producer",
                got=self.producer,
            )
        if secure:
            client_context(self.tls_ca)
        return self
