"""One thing that was found, in words and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EXAMPLES = 20
"""How many images or groups are named at most where more were found."""

Level = Literal["warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that whoever streams a data set should know.

    Args:
        code: what it is, for machines: lower-case letters and "-".
        level: "warning" where it harms what is measured on the stream, "note" where it may be
            as it should be.
        message: the same in words, on one line.
        count: how many images, pairs, groups or classes it concerns.
        examples: indices of images, at most ``EXAMPLES``.
    """

    code: str
    level: Level
    message: str
    count: int
    examples: tuple[int, ...] = ()
