"""Which arithmetic is faster on this processor: measured, because its flags do not tell.

A processor can have bf16 instructions and run them slower than fp32 (docs/experiments.md).
"""

from __future__ import annotations

import time
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from shared.errors import SettingsError

Precision = Literal["bf16", "fp32"]

DTYPES: dict[Precision, torch.dtype] = {"bf16": torch.bfloat16, "fp32": torch.float32}
NEEDED_GAIN = 1.15
"""How much faster bf16 must be: it also costs accuracy, and a close race is decided by noise."""

CHANNELS, SIDE, BATCH = 64, 14, 8
REPEATS = 5


def resolved_precision(wanted: str) -> Precision:
    """Turn "auto", "bf16" or "fp32" into an arithmetic; "auto" measures.

    Raises:
        SettingsError: anything else is wanted.
    """
    if wanted == "auto":
        return faster_precision()
    for precision in DTYPES:
        if wanted == precision:
            return precision
    raise SettingsError(
        "unknown value", where="precision", expected="auto, bf16 or fp32", got=repr(wanted)
    )


@torch.inference_mode()
def faster_precision() -> Precision:
    """Race a typical convolution in bf16 and fp32 for some twenty milliseconds on this thread."""
    fp32, bf16 = _seconds(torch.float32), _seconds(torch.bfloat16)
    return "bf16" if bf16 * NEEDED_GAIN < fp32 else "fp32"


def _seconds(dtype: torch.dtype) -> float:
    images = _ones(BATCH, CHANNELS, SIDE, SIDE, dtype=dtype)
    weights = _ones(CHANNELS, CHANNELS, 3, 3, dtype=dtype)
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        functional.conv2d(images, weights, padding=1)
        times.append(time.perf_counter() - start)
    return min(times)


def _ones(*shape: int, dtype: torch.dtype) -> Tensor:
    return torch.ones(*shape, dtype=dtype).contiguous(memory_format=torch.channels_last)
