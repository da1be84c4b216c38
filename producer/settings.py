"""The producer's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from producer.sessions.session import WINDOW
from shared.messages import MAX_FPS, MAX_FRAMES
from shared.settings import ServiceSettings

Port = Annotated[int, Field(ge=0, le=65535)]


class ProducerSettings(ServiceSettings):
    """What ``producer serve`` may be told; each as ``--option`` and as ``CATWALK_OPTION``.

    ``count`` is how many frames a session has where the consumer does not say (the whole data
    set where neither does), ``fps`` its pace, 0 for as fast as the consumer acknowledges. Port 0
    takes a free one. ``window`` bounds the unacknowledged frames of a session.
    """

    dataset: str = "auto"
    data_dir: Path | None = None
    cache_dir: Path | None = None
    fps: Annotated[float, Field(ge=0.0, le=MAX_FPS, allow_inf_nan=False)] = 10.0
    count: Annotated[int, Field(ge=1, le=MAX_FRAMES)] | None = None
    host: str = "127.0.0.1"
    port: Port = 6000
    session_port: Port = 7000
    store: str = "sqlite:///catwalk.db"
    window: Annotated[int, Field(ge=1, le=65536)] = WINDOW
