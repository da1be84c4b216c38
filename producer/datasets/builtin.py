"""The built-in frames: small garments drawn by a generator, for a start without data or network.

A conditional decoder, trained by ``tools/train_builtin.py``, is run here with numpy alone. The same
count and seed give the same bytes on every machine, because no operation rounds differently
anywhere: activations are whole numbers of 1/64 between -8 and 8, weights whole numbers of 1/512
whose sums are small enough (checked when they are read), so every product and partial sum fits the
24 bits of float32 exactly, in whatever order a BLAS adds them up. The slope 1/8 is a power of two,
the sigmoid is a table, and the random numbers are sums of the bytes of Philox words, a stream that
numpy guarantees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from shared.errors import DataError
from shared.intake.catalog import CATALOG
from shared.intake.imageset import ImageSet
from shared.intake.limits import MAX_IMAGES

WEIGHTS = Path(__file__).parent / "weights" / "builtin.safetensors"
SHAPES = {
    "dense0": (42, 128),
    "dense1": (128, 128),
    "dense2": (128, 7 * 7 * 48),
    "conv0": (3, 3, 48, 4 * 32),
    "conv1": (3, 3, 32, 4 * 16),
    "conv2": (3, 3, 16, 16),
    "conv3": (3, 3, 16, 1),
}
CLASSES = 10
LATENT = 32
SIDE = 28
# Activations are counted in units of 1/64 and kept within 8; weights are multiples of 1/512.
GRID = 64
BOUND = 8 * GRID
WEIGHT_GRID = 512
# Products are multiples of 1/512, so that sums below 2**15 units fit the 24 bits of float32.
EXACT = 2**24 // WEIGHT_GRID
# Below 1 the latents keep to where most training images lie: fewer odd frames, less variety.
TEMPERATURE = 0.85
# Deviation of the sum of eight uniform bytes, whose mean is 1,020.
BYTES_DEVIATION = (8 * (256**2 - 1) / 12) ** 0.5
# Frames drawn at a time: enough to feed the matrix products, few enough to stay in the cache.
BLOCK = 10

Array = NDArray[np.float32]


def builtin_frames(count: int, *, seed: int = 0) -> ImageSet:
    """Draw labelled garments with the ten Fashion-MNIST classes.

    Frame k and its label depend on the seed and k alone, not on the count. Every ten frames in a
    row hold each class once, in random order.

    Args:
        count: number of frames, 1 to 2,000,000.
        seed: at least 0; another seed draws other frames.

    Returns:
        images (count, 28, 28) uint8, white on black, and labels (count,) int64.

    Raises:
        DataError: count or seed is out of range, or the weights are missing or damaged.
    """
    where = f"built-in frames (seed {seed})"
    if not 1 <= count <= MAX_IMAGES:
        raise DataError(
            "wrong number of frames", where=where, expected=f"1 to {MAX_IMAGES:,}", got=count
        )
    if seed < 0:
        raise DataError("wrong seed", where=where, expected="0 or more", got=seed)
    decoder = load_decoder()
    images = np.empty((count, SIDE, SIDE), np.uint8)
    labels = np.empty(count, np.int64)
    for first, latents, classes in _blocks(count, seed):
        last = min(first + BLOCK, count)
        labels[first:last] = classes[: last - first]
        images[first:last] = decoder.draw(latents, classes)[: last - first]
    return ImageSet(images, labels, CATALOG["fashion-mnist"].classes, where)


def _blocks(count: int, seed: int) -> Iterator[tuple[int, Array, NDArray[np.int64]]]:
    """First index, latents and labels of each block of ten frames."""
    of_latents, of_labels = (
        np.random.Philox(np.random.SeedSequence(seed, spawn_key=(i,))) for i in range(2)
    )
    for first in range(0, count, BLOCK):
        words = np.asarray(of_latents.random_raw(BLOCK * LATENT)).reshape(BLOCK, LATENT)
        order = np.argsort(of_labels.random_raw(CLASSES), kind="stable")
        yield first, latents_of(words), order.astype(np.int64)


def latents_of(words: NDArray[np.uint64]) -> Array:
    """Turn random words into nearly normal numbers (Irwin-Hall: eight uniform bytes added up).

    Args:
        words: any shape, each a uniform 64-bit integer.

    Returns:
        Whole numbers of the same shape in units of 1/64, with deviation ``TEMPERATURE``; none
        is further than 4.9 deviations from 0.
    """
    octets = words.astype("<u8")[..., None].view(np.uint8)
    sums = octets.sum(-1, dtype=np.int64) - 1020
    scaled: Array = np.rint(sums * (TEMPERATURE * GRID / BYTES_DEVIATION)).astype(np.float32)
    return scaled


@dataclass(frozen=True, slots=True, eq=False)
class Decoder:
    """The generator in numpy: two dense layers to 7x7, then convolutions to 28x28.

    Args:
        weights: by layer name, of the shapes in ``SHAPES``; whole numbers of 1/512.
        biases: by layer name, shape (outputs,), in units of 1/64; whole numbers of 1/512.
    """

    weights: dict[str, Array]
    biases: dict[str, Array]

    def draw(self, latents: Array, labels: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Draw one image for each latent vector and class.

        Args:
            latents: (N, 32), whole numbers in units of 1/64.
            labels: (N,), each in 0..9.

        Returns:
            Images (N, 28, 28) uint8.
        """
        x = np.concatenate((latents, np.eye(CLASSES, dtype=np.float32)[labels] * GRID), axis=1)
        for name in ("dense0", "dense1", "dense2"):
            x = _activated(x @ self.weights[name] + self.biases[name])
        x = x.reshape(-1, 7, 7, 48)
        x = _depth_to_space(_activated(self._convolved("conv0", x)))
        x = _depth_to_space(_activated(self._convolved("conv1", x)))
        x = _activated(self._convolved("conv2", x))
        return _pixels(self._convolved("conv3", x)[..., 0])

    def _convolved(self, name: str, x: Array) -> Array:
        """A 3x3 convolution of (N, H, W, C), zeros around it, as one matrix product."""
        n, height, width, channels = x.shape
        padded = np.zeros((n, height + 2, width + 2, channels), np.float32)
        padded[:, 1:-1, 1:-1] = x
        # Three neighbours of a row lie side by side in memory, so they are copied in one go.
        rows = sliding_window_view(padded.reshape((n, height + 2, -1)), 3 * channels, axis=2)
        patches = sliding_window_view(rows[:, :, ::channels], 3, axis=1).swapaxes(3, 4)
        weights = self.weights[name].reshape(9 * channels, -1)
        product = patches.reshape(-1, 9 * channels) @ weights
        product += self.biases[name]
        return product.reshape(n, height, width, -1)


