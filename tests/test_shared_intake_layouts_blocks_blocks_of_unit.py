"""Blocks of single images."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.intake.layouts.blocks import block_length, blocks_of


@pytest.mark.parametrize(
    ("size", "length"), [(0, 1024), (1, 1024), (4096, 1024), (4097, 1023), (2**22, 1), (2**26, 1)]
)
def test_a_block_has_at_most_1024_images_and_4_mi_values(size: int, length: int) -> None:
    assert block_length(size) == length


@given(st.lists(st.tuples(st.sampled_from([(2,), (2, 3), (2, 3, 3)]), st.integers(1, 3))))
def test_neighbours_of_one_shape_stand_in_one_block(runs: Any) -> None:
    images = [np.full(shape, k, np.uint8) for shape, count in runs for k in range(count)]
    blocks = list(blocks_of(iter(images)))
    flat = [image for block in blocks for image in block]
    assert len(flat) == len(images)
    for image, other in zip(flat, images, strict=True):
        np.testing.assert_array_equal(image, other)
    shapes = [block.shape[1:] for block in blocks]
    assert all(first != second for first, second in zip(shapes, shapes[1:], strict=False))


@pytest.mark.parametrize("count", [1, 1023, 1024, 1025, 2048, 2049])
def test_long_runs_are_cut(count: int) -> None:
    images = [np.array([k % 251], np.uint8) for k in range(count)]
    blocks = list(blocks_of(images))
    assert np.concatenate(blocks).ravel().tolist() == [k % 251 for k in range(count)]
    assert [len(block) for block in blocks[:-1]] == [1024] * ((count - 1) // 1024)


def test_dtypes_are_kept_apart() -> None:
    blocks = blocks_of([np.zeros(2, np.uint8), np.zeros(2, np.float32), np.zeros(2, np.float32)])
    assert [(len(block), block.dtype.name) for block in blocks] == [(1, "uint8"), (2, "float32")]


def test_a_block_is_in_c_order() -> None:
    turned = np.arange(6).reshape(2, 3).T
    assert all(block.flags.c_contiguous for block in blocks_of([turned]))
    assert all(block.flags.c_contiguous for block in blocks_of([turned, turned]))
