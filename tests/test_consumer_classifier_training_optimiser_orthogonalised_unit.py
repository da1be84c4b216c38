"""Tests of the Newton-Schulz iteration."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from consumer.classifier.training.optimiser import orthogonalised


@pytest.mark.parametrize("shape", [(8, 8), (6, 40), (40, 6)])
def test_all_singular_values_come_near_one(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(3)) * 1e3
    values = np.linalg.svd(orthogonalised(matrix).numpy(), compute_uv=False)
    assert 0.3 < values.min() and values.max() < 1.3


def test_directions_are_kept() -> None:
    assert torch.equal(orthogonalised(torch.diag(torch.tensor([2.0, -3.0]))).sign(), SIGNS)


def test_a_zero_matrix_stays_zero() -> None:
    assert not orthogonalised(torch.zeros(3, 5)).any()


SIGNS = torch.tensor([[1.0, 0.0], [0.0, -1.0]])
