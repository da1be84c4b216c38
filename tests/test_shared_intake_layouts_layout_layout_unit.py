"""Layout: what --layout takes."""

from __future__ import annotations

import shlex

from typing import Any

import pytest

from shared.errors import SettingsError
from shared.intake.layouts.layout import SPLITS, Layout, option


@pytest.mark.parametrize(
    ("text", "fields", "order"),
    [
        (None, {}, None),
        ("NHW", {"axes": "NHW"}, "HW"),
        ("nhwc", {"axes": "NHWC"}, "HWC"),
        (" NCHW ", {"axes": "NCHW"}, "CHW"),
        ("HW", {"axes": "HW"}, "HW"),
        ("HWC", {"axes": "HWC"}, "HWC"),
        ("CHW", {"axes": "CHW"}, "CHW"),
        ("20x28", {"size": (20, 28)}, "HW"),
        ("20X28x3", {"size": (20, 28, 3)}, "HWC"),
        ("3x20x28", {"size": (3, 20, 28)}, "CHW"),
        ("3x20x4", {"size": (3, 20, 4)}, "HWC"),
        ("3x20x4,CHW", {"size": (3, 20, 4), "axes": "CHW"}, "CHW"),
        ("train", {"split": "train"}, None),
        ("Val", {"split": "validation"}, None),
        ("split=fold 1", {"split": "fold 1"}, None),
        (
            "images=foo, labels=bar ,classes=c=d",
            {"images": "foo", "labels": "bar", "classes": "c=d"},
            None,
        ),
        ("test,NHWC,images=x", {"split": "test", "axes": "NHWC", "images": "x"}, "HWC"),
    ],
)
def test_the_known_forms_are_read(
    text: str | None, fields: dict[str, Any], order: str | None
) -> None:
    layout = Layout.parse(text)
    assert layout == Layout(**fields)
    assert layout.order == order


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "unknown layout in --layout: expected NHW, NHWC, NCHW, .* joined by commas, got ''"),
        ("NHCW", "unknown layout .* got 'NHCW'"),
        ("NHWC,", "unknown layout .* got ''"),
        ("a\x1b[2J" + "b" * 99, r"unknown layout .* got 'a\\x1b\[2Jb+'"),
        ("NHWC,NCHW", "unknown layout in --layout: expected one axes, got 'NHWC,NCHW'"),
        ("images=", "unknown layout .* got ''"),
        ("images=a\nb", r"unknown layout .* got 'a\\nb'"),
        ("pictures=a", "unknown layout .* got 'pictures=a'"),
        ("20x", "unknown layout .* got '20x'"),
        ("1x2x3x4", "unknown layout .* got '1x2x3x4'"),
        ("0x28", "expected sides of 1 to 4096 pixels and 1, 3 or 4 channels, got '0x28'"),
        ("4097x28", "expected sides of 1 to 4096 pixels .* got '4097x28'"),
        ("20x28x5", "1, 3 or 4 channels, got '20x28x5'"),
        ("20x28,NHWC", "expected a size that fits the axes, got '20x28 with the axes NHWC'"),
        ("20x28x3,CHW", "1, 3 or 4 channels, got '20x28x3'"),
    ],
)
def test_other_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Layout.parse(text)


@pytest.mark.parametrize(
    "fields", [{"axes": "HN"}, {"size": (3,)}, {"size": (-1, 3)}, {"labels": ""}, {"split": "\0"}]
)
def test_a_layout_is_checked_at_birth(fields: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Layout(**fields)


def test_each_usual_name_of_a_split_is_read_as_what_it_is_called_here() -> None:
    assert {Layout.parse(name).split for name in SPLITS} == {"train", "test", "validation"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("split", "test", "--layout test"),
        ("split", "mine", "--layout split=mine"),
        ("images", "train", "--layout images=train"),
        ("labels", "a b$(x)", "--layout 'labels=a b$(x)'"),
        ("split", "a,b", None),
        ("split", "a\x1b[31m", None),
        ("split", " a", None),
        ("split", "\u202e", None),
        ("split", "", None),
        ("split", "a" * 61, None),
    ],
)
def test_an_option_is_shown_as_a_shell_takes_it(
    name: str, value: str, expected: str | None
) -> None:
    assert option(name, value) == expected
    if expected is not None:
        assert getattr(Layout.parse(shlex.split(expected)[1]), name) == value
