"""What a child process is told to read, and how both sides write it as one line of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from producer.intake.formats import Kind
from shared.intake.limits import Limits


@dataclass(frozen=True, slots=True)
class Job:
    """One data set to be converted.

    Args:
        kind: which reader reads it.
        where: what to call it in an error.
        path: the folder; of a file its name alone counts, because it is already open.
        folder: where the converted arrays are written; there and empty.
        answers: the file descriptor that progress and answer are written to.
        source: the file descriptor of the file; None for a folder.
        size: bytes of the file; 0 for a folder.
        layout: what the user says about the layout, or None.
        limits: how much may be read.
    """

    kind: Kind
    where: str
    path: str
    folder: str
    answers: int
    source: int | None = None
    size: int = 0
    layout: str | None = None
    limits: Limits = Limits()

    def to_json(self) -> str:
        """One line of ASCII, whatever the names hold."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Read what ``to_json`` has written."""
        fields = json.loads(text)
        kind, limits = Kind(fields.pop("kind")), Limits(**fields.pop("limits"))
        return cls(kind=kind, limits=limits, **fields)

    @property
    def seconds(self) -> float:
        """Processor time that reading it may take."""
        return self.limits.bulk_seconds if self.kind.is_bulk else self.limits.seconds

    @property
    def memory_bytes(self) -> int:
        """Memory that reading it may take beside the process itself."""
        whole = 0 if self.kind.is_bulk else self.size
        return self.limits.memory_bytes + whole
