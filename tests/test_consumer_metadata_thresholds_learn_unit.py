"""Thresholds by default and learnt, and the flags that come of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from consumer.metadata.thresholds import LEAST_IMAGES, Judged, Thresholds, judge, learn

GOOD = Judged(sharpness=500.0, brightness=120.0, entropy=6.0, width=400, height=300)


@pytest.mark.parametrize(
    ("changed", "flags"),
    [
        ({}, ()),
        ({"sharpness": 99.9}, ("blurry",)),
        ({"sharpness": 100.0}, ()),
        ({"brightness": 39.9}, ("dark",)),
        ({"brightness": 215.1}, ("bright",)),
        ({"entropy": 1.9}, ("low-information",)),
        ({"width": 15, "height": 15}, ("odd-size",)),
        ({"width": 1300}, ("odd-size",)),
        ({"height": 1601}, ("odd-size",)),
        ({"width": 10_001, "height": 9_000}, ("odd-size",)),
        (
            {"sharpness": 0.0, "brightness": 0.0, "entropy": 0.0, "width": 1},
            ("blurry", "dark", "low-information", "odd-size"),
        ),
    ],
)
def test_the_default_flags_what_is_beyond_its_limits(
    changed: dict[str, Any], flags: tuple[str, ...]
) -> None:
    assert judge(GOOD._replace(**changed), Thresholds()) == flags


def _usual(count: int, *, spread: float = 0.1) -> list[Judged]:
    noise = np.random.default_rng(3).normal(0, spread, (count, 3))
    return [
        Judged(900 * math.exp(a), 100 * (1 + b), 6 * (1 + c / 5), 400, 300) for a, b, c in noise
    ]


def test_what_is_learnt_flags_what_is_unusual_among_the_images() -> None:
    odd = [
        GOOD._replace(sharpness=5.0, brightness=100.0),
        GOOD._replace(sharpness=900.0, brightness=5.0),
        GOOD._replace(sharpness=900.0, brightness=250.0),
        GOOD._replace(sharpness=900.0, brightness=100.0, entropy=1.0),
        GOOD._replace(sharpness=900.0, brightness=100.0, width=40, height=30),
        GOOD._replace(sharpness=900.0, brightness=100.0, width=4000, height=3000),
        GOOD._replace(sharpness=900.0, brightness=100.0, width=400, height=100),
    ]
    usual = _usual(200)
    learnt = learn(usual + odd)
    assert (learnt.source, learnt.learnt_from) == ("learnt", 207)
    assert "median" in learnt.rule
    found = [judge(each, learnt) for each in odd]
    expected = ["blurry", "dark", "bright", "low-information", *["odd-size"] * 3]
    assert found == [(flag,) for flag in expected]
    assert sum(bool(judge(each, learnt)) for each in usual) <= 4


def test_images_that_all_agree_are_not_flagged_and_small_differences_neither() -> None:
    same = [GOOD] * LEAST_IMAGES
    learnt = learn(same)
    assert not judge(GOOD, learnt)
    assert not judge(GOOD._replace(brightness=122.0, entropy=5.9, width=405), learnt)
    assert judge(GOOD._replace(brightness=150.0), learnt) == ("bright",)


def test_blank_images_are_learnt_from_without_a_limit_below_0() -> None:
    learnt = learn([Judged(0.0, 0.0, 0.0, 1, 1)] * 20)
    assert min(learnt.blurry_below, learnt.dark_below, learnt.low_information_below) == 0
    assert not judge(Judged(0.0, 0.0, 0.0, 1, 1), learnt)


@pytest.mark.parametrize("count", [0, LEAST_IMAGES - 1])
def test_of_few_images_nothing_is_learnt_and_that_is_said(count: int) -> None:
    learnt = learn([GOOD] * count)
    assert learnt == Thresholds(rule="fixed: of fewer than 8 images nothing is learnt")
    assert (learnt.source, learnt.learnt_from) == ("default", 0)
