"""How well the stream keeps its pace, beside a loop that sleeps a tenth of a second."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from benchmarks.house import producer
from benchmarks.spread import Spread
from shared.frames import FrameHeader, decode_frame, encode_frame
from shared.messages import FRAMES_PROTOCOL, SESSION_PROTOCOL

FPS = 10.0


async def send_times(address: str, frames: int) -> NDArray[np.float64]:
    """Seconds at which the producer sent each frame, as the frames say themselves."""
    protocols = [Subprotocol(SESSION_PROTOCOL)]
    # What the producer tells meanwhile is left unread; a bounded queue would stop the keepalive.
    async with connect(address, subprotocols=protocols, max_queue=None) as channel:
        start = {"type": "start", "consumer": "bench", "fps": FPS, "count": frames}
        await channel.send(json.dumps(start))
        session = json.loads(await channel.recv())
        uri = f"ws://127.0.0.1:{session['port']}{session['path']}"
        async with connect(uri, subprotocols=[Subprotocol(FRAMES_PROTOCOL)]) as stream:
            sent = [decode_frame(await stream.recv(decode=False))[0].sent_ns for _ in range(frames)]
    return np.array(sent) / 1e9


async def naive_times(frames: int) -> NDArray[np.float64]:
    """The same work for each frame in a loop of ``sleep(0.1)``."""
    sent = []
    pixels = bytes(784)
    for k in range(frames):
        now = time.time_ns()
        encode_frame(
            FrameHeader(
                height=28, width=28, channels=1, epoch=1, sequence=k, index=k, sent_ns=now, crc=0
            ),
            pixels,
        )
        sent.append(now)
        await asyncio.sleep(1 / FPS)
    return np.array(sent) / 1e9


def pace(times: NDArray[np.float64]) -> dict[str, float]:
    """Mean rate (frames a second), worst lateness and p99 jitter (ms) of send times (n,)."""
    steps = np.arange(len(times)) / FPS
    lateness = times - times[0] - steps
    jitter = np.abs(np.diff(times) - 1 / FPS)
    return {
        "rate_fps": float((len(times) - 1) / (times[-1] - times[0])),
        "worst_lateness_ms": float(1e3 * lateness.max()),
        "p99_jitter_ms": float(1e3 * np.quantile(jitter, 0.99)),
    }


async def _both(address: str, frames: int) -> tuple[dict[str, float], dict[str, float]]:
    ours, naive = await asyncio.gather(send_times(address, frames), naive_times(frames))
    return pace(ours), pace(naive)


def measure(path: Path, folder: Path, *, runs: int, frames: int) -> dict[str, dict[str, Spread]]:
    """Stream and naive loop at the same time, ``runs`` times."""
    pairs = []
    # The window must hold the whole session: this client acknowledges nothing.
    with producer(folder, "--dataset", str(path), "--window", str(frames)) as running:
        for _ in range(runs):
            pairs.append(asyncio.run(_both(running.address, frames)))
    return {
        name: {key: Spread.of([pair[side][key] for pair in pairs], 4) for key in pairs[0][side]}
        for side, name in enumerate(("stream", "naive"))
    }
