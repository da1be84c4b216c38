"""The digest of pixels while they are written: a thread beside the writer."""

from __future__ import annotations

import hashlib
import queue
import threading


class DigestThread:
    """SHA-256 of pieces of memory, made beside the thread that gives them.

    The thread starts at once, because a process that has limited itself may start none.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._pieces: queue.Queue[bytes | memoryview | None] = queue.Queue(maxsize=2)
        self._thread = threading.Thread(target=self._run, name="digest", daemon=True)
        self._thread.start()

    def update(self, piece: bytes | memoryview) -> None:
        """Take the next piece, which must not change before ``settle`` returns."""
        self._pieces.put(piece)

    def settle(self) -> None:
        """Wait until all pieces so far are part of the digest."""
        self._pieces.join()

    def hexdigest(self) -> str:
        """End the thread and give the digest of all pieces, in hexadecimal."""
        self._pieces.put(None)
        self._thread.join()
        return self._hash.hexdigest()

    def _run(self) -> None:
        while (piece := self._pieces.get()) is not None:
            self._hash.update(piece)
            self._pieces.task_done()