def _activated(x: Array) -> Array:
    """Leaky ReLU of slope 1/8, back on the grid and within the bound, in place."""
    np.maximum(x, x * np.float32(0.125), out=x)
    np.minimum(np.rint(x, out=x), BOUND, out=x)
    return np.maximum(x, -BOUND, out=x)


def _depth_to_space(x: Array) -> Array:
    """(N, H, W, 4C) to (N, 2H, 2W, C)."""
    n, height, width, channels = x.shape
    blocks = x.reshape(n, height, width, 2, 2, channels // 4).transpose(0, 1, 3, 2, 4, 5)
    return blocks.reshape(n, 2 * height, 2 * width, channels // 4)


def _pixels(logits: Array) -> NDArray[np.uint8]:
    """255 times the sigmoid, looked up at steps of 1/256 between -8 and 8."""
    steps = np.clip(np.rint(logits * 4), -2048, 2048).astype(np.int64) + 2048
    table = np.rint(255 / (1 + np.exp(np.arange(2048, -2049, -1) / 256))).astype(np.uint8)
    return table[steps]


def load_decoder(path: Path = WEIGHTS) -> Decoder:
    """Read the decoder's weights.

    Raises:
        DataError: the file is missing, is no safetensors file, or lacks a layer of the right
            shape and finite values.
    """
    try:
        arrays = load_file(path)
    except (OSError, SafetensorError) as error:
        raise DataError("the weights cannot be read", where=path, got=error) from error
    weights, biases = {}, {}
    for name, shape in SHAPES.items():
        weights[name] = _on_grid(_checked(arrays, f"{name}.weight", shape, path))
        biases[name] = _on_grid(_checked(arrays, f"{name}.bias", shape[-1:], path) * GRID)
        largest = np.abs(weights[name]).reshape(-1, shape[-1]).sum(0) * BOUND
        if (largest + np.abs(biases[name]) >= EXACT).any():
            raise DataError(f"weights of {name} are too large to be added exactly", where=path)
    return Decoder(weights, biases)


def _on_grid(array: Array) -> Array:
    rounded: Array = (np.rint(array * WEIGHT_GRID) / WEIGHT_GRID).astype(np.float32)
    return rounded


def _checked(
    arrays: dict[str, NDArray[np.generic]], name: str, shape: tuple[int, ...], path: Path
) -> Array:
    if name not in arrays:
        raise DataError("a layer is missing", where=path, expected=name, got=sorted(arrays))
    array = arrays[name].astype(np.float32)
    if array.shape != shape:
        raise DataError(f"wrong shape of {name}", where=path, expected=shape, got=array.shape)
    if not np.isfinite(array).all():
        raise DataError(f"{name} has values that are not finite", where=path)
    return array
