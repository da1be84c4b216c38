"""pixel_findings: what the values of the pixels tell."""

from __future__ import annotations

import doctor_parts as parts
import numpy as np
import pytest
from numpy.typing import NDArray

from producer.doctor.finding import EXAMPLES, Finding
from producer.doctor.outliers import Outlier
from producer.doctor.pixels import DARK_RANGE, pixel_findings
from producer.doctor.survey import MAX_PIXELS, survey


def findings(images: object, found: list[Outlier] | None = None) -> dict[str, Finding]:
    """The findings by their codes."""
    images, seen = parts.surveyed(images)
    return {finding.code: finding for finding in pixel_findings(images, seen, found or [])}


def framed(border: int, channels: tuple[int, ...] = ()) -> NDArray[np.uint8]:
    """Three images of a gray square within a border."""
    images = np.full((3, 8, 8, *channels), border, np.uint8)
    images[:, 2:6, 2:6] = 128
    return images


def test_ordinary_pictures_have_none() -> None:
    assert not findings(parts.pictures(5))


@pytest.mark.parametrize(("highest", "is_told"), [(1, True), (DARK_RANGE, True), (16, False)])
def test_pixels_that_are_all_dark_are_a_warning(highest: int, is_told: bool) -> None:
    images = np.zeros((2, 4, 4), np.uint8)
    images[1, 2, 2] = highest
    found = findings(images)
    assert ("dark-range" in found) is is_told
    if is_told:
        assert found["dark-range"].level == "warning"
        assert f"brighter than {highest} of 255" in found["dark-range"].message


@pytest.mark.parametrize(("border", "is_told"), [(191, False), (192, True), (255, True)])
def test_a_light_background_of_gray_images_is_a_note(border: int, is_told: bool) -> None:
    assert ("light-background" in findings(framed(border))) is is_told
    assert ("light-background" in findings(framed(border, (1,)))) is is_told


def test_the_background_of_colour_is_nobodys_business() -> None:
    assert not findings(framed(255, (3,)))


def test_images_of_several_sizes_have_a_border_too() -> None:
    images = [*framed(255), np.full((2, 3), 255, np.uint8), np.full((1, 1), 255, np.uint8)]
    assert "light-background" in findings(parts.ragged(images))


def test_outliers_are_counted_by_their_reasons() -> None:
    reasons = ["blank"] * 2 + ["flat", "clipped", "contrast", "entropy"]
    found = [Outlier(k, reason, 0.0, 1.0) for k, reason in enumerate(reasons)]
    told = findings(parts.pictures(6), found)
    counts = {code: (finding.level, finding.count) for code, finding in told.items()}
    assert counts == {
        "blank": ("warning", 2),
        "flat": ("warning", 1),
        "clipped": ("warning", 1),
        "unlike": ("note", 2),
    }
    assert told["unlike"].examples == (4, 5)


def test_examples_are_few() -> None:
    found = [Outlier(k, "blank", 0.0, 1.0) for k in range(30)]
    told = findings(parts.pictures(3), found)["blank"]
    assert (told.count, len(told.examples)) == (30, EXAMPLES)


@pytest.mark.parametrize(
    ("images", "pixels", "words"),
    [
        (2, MAX_PIXELS, ["2 of 3 images, evenly spaced"]),
        (3, 1, ["every k-th row and column of 3 large images"]),
        (1, 1, ["1 of 3 images", "of 1 large image"]),
    ],
)
def test_what_was_not_measured_is_a_note(images: int, pixels: int, words: list[str]) -> None:
    pictures = parts.image_set(parts.pictures(3))
    seen = survey(pictures, max_measured=images, max_pixels=pixels)
    (found,) = pixel_findings(pictures, seen, [])
    assert (found.code, found.level, found.count) == ("sampled", "note", len(seen.chosen))
    assert all(word in found.message for word in words)
