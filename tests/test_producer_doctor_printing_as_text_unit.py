"""as_text and as_json: for people and for machines, and safe for both."""

from __future__ import annotations

import json

import doctor_parts as parts
import numpy as np
import pytest

from producer.doctor.diagnose import diagnose, refused
from producer.doctor.diagnosis import Diagnosis
from producer.doctor.printing import as_json, as_text
from shared.errors import DataError
from shared.intake.imageset import ImageSet

EVIL = "a\x1b[31m\nb[bold]\u202e"


def of(images: ImageSet, **known: object) -> Diagnosis:
    """The diagnosis of a set."""
    return diagnose(parts.subject(images, **known))


def odd() -> Diagnosis:
    """Of a set with something of everything, and names that would do harm."""
    images = parts.pictures(30)
    images[5] = images[2]
    images[7] = images[8] + 1
    images[9] = 3
    labels = np.arange(30) % 2
    return of(
        parts.image_set(images, labels, (EVIL, "hat")),
        name=EVIL,
        layout=EVIL,
        size=5_000,
        names=(EVIL,) * 30,
        warnings=(EVIL,),
    )


def test_text_says_all_of_it_and_ends_with_the_command() -> None:
    text = as_text(odd())
    lines = text.splitlines()
    assert lines[0] == "a\\x1b[31m\\nb[bold]\\u202e: warnings"
    assert "  size            5,000 bytes" in lines
    assert (
        "  images          30, height 48, width 48 pixels, channels 1 (1 gray, 3 RGB, 4 RGBA)"
        in lines
    )
    assert "  labels          30 images labelled, 2 classes" in lines
    assert "  classes         a\\x1b[31m\\nb[bold]\\u202e 15, hat 15" in lines
    assert (
        "  duplicates      1 image could be dropped, first [2, 5]; "
        "1 pair nearly the same, closest [7, 8]" in lines
    )
    assert any("image 9 (a\\x1b[31m\\nb[bold]\\u202e), blank 0 beside" in line for line in lines)
    assert lines[-1].startswith("producer serve --dataset $'a\\033[31m")


@pytest.mark.parametrize("write", [as_text, as_json])
def test_no_name_reaches_the_terminal(write: object) -> None:
    assert callable(write)
    for line in write(odd()).splitlines():
        assert line.isprintable()


def test_a_plain_set_says_none_where_there_is_none() -> None:
    lines = as_text(of(parts.image_set(parts.pictures(2, channels=3)))).splitlines()
    assert lines[0] == "my set.npz: ok"
    for word in ("labels", "duplicates", "outliers"):
        assert f"  {word:<16}none" in lines
    assert not any(line.startswith(("  classes", "  size", "  warnings")) for line in lines)


def test_sizes_that_vary_are_said_to() -> None:
    images = parts.ragged([picture[: 20 + k] for k, picture in enumerate(parts.pictures(2))])
    assert "height varies, width 48 pixels" in as_text(of(parts.image_set(images)))


def test_exact_and_near_duplicates_are_told_apart() -> None:
    same = of(parts.image_set(np.repeat(parts.pictures(1), 3, axis=0)))
    assert "2 images could be dropped, first [0, 1, 2]; 0 pairs nearly the same\n" in as_text(same)
    images = np.repeat(parts.pictures(1), 2, axis=0)
    images[1] += 1
    near = as_text(of(parts.image_set(images)))
    assert "0 images could be dropped; 1 pair nearly the same, closest [0, 1]\n" in near


def test_many_classes_are_cut() -> None:
    images = parts.image_set(parts.pictures(50, side=8), np.arange(50))
    assert "class 39 1, and 10 more\n" in as_text(of(images))


def test_a_refusal_says_why() -> None:
    found = refused("x\n", DataError("no such file", at="x\n"))
    assert as_text(found) == "x\\n: refused\n  why             no such file at x\\n\n"


def test_json_is_one_line_of_ascii_with_every_field() -> None:
    text = as_json(odd())
    assert text.isascii() and text.count("\n") == 1 and text.endswith("\n")
    found = json.loads(text)
    assert set(found) == set(Diagnosis.model_fields)
    assert found["classes"] == [EVIL, "hat"]
    assert found["duplicates"]["examples"] == [[2, 5]]
