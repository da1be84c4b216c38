"""What a user says of a file whose layout is not clear: the value of ``--layout``."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any, NoReturn, Self

from shared.errors import SettingsError
from shared.intake.limits import CHANNELS, MAX_SIDE

FORMS = (
    "NHW, NHWC, NCHW, HW, HWC or CHW; a size such as 20x28, 20x28x3 or 3x20x28; train, test or "
    "validation, split=NAME; images=KEY, labels=KEY, classes=KEY; several joined by commas"
)
SPLITS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "t10k": "test",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
}
"""Usual names of splits, and what each is called here."""

_AXES = ("NHW", "NHWC", "NCHW", "HW", "HWC", "CHW")
_KEYS = ("split", "images", "labels", "classes")
_SIZE = re.compile("[0-9]{1,5}(x[0-9]{1,5}){1,2}", re.IGNORECASE)
_MAX_KEY = 200
_MAX_TYPED = 60


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a file; whatever is None is recognised.

    Args:
        axes: the axes of the images: one of NHW, NHWC, NCHW, or HW, HWC, CHW of a single image.
        size: (H, W), (H, W, C) or (C, H, W) of an image whose pixels stand in one row. Where both
            ends could be the channels, the last is, unless ``axes`` says CHW.
        split: which one of several splits.
        images: key of a dict, under which the images are.
        labels: the same of the labels.
        classes: the same of the class names.

    Raises:
        SettingsError: a value of another form, or an image size that does not fit the axes.
    """

    axes: str | None = None
    size: tuple[int, ...] | None = None
    split: str | None = None
    images: str | None = None
    labels: str | None = None
    classes: str | None = None

    def __post_init__(self) -> None:
        if self.axes is not None and self.axes not in _AXES:
            _fail(self.axes)
        for name in (self.split, self.images, self.labels, self.classes):
            if name is not None and not (0 < len(name) <= _MAX_KEY and name.isprintable()):
                _fail(name)
        if self.size is not None:
            self._check_size(self.size)

    @property
    def order(self) -> str | None:
        """The axes of one image, "HW", "HWC" or "CHW"; None where neither axes nor size tell."""
        if self.axes is not None:
            return self.axes.removeprefix("N")
        if self.size is None:
            return None
        if len(self.size) == 2:
            return "HW"
        return "HWC" if self.size[2] in CHANNELS else "CHW"

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Read the option's text; None is a layout of which nothing is said."""
        fields: dict[str, Any] = {}
        for word in () if text is None else text.split(","):
            name, value = _field(word.strip())
            if name in fields:
                _fail(text, expected=f"one {name}")
            fields[name] = value
        return cls(**fields)

    def _check_size(self, size: tuple[int, ...]) -> None:
        words = "x".join(map(str, size))
        if len(size) not in (2, 3) or len(size) != len(self.order or ""):
            _fail(f"{words} with the axes {self.axes}", expected="a size that fits the axes")
        channels = {"HWC": size[-1], "CHW": size[0]}.get(self.order or "", 1)
        sides = {"HWC": size[:2], "CHW": size[1:]}.get(self.order or "", size)
        if channels not in CHANNELS or not all(1 <= side <= MAX_SIDE for side in sides):
            _fail(words, expected=f"sides of 1 to {MAX_SIDE} pixels and 1, 3 or 4 channels")


def option(name: str, value: str) -> str | None:
    """The option ``--layout name=value`` as a shell takes it; None where it cannot be typed."""
    is_plain = value.isascii() and value.isprintable() and value == value.strip()
    if not is_plain or "," in value or not 0 < len(value) <= _MAX_TYPED:
        return None
    is_usual = name == "split" and value in SPLITS.values()
    return f"--layout {value if is_usual else shlex.quote(f'{name}={value}')}"


def _field(word: str) -> tuple[str, object]:
    name, sign, value = word.partition("=")
    if sign and name.strip().lower() in _KEYS:
        return name.strip().lower(), value.strip()
    if word.upper() in _AXES:
        return "axes", word.upper()
    if _SIZE.fullmatch(word):
        return "size", tuple(int(side) for side in word.lower().split("x"))
    if word.lower() in SPLITS:
        return "split", SPLITS[word.lower()]
    _fail(word)


def _fail(got: str | None, *, expected: str = FORMS) -> NoReturn:
    shown = ascii((got or "")[:60])
    raise SettingsError("unknown layout", where="--layout", expected=expected, got=shown)
