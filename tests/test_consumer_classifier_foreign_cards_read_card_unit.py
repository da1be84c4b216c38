"""Cards of other people's models: read strictly, and wrong ones name the field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from foreign_samples import FIELDS

from consumer.classifier.foreign.cards import card_from, read_card
from shared.errors import ModelError

NOVELTY = {"energy": (-5.0, 1.0), "distance": None, "limit": 2.0}
DOUBT = {"temperature": 1.5, "coverage": 0.99, "threshold": 0.1, "images": 500, "novelty": NOVELTY}


def _write(folder: Path, **changes: Any) -> Path:
    path = folder / "shoes.json"
    path.write_text(json.dumps({**FIELDS, **changes}), encoding="utf-8")
    return path


def test_a_model_without_a_name_is_called_after_its_file(tmp_path: Path) -> None:
    card = read_card(_write(tmp_path))
    assert (card.name, card.channels, card.doubt) == ("shoes", 1, None)
    assert read_card(_write(tmp_path, name="boots")).name == "boots"


def test_each_channel_may_have_a_mean_and_a_deviation(tmp_path: Path) -> None:
    path = _write(tmp_path, channels=3, mean=[0.5, 0.4, 0], deviation=[0.2, 0.2, 1])
    card = read_card(path)
    assert (card.mean, card.deviation) == ((0.5, 0.4, 0.0), (0.2, 0.2, 1.0))
    assert card.image_shape == (12, 12, 3)


def test_a_card_may_tell_of_doubt(tmp_path: Path) -> None:
    card = read_card(_write(tmp_path, doubt=DOUBT))
    assert card.doubt is not None
    assert card.doubt.temperature == 1.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": 1}, r"wrong model card \(colour: Extra inputs are not permitted\) in .*shoes"),
        ({"classes": []}, r"\(classes: Tuple should have at least 1 item"),
        ({"input_size": [28]}, r"\(input_size.1: Field required"),
        ({"input_size": [28, 3]}, r"\(input_size.1: Input should be greater than or equal to 4"),
        ({"channels": 2}, r"\(channels: Input should be 1 or 3"),
        ({"mean": 128}, r"\(mean.*: Input should be less than or equal to 1"),
        ({"deviation": 0}, r"\(deviation.*: Input should be greater than 0"),
        ({"mean": [0.1, 0.1, 0.1]}, r"mean: one number for a gray image"),
        ({"deviation": [0.1, 0.1, 0.1]}, r"deviation: one number for a gray image"),
        ({"channels": 3, "mean": [0.1, 0.1]}, r"\(mean"),
        ({"doubt": {}}, r"\(doubt.temperature: Field required"),
        (
            {"doubt": {**DOUBT, "novelty": {**NOVELTY, "distance": (1.0, 1.0)}}},
            r"\(doubt.novelty.distance\) in .*: expected null.*got \(1.0, 1.0\); consumer cal",
        ),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_card(_write(tmp_path, **changes))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "damaged model card in .*: expected JSON, got Expecting property name"),
        ("[" * 100_000, "damaged model card in .*: expected JSON"),
        ("\udcff", "damaged model card in .*: expected JSON"),
        ("[]", "wrong model card in .*: expected an object, got list"),
        (" " * 2_000_000, "model file too large"),
    ],
)
def test_what_is_no_card_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ModelError, match=message):
        read_card(path)


def test_a_missing_card_is_told_where_one_is_shown(tmp_path: Path) -> None:
    message = "cannot read the card of the model at .*none.json: expected a file, got No such file"
    with pytest.raises(ModelError, match=message + ".*; docs/models.md shows a card"):
        read_card(tmp_path / "none.json")


def test_fields_from_a_factory_are_checked_as_strictly() -> None:
    assert card_from(FIELDS, "made", "a factory").name == "made"
    with pytest.raises(ModelError, match="wrong model card in a factory: expected an object, got"):
        card_from("classes", "made", "a factory")
