"""diagnose and refused: from a data set, or an error, to its diagnosis."""

from __future__ import annotations

import hashlib

import doctor_parts as parts
import numpy as np
import pytest

from producer.doctor.diagnose import diagnose, refused
from producer.doctor.diagnosis import Diagnosis
from producer.doctor.survey import MAX_MEASURED
from shared.errors import CatwalkError, DataError, PickleRefused, SettingsError


def faulty() -> Diagnosis:
    """Of 40 pictures, of which three are odd in some way."""
    images = parts.pictures(40, side=32)
    images[9] = images[4]
    images[20] = images[21] + 1
    images[30] = 0
    labels = [k % 2 for k in range(40)]
    names = tuple(f"file {k}.png" for k in range(40))
    subject = parts.subject(
        parts.image_set(images, labels, ("bag\x1b", "hat")),
        names=names,
        size=1234,
        warnings=("converted from\nfloat64",),
    )
    return diagnose(subject)


def test_a_good_set_is_ok_and_its_facts_are_told() -> None:
    images = parts.image_set(parts.pictures(30, channels=3), np.tile([0, 1, 2], 10))
    found = diagnose(parts.subject(images))
    pixels = images.stack
    assert (found.verdict, found.warnings, found.notes) == ("ok", (), ())
    assert (found.path, found.kind, found.bytes) == ("my set.npz", "npz", None)
    assert (found.images, found.height, found.width, found.channels) == (30, 48, 48, 3)
    assert (found.dtype, found.pixel_range) == ("uint8", (pixels.min(), pixels.max()))
    assert found.pixels_sha256 == hashlib.sha256(pixels.tobytes()).hexdigest()
    assert found.digest == images.digest()
    assert (found.labels, found.classes) == (30, images.classes)
    balance = found.model_dump()["class_balance"]
    assert [part["images"] for part in balance] == [10, 10, 10]
    assert found.command == "producer serve --dataset 'my set.npz'"


def test_what_is_odd_is_found_and_named() -> None:
    found = faulty().model_dump()
    assert found["verdict"] == "warnings"
    assert found["warnings"][0] == "converted from\\nfloat64"
    assert found["duplicates"] == {"groups": 1, "images": 2, "spare": 1, "examples": ((4, 9),)}
    near = found["near_duplicates"]
    assert near["examples"][0]["images"] == (20, 21)
    assert (near["pairs"], near["groups"], near["images"], near["capped"]) == (1, 1, 2, False)
    assert found["outliers"]["worst"][0]["name"] == "file 30.png"
    assert found["outliers"]["reasons"]["blank"] == 1
    codes = [problem["code"] for problem in found["label_problems"]]
    assert codes == ["conflicting-labels", "near-conflicting-labels"]
    assert any("nearly the same" in note for note in found["notes"])


def test_names_of_classes_are_kept_as_they_are() -> None:
    found = faulty().model_dump()
    assert found["classes"] == ("bag\x1b", "hat")
    assert found["class_balance"][0] == {"label": 0, "name": "bag\x1b", "images": 20}


def test_names_that_are_no_text_are_escaped() -> None:
    images = parts.image_set(parts.pictures(2), [0, 0], ("a\udcff",))
    found = diagnose(parts.subject(images, name="b\udcfe.pkl"))
    assert (found.classes, found.path) == (("a\\udcff",), "b\\udcfe.pkl")
    assert found.command == "producer serve --dataset $'b\\376.pkl'"
    assert found.model_dump_json()


def test_sizes_that_vary_are_none() -> None:
    images = [picture[: 20 + k] for k, picture in enumerate(parts.pictures(3))]
    found = diagnose(parts.subject(parts.image_set(parts.ragged(images))))
    assert (found.height, found.width, found.channels) == (None, 48, 1)
    assert (found.labels, found.classes, found.class_balance) == (0, (), ())


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 7), (9, 1), (1, 1, 1), (1, 1, 3), (2, 1, 4), (4096, 1), (1, 4096, 3)]
)
def test_images_of_any_shape_are_looked_at(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, *shape), dtype=np.uint8)
    images[2] = images[1]
    found = diagnose(parts.subject(parts.image_set(images))).model_dump()
    assert (found["images"], found["height"], found["width"]) == (3, *shape[:2])
    assert found["duplicates"]["spare"] == 1


def test_a_layout_that_was_asked_for_is_in_the_command() -> None:
    subject = parts.subject(parts.image_set(parts.pictures(2)), asked="planes first")
    command = diagnose(subject).command
    assert command == "producer serve --dataset 'my set.npz' --layout 'planes first'"


def test_all_stages_are_told() -> None:
    steps = parts.Steps()
    images = np.repeat(parts.pictures(1), 2, axis=0)
    images[1] += 1
    diagnose(parts.subject(parts.image_set(images)), stage=steps)
    assert steps.told == {
        "looking at the images": [2, 2],
        "measuring": [2, 2],
        "comparing pictures": [1, 1],
    }


def test_a_set_of_very_many_images_is_measured_in_part_and_all_repeats_are_found() -> None:
    images = np.zeros((MAX_MEASURED + 7, 1, 1), np.uint8)
    images[-1] = 200
    found = diagnose(parts.subject(parts.image_set(images)))
    assert (found.images, found.measured) == (MAX_MEASURED + 7, MAX_MEASURED)
    assert found.pixel_range == (0, 200)
    assert found.duplicates is not None
    assert (found.duplicates.groups, found.duplicates.spare) == (1, MAX_MEASURED + 5)
    assert found.duplicates.examples == (tuple(range(20)),)
    assert any("70,000 of 70,007 images, evenly spaced" in note for note in found.notes or ())


def test_near_duplicates_of_a_picture_are_found_though_its_first_copy_is_not_measured() -> None:
    images = np.zeros((2 * MAX_MEASURED, 8, 8), np.uint8)
    first, second = parts.pictures(2, side=8)
    images[[1, 2]], images[4] = first, first + 1
    images[6] = second
    found = diagnose(parts.subject(parts.image_set(images)))
    assert found.near_duplicates is not None
    assert [pair.images for pair in found.near_duplicates.examples] == [(2, 4)]


@pytest.mark.parametrize(
    ("error", "where", "offset", "exit_code"),
    [
        (DataError("no such file", at="x\n.pkl"), "x\\n.pkl", None, 5),
        (DataError("empty", where="y", expected=3, got=b"\x1b"), "y", None, 5),
        (PickleRefused("refused", where="z", offset=17, hint="save it anew"), "z", 17, 5),
        (SettingsError("wrong layout"), None, None, 2),
    ],
)
def test_a_refusal_is_the_error_in_its_parts(
    error: CatwalkError, where: str | None, offset: int | None, exit_code: int
) -> None:
    found = refused("x", error)
    assert found.verdict == "refused" and found.error is not None
    assert found.images is None
    fault = found.error
    assert (fault.where, fault.offset, fault.exit_code) == (where, offset, exit_code)
    assert (fault.code, fault.what) == (error.code, error.what)
    assert fault.message.isprintable()
