"""Tests of cutting an image set into batches of the model's size."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_samples import ToldClassifier, by_level, levels

from consumer.classifier.answering import batches
from shared.intake.imageset import ImageSet


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (64, [64]), (65, [64, 1]), (150, [64, 64, 22])]
)
def test_all_images_come_once_and_in_order(count: int, sizes: list[int]) -> None:
    data = levels(list(range(count)))
    found = list(batches(ToldClassifier(by_level), data, "testing"))
    assert [len(images) for images in found] == sizes
    np.testing.assert_array_equal(np.concatenate(found), data.stack)


def test_images_of_another_size_in_colour_are_converted() -> None:
    data = ImageSet(np.full((2, 30, 20, 3), 77, np.uint8))
    (found,) = batches(ToldClassifier(by_level), data, "testing")
    np.testing.assert_array_equal(found, np.full((2, 12, 12), 77, np.uint8))


def test_nothing_is_shown_where_no_terminal_is(capfd: pytest.CaptureFixture[str]) -> None:
    list(batches(ToldClassifier(by_level), levels([1]), "testing"))
    assert capfd.readouterr().err == ""


def test_a_terminal_shows_what_is_done(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm")
    list(batches(ToldClassifier(by_level), levels([1] * 65), "testing"))
    assert "testing" in capfd.readouterr().err
