"""A process that stores runs one after the other and notes each that was acknowledged.

python tests/ledger_child.py URL NOTES COUNT
"""

from __future__ import annotations

import asyncio
import os
import sys

from ledger_parts import Script, record

from producer.ledger.ledger import Ledger


async def play(url: str, notes: int, count: int) -> None:
    """Store ``count`` runs, and write a line to the descriptor ``notes`` for each."""
    ledger = Ledger(url)
    await ledger.create(record())
    script = Script()
    for k in range(count):
        await ledger.append(script.run([k % 3]))
        os.write(notes, f"{k}\n".encode())
    ledger.close()


if __name__ == "__main__":
    asyncio.run(play(sys.argv[1], os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT), int(sys.argv[3])))
