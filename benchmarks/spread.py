"""Median and spread of repeated measurements."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict


class Spread(BaseModel):
    """A figure measured several times."""

    model_config = ConfigDict(frozen=True)

    median: float
    least: float
    most: float
    runs: int

    @classmethod
    def of(cls, values: Sequence[float], digits: int = 3) -> Spread:
        """The spread of at least one value, rounded to ``digits`` decimals."""
        return cls(
            median=round(statistics.median(values), digits),
            least=round(min(values), digits),
            most=round(max(values), digits),
            runs=len(values),
        )
