"""The card of a user's own model: a small JSON file beside it, or a dict from a factory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from consumer.classifier.card import ModelCard, checked_card
from consumer.classifier.files import MAX_CARD_BYTES, read_file
from shared.errors import ModelError

HINT = "docs/models.md shows a card"


def read_card(where: Path) -> ModelCard:
    """Read a card; a model that it gives no name is called after the file.

    Raises:
        ModelError: it is missing, no JSON, or no card.
    """
    data = read_file(where, MAX_CARD_BYTES, what="card of the model", hint=HINT)
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError("damaged model card", where=where, expected="JSON", got=error) from error
    return card_from(fields, where.stem, where)


def card_from(fields: object, name: str, where: object) -> ModelCard:
    """The card that consists of these fields.

    Args:
        fields: a mapping of names to values, as in the JSON.
        name: what the model is called where they do not say.
        where: what to blame.

    Raises:
        ModelError: they are no card, or speak of descriptions, which no foreign model gives.
    """
    if not isinstance(fields, Mapping):
        raise ModelError(
            "wrong model card", where=where, expected="an object", got=type(fields).__name__
        )
    named: dict[str, Any] = {"name": name, **fields}
    card = checked_card(ModelCard, named, where)
    if card.doubt and card.doubt.novelty and card.doubt.novelty.distance:
        raise ModelError(
            "wrong model card (doubt.novelty.distance)",
            where=where,
            expected="null: only the own network describes images",
            got=card.doubt.novelty.distance,
            hint="consumer calibrate writes what fits",
        )
    return card
