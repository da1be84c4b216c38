"""annotate: every pixel visible, a legible strip, within the limits of a sample."""

from __future__ import annotations

import numpy as np
import pytest
from result_parts import HOSTILE_NAMES, noise

from consumer.results.drawing import LEAST_WIDTH, STRIP_HEIGHT, Image, annotate
from shared.reports import MAX_SAMPLE_SIDE


def _strip(name: str, confidence: float = 0.5, *, width: int = 28) -> Image:
    return annotate(noise(28, width), name=name, confidence=confidence)[-STRIP_HEIGHT:]


def test_small_images_are_enlarged_pixel_by_pixel() -> None:
    image = noise(28, 28)
    picture = annotate(image, name="Coat", confidence=0.5)
    assert picture.shape == (280 + STRIP_HEIGHT, 280, 3)
    for channel in range(3):
        enlarged = picture[:280, :, channel].reshape(28, 10, 28, 10)
        assert np.array_equal(enlarged, np.broadcast_to(image[:, None, :, None], (28, 10, 28, 10)))


@pytest.mark.parametrize("channels", [3, 4])
def test_colours_keep_their_places(channels: int) -> None:
    image = np.zeros((14, 14, channels), np.uint8)
    image[...] = (10, 20, 30, 255)[:channels]
    assert annotate(image, name="", confidence=0.0)[0, 0].tolist() == [30, 20, 10]


def test_a_single_channel_is_gray() -> None:
    image = noise(14, 14, 1)
    picture = annotate(image, name="", confidence=0.0)
    assert np.array_equal(picture, annotate(image[..., 0], name="", confidence=0.0))


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 3), (1200, 900, 4)])
def test_the_image_itself_is_not_changed(shape: tuple[int, ...]) -> None:
    image = noise(*shape)
    image.setflags(write=False)
    before = image.copy()
    annotate(image, name="Coat", confidence=0.5)
    assert np.array_equal(image, before)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 1), (280, 280)),
        ((1, 4096), (1, 980)),
        ((4096, 1), (980, LEAST_WIDTH)),
        ((4096, 4096, 4), (980, 980)),
        ((300, 300), (300, 300)),
        ((980, 100, 3), (980, LEAST_WIDTH)),
        ((981, 981), (980, 980)),
    ],
)
def test_no_side_is_above_the_limit(shape: tuple[int, ...], expected: tuple[int, int]) -> None:
    picture = annotate(np.full(shape, 77, np.uint8), name="Coat", confidence=1.0)
    height, width = expected
    assert picture.shape == (height + STRIP_HEIGHT, width, 3)
    assert max(picture.shape) <= MAX_SAMPLE_SIDE
    assert np.all(picture[: picture.shape[0] - STRIP_HEIGHT, (width - 1) // 2] == 77)


def test_name_and_confidence_can_be_told_apart_on_the_strip() -> None:
    plain = _strip("Coat")
    assert plain.max() > 200
    assert not np.array_equal(plain, _strip("Boat"))
    assert not np.array_equal(plain, _strip("Coat", 0.501))


@pytest.mark.parametrize("width", [1, 28, 2000])
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_the_writing_stays_on_the_strip(name: str, width: int) -> None:
    strip = _strip(name, width=width)
    bright = np.argwhere(strip.max(axis=2) > 128)
    assert len(bright) > 20
    assert bright[:, 1].max() < strip.shape[1] - 1
    assert 0 < bright[:, 0].min() and bright[:, 0].max() < STRIP_HEIGHT - 1


@pytest.mark.parametrize(
    ("name", "drawn"), [("Crème", "Creme"), ("外套", "??"), ("a\nb\x00", "a?b?"), ("½", "1?2")]
)
def test_signs_that_the_font_lacks_are_replaced(name: str, drawn: str) -> None:
    assert np.array_equal(_strip(name), _strip(drawn))


def test_a_long_name_is_cut_and_its_confidence_is_not() -> None:
    long = _strip("n" * 200, 0.25)
    assert np.array_equal(long, _strip("n" * 100, 0.25))
    assert not np.array_equal(long, _strip("n" * 200, 0.75))
