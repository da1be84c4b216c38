"""A proxy with latency as a process, for a network of its own: PORT DELAY_S JITTER_S SEED.

It listens at 127.0.0.2 and passes on to the same port at 127.0.0.1, until it is ended.
"""

from __future__ import annotations

import asyncio
import random
import sys

from faults.proxy import Proxy, Toxics
from faults.toxics import Latency


async def main(port: str, delay_s: str, jitter_s: str, seed: str) -> None:
    """Relay for ever."""
    chance = random.Random(seed)

    def latency() -> Latency:
        return Latency(float(delay_s), jitter_s=float(jitter_s), chance=chance)

    proxy = Proxy(("127.0.0.1", int(port)), lambda _: Toxics(up=[latency()], down=[latency()]))
    await proxy.listen(("127.0.0.2", int(port)))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
