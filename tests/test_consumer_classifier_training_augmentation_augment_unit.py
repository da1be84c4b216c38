"""augment: as many images are changed as is wanted, and each in its way."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from consumer.classifier.training.augmentation import augment
from consumer.classifier.training.recipe import Changes


def _garments(count: int, side: int = 28) -> Tensor:
    """Bright triangles on black, none like its mirror image."""
    height, width = np.indices((side, side))
    triangle = np.where((width > 4) & (width < 22) & (height > width), 8 * width, 0)
    return torch.from_numpy(np.tile(triangle.astype(np.uint8), (count, 1, 1, 1)))


def _changed(changes: Changes, *, seed: int = 0, count: int = 400) -> tuple[Tensor, Tensor]:
    images = _garments(count)
    return images.float(), augment(images, changes, np.random.default_rng(seed))


def _share(first: Tensor, second: Tensor) -> float:
    return float((first != second).flatten(1).any(1).float().mean())


def test_no_changes_change_nothing() -> None:
    before, after = _changed(Changes(flip=False))
    assert after.dtype == torch.float32
    assert torch.equal(before, after)


def test_half_of_the_images_are_mirrored() -> None:
    before, after = _changed(Changes())
    mirrored = (after == before.flip(3)).flatten(1).all(1)
    assert ((after == before).flatten(1).all(1) | mirrored).all()
    assert 0.4 < float(mirrored.float().mean()) < 0.6


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_as_many_are_covered_as_is_wanted(share: float) -> None:
    before, after = _changed(Changes(flip=False, erasing=share))
    assert _share(before, after) == pytest.approx(share, abs=0.08)
    covered = (before != after).float().mean((1, 2, 3))
    assert float(covered.max()) < 0.45


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_as_many_are_corrupted_as_is_wanted(share: float) -> None:
    before, after = _changed(Changes(flip=False, corruption=share))
    assert _share(before, after) == pytest.approx(share, abs=0.08)
    assert float(after.min()) >= 0.0 and float(after.max()) <= 255.0


def test_corruptions_are_of_many_kinds_and_leave_the_image_to_be_known() -> None:
    before, after = _changed(Changes(flip=False, corruption=1.0))
    apart = (before - after).abs().mean((1, 2, 3))
    assert float(apart.std()) > 3.0
    pairs = torch.stack([before.flatten(1), after.flatten(1)], 1)
    alike = torch.stack([torch.corrcoef(pair)[0, 1] for pair in pairs])
    assert float(alike.median()) > 0.7


def test_the_same_random_numbers_change_them_alike_and_the_images_given_stay() -> None:
    changes, images = Changes(erasing=0.5, corruption=0.5), _garments(50)
    kept = images.clone()
    first, again, other = (augment(images, changes, np.random.default_rng(k)) for k in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(images, kept)


@pytest.mark.parametrize("shape", [(3, 1, 4, 4), (2, 1, 9, 30)])
def test_images_of_any_size_are_taken(shape: tuple[int, ...]) -> None:
    images = torch.full(shape, 100, dtype=torch.uint8)
    changes = Changes(erasing=1.0, corruption=1.0)
    assert augment(images, changes, np.random.default_rng(0)).shape == shape
