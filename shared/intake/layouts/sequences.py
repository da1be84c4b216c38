"""The parts of an image set in a list or tuple: a pair, rows, or images alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from shared.intake.closed.refusal import SAVE_ARRAYS
from shared.intake.layouts.classes import text_of
from shared.intake.layouts.columns import Parts, of_dicts, of_rows
from shared.intake.layouts.kinds import (
    is_image,
    is_images,
    is_numeric,
    is_pair,
    is_row,
    may_be_one_image,
)
from shared.intake.layouts.layout import Layout
from shared.intake.layouts.telling import fail, kind_of, path_hint

LAYOUTS = (
    "an array, a pair (images, labels), a dict with images, or a list of images or of "
    "(image, label)"
)
"""What is taken, in words."""
_SHORT_LABEL = 40
_ONE_ROW = "a list of two was read as one image and its label"


def of_sequence(value: Sequence[Any], asked: Layout, where: str) -> Parts:
    """Find the parts of an image set in a list or tuple that is no list of splits.

    Raises:
        DataError: nothing that looks like images, or keys are asked for that only a dict has.
    """
    if isinstance(value[0], Mapping) and "bytes" not in value[0]:
        return of_dicts(value, asked, where)
    refuse_keys(value, asked, where)
    if len(value) == 3 and is_pair(value[:2]) and _are_names(value[2]):
        return Parts("a triple", value[0], value[1], value[2])
    pair = _pair(value)
    if pair is not None:
        return pair
    if _is_clear_row(value):
        return Parts("an image with its label", [value[0]], [value[1]], warnings=(_ONE_ROW,))
    if is_row(value[0]) or _is_label_first(value[0]):
        return _of_rows(value, where)
    if is_image(value[0]):
        return Parts("a list", value)
    got = f"{kind_of(value)}, the first of them {kind_of(value[0])}"
    fail("no images found", where, LAYOUTS, got, hint=path_hint(value) or SAVE_ARRAYS)


def _is_label_first(value: object) -> bool:
    return isinstance(value, list | tuple) and is_row(value[::-1])


def _of_rows(rows: Sequence[Any], where: str) -> Parts:
    if is_row(rows[0]):
        return of_rows(rows, where)
    turned = [row[::-1] if isinstance(row, list | tuple) else row for row in rows]
    return replace(of_rows(turned, where), form="a list of (label, image)")


def _is_clear_row(value: Sequence[Any]) -> bool:
    """Whether this is one image and its label, and cannot be a list of which the second is bad."""
    if not is_row(value) or not is_numeric(value[0]):
        return False
    label = value[1]
    if isinstance(label, str | bytes):
        text = text_of(label[: _SHORT_LABEL + 1])
        return 0 < len(text) <= _SHORT_LABEL and text.isprintable() and "<" not in text
    return isinstance(label, int | np.integer) and not isinstance(label, bool)


def _pair(value: Sequence[Any]) -> Parts | None:
    is_unlabelled = len(value) == 2 and value[1] is None and is_images(value[0])
    if is_pair(value) or (is_unlabelled and not may_be_one_image(value[0])):
        return Parts("a pair", value[0], value[1])
    if len(value) == 2 and is_pair((value[1], value[0])):
        return Parts("a pair, labels first", value[1], value[0])
    return None


def refuse_keys(value: object, asked: Layout, where: str) -> None:
    """DataError where keys are asked for, because this is no dict."""
    if asked.images or asked.labels or asked.classes:
        fail("no keys found", where, "a dict", kind_of(value), hint="leave out the keys")


def _are_names(value: object) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 1 and value.dtype.kind in "SU"
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list | tuple) and all(isinstance(n, str | bytes) for n in value[:9])
