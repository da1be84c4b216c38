"""The producer's settings."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from producer.datasets.settings import DatasetSettings, Limit
from producer.sessions.chaos import parse_chaos
from producer.sessions.session import WINDOW
from shared.errors import SettingsError
from shared.messages import MAX_FPS, MAX_FRAMES
from shared.tls import server_context

Port = Annotated[int, Field(ge=0, le=65535)]
Window = Annotated[int, Field(ge=1, le=65536)]
Origin = Annotated[str, Field(pattern=r"^[a-z][a-z0-9+.-]*://[^/\sA-Z*]+$")]


def _split(origins: object) -> object:
    if not isinstance(origins, str):
        return origins
    return tuple(part.strip() for part in origins.split(",") if part.strip())


def _check_chaos(chaos: str) -> str:
    if chaos:
        parse_chaos(chaos)
    return chaos


class ProducerSettings(DatasetSettings):
    """What ``producer serve`` may be told; each as ``--option`` and as ``CATWALK_OPTION``.

    ``count`` is how many frames a session has where the consumer does not say (the whole data
    set where neither does), ``fps`` its pace, 0 for as fast as the consumer acknowledges. Port 0
    takes a free one. ``window`` bounds the unacknowledged frames of a session, ``newest_window``
    those of one with delivery "newest". ``chaos`` says which faults to inject, ``seed`` which of
    them come when. The rest is the door's (docs/door.md): who may come in, and how many.
    """

    fps: Annotated[float, Field(ge=0.0, le=MAX_FPS, allow_inf_nan=False)] = 10.0
    count: Annotated[int, Field(ge=1, le=MAX_FRAMES)] | None = None
    host: str = "127.0.0.1"
    port: Port = 6000
    session_port: Port = 7000
    store: str = "sqlite:///catwalk.db"
    window: Window = WINDOW
    newest_window: Window = 16
    chaos: Annotated[str, AfterValidator(_check_chaos)] = ""
    seed: Annotated[int, Field(ge=0)] = 0
    insecure: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_split)] = ()
    max_connections: Limit = 1200
    max_per_address: Limit = 32
    max_sessions: Limit = 500
    max_rate: Limit = 1000

    @model_validator(mode="after")
    def _check_door(self) -> Self:
        if self.token is None and not self.insecure and not _is_loopback(self.host):
            raise SettingsError(
                "no token for an address that others can reach",
                where="option --host or CATWALK_HOST",
                expected="--token-file FILE or CATWALK_TOKEN, 127.0.0.1, or --insecure",
                got=repr(self.host),
            )
        if (self.tls_cert is None) != (self.tls_key is None):
            raise SettingsError(
                "half of what TLS needs",
                where="options --tls-cert and --tls-key",
                expected="both or neither",
                got=f"{self.tls_cert or self.tls_key} alone",
            )
        if self.tls_cert is not None and self.tls_key is not None:
            server_context(self.tls_cert, self.tls_key)
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
