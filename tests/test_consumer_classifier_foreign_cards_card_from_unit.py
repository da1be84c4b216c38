"""card_from: what the documentation shows is a card."""

from __future__ import annotations

import json
import re
from pathlib import Path

from consumer.classifier.card import ModelCard
from consumer.classifier.foreign.cards import card_from

PAGE = Path(__file__).parents[1] / "docs" / "models.md"


def test_the_card_on_the_page_is_one_and_its_table_has_every_field() -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert shown is not None
    card = card_from(json.loads(shown[1]), "x", "the page")
    assert (card.name, card.class_count, card.image_shape) == ("shoes", 3, (64, 64, 3))
    table = page.partition("| field |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*)\|", table, re.M)))) == set(
        ModelCard.model_fields
    )
