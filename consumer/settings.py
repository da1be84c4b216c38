"""The consumer's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from shared.messages import MAX_FPS, MAX_FRAMES
from shared.settings import ServiceSettings

Port = Annotated[int, Field(ge=0, le=65535)]


def _check_address(address: str) -> str:
    """Refuse what a connection would fail on with an error of its own."""
    parts = urlsplit(address)
    if not parts.hostname or parts.port == 0:
        raise ValueError("ws://HOST:PORT or wss://HOST:PORT")
    parts.hostname.encode("idna")
    return address


class ConsumerSettings(ServiceSettings):
    """What ``consumer run`` may be told; each as ``--option`` and as ``CATWALK_OPTION``.

    ``count`` and ``fps`` are the producer's own where they are not given. ``patience`` is how many
    seconds to wait for a producer that is not there. ``model`` is a checkpoint, the one that
    comes with Catwalk where it is not given. ``health_port`` is where it tells a probe on this
    machine whether it makes progress; 0 takes a free port, and without one it tells nobody.
    """

    producer: Annotated[
        str, Field(pattern=r"^wss?://[^/?#@\s]+/?$"), AfterValidator(_check_address)
    ] = "ws://127.0.0.1:7000"
    count: Annotated[int, Field(ge=1, le=MAX_FRAMES)] | None = None
    fps: Annotated[float, Field(ge=0.0, le=MAX_FPS, allow_inf_nan=False)] | None = None
    output: Path = Path("results")
    model: Path | None = None
    batch: Annotated[int, Field(ge=1, le=1024)] = 64
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    seed: Annotated[int, Field(ge=0)] = 0
    patience: Annotated[float, Field(ge=0.0, le=3600.0)] = 30.0
    consumer: Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,64}$")] = "consumer"
    health_port: Port | None = None
