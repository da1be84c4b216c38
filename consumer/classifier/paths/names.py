"""What the ways to run the project's own network are called. It needs no PyTorch."""

from __future__ import annotations

from typing import Literal

AUTO = "auto"
FALLBACK = "eager-fp32"

PathName = Literal["auto", "eager-fp32", "eager-bf16", "int8", "compiled-fp32"]
