"""Single images gathered into blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

_IMAGES = 1024
_VALUES = 2**22


def block_length(size: int) -> int:
    """How many images of ``size`` values make a block: at most 1,024, and 4 Mi values or one."""
    return max(1, min(_IMAGES, _VALUES // max(1, size)))


def blocks_of(images: Iterable[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """Gather neighbours of one shape and dtype into blocks, in C order.

    Args:
        images: arrays of at least one axis, in order.

    Returns:
        Arrays (n, ...) of at most 1,024 images and 4 Mi values, or of one image.
    """
    return (_stacked(run) for run in _runs(images))


def _runs(images: Iterable[NDArray[Any]]) -> Iterator[list[NDArray[Any]]]:
    """Neighbours of one shape and dtype together, at most as many as make a block."""
    left = iter(images)
    run = list(islice(left, 1))
    while run:
        first, run_end = run[0], None
        step = block_length(first.size)
        for image in islice(left, step):
            if len(run) == step or image.shape != first.shape or image.dtype != first.dtype:
                run_end = image
                break
            run.append(image)
        yield run
        run = list(islice(left, 1)) if run_end is None else [run_end]


def _stacked(run: Sequence[NDArray[Any]]) -> NDArray[Any]:
    first = run[0]
    if len(run) == 1:
        return np.ascontiguousarray(first)[None]
    stack = np.empty((len(run), *first.shape), first.dtype)
    # Joining along an axis that is there costs a third of np.stack, which adds one to each.
    np.concatenate(run, out=stack.reshape(len(run) * first.shape[0], *first.shape[1:]))
    return stack
