"""The settings that say which data set there is and how it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.intake.limits import Limits
from shared.settings import ServiceSettings

MIB = 2**20
BULK_FACTOR = 60

Limit = Annotated[int, Field(ge=1, le=1_000_000)]


def _check_layout(layout: str) -> str:
    # Imported here because most data sets need none, and a producer has to be back soon.
    from shared.intake.layouts.layout import Layout

    Layout.parse(layout)
    return layout


class DatasetSettings(ServiceSettings):
    """Which data set, and how to read it; the same for all who play or check it.

    ``layout`` says how the data set's images lie in their file where that is ambiguous;
    ``max_file_mib``, ``max_load_s`` and ``max_load_mib`` bound its size, and the processor time
    and memory that reading it may take (docs/datasets.md).
    """

    dataset: str = "auto"
    layout: (
        Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_layout)] | None
    ) = None
    data_dir: Path | None = None
    cache_dir: Path | None = None
    max_file_mib: Limit = 512
    max_load_s: Limit = 10
    max_load_mib: Limit = 1024

    @property
    def limits(self) -> Limits:
        """How much of a user's file is read; folders and videos may take 60 times as long."""
        return Limits(
            file_bytes=self.max_file_mib * MIB,
            memory_bytes=self.max_load_mib * MIB,
            seconds=self.max_load_s,
            bulk_seconds=self.max_load_s * BULK_FACTOR,
        )
