"""One file of the corpus, and how most of them are made.

``MARKER`` is a file that exists only if something of an attack was executed.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pickle_assembler as asm

MARKER = "/tmp/catwalk-pickle-corpus-marker"
GRAY = np.arange(2 * 4 * 4, dtype=np.uint8).reshape(2, 4, 4)
COLOUR = np.arange(2 * 6 * 5 * 3, dtype=np.uint8).reshape(2, 6, 5, 3)
IMAGES = asm.array((2, 4, 4), GRAY.tobytes())
HONEST = pickle.dumps({"images": GRAY, "labels": [0, 1]}, 4)
Outcome = Literal["refused", "useless", "valid"]


@dataclass(frozen=True, slots=True)
class Case:
    """One file of the corpus.

    Args:
        family: which of the twelve it belongs to.
        name: what it tries.
        data: the file.
        outcome: "refused" by the machine, "useless" as an image set, or "valid".
        expected: a pattern of the error; of a valid file nothing.
        images: the images of a valid file, one array or several.
        labels: its labels, where it has any.
    """

    family: str
    name: str
    data: bytes
    outcome: Outcome = "refused"
    expected: str = ""
    images: Any = None
    labels: list[int] | None = None

    def __str__(self) -> str:
        return f"{self.family}: {self.name}"


def attack(module: str, attribute: str, *arguments: object) -> bytes:
    """Call what a module calls so, with these arguments."""
    return asm.call(asm.name(module, attribute), *map(asm.value, arguments))


def refused(family: str, expected: str, files: dict[str, bytes]) -> list[Case]:
    """Files that the machine refuses for one reason."""
    return [Case(family, name, data, expected=expected) for name, data in files.items()]


def named(family: str, attacks: dict[str, bytes]) -> list[Case]:
    """Files that are refused for a name in them."""
    return [
        Case(family, name, asm.whole(attack), expected="forbidden name in f at byte .*: .* got '")
        for name, attack in attacks.items()
    ]
