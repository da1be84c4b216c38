"""Tests of images to learn from."""

from __future__ import annotations

import pytest
import torch

from consumer.classifier.training.examples import Examples

IMAGES = torch.arange(5 * 16, dtype=torch.uint8).reshape(5, 1, 4, 4)
LABELS = torch.tensor([4, 3, 2, 1, 0])


@pytest.mark.parametrize("judgements", [None, torch.arange(10.0).reshape(5, 2)])
def test_a_part_has_the_chosen_in_their_order(judgements: torch.Tensor | None) -> None:
    whole = Examples(IMAGES, LABELS, judgements)
    part = whole.part(torch.tensor([3, 1]))
    assert (len(whole), len(part)) == (5, 2)
    assert torch.equal(part.images, torch.stack([IMAGES[3], IMAGES[1]]))
    assert part.labels.tolist() == [1, 3]
    if judgements is None:
        assert part.judgements is None
    else:
        assert part.judgements is not None
        assert part.judgements.tolist() == [[6.0, 7.0], [2.0, 3.0]]
