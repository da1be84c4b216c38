"""Changes settings of a recipe by their names, for an experiment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from consumer.classifier.model import ARCHITECTURES
from consumer.classifier.training.recipe import Recipe
from shared.errors import SettingsError

_RECIPE = TypeAdapter(Recipe)
WHERE = "training recipe"


def changed(recipe: Recipe, assignments: Iterable[str]) -> Recipe:
    """A recipe in which some settings are others.

    Args:
        recipe: the one to begin with; it stays as it is.
        assignments: each ``NAME=VALUE``, as ``epochs=12`` or ``judging.trust=0.3``.

    Raises:
        SettingsError: no such form, an unknown setting, or a value that it cannot have.
    """
    settings = asdict(recipe)
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise SettingsError(
                "no assignment", where=WHERE, expected="NAME=VALUE", got=repr(assignment)
            )
        *rooms, last = name.split(".")
        room = settings
        for step in rooms:
            room = _inside(room, step, name, is_room=True)
        _inside(room, last, name, is_room=False)
        room[last] = text
    found = _checked(settings)
    if found.architecture not in ARCHITECTURES:
        raise SettingsError(
            "unknown architecture",
            where=WHERE,
            expected=", ".join(ARCHITECTURES),
            got=repr(found.architecture),
        )
    return found


def _inside(room: dict[str, Any], step: str, name: str, *, is_room: bool) -> Any:
    """What a step leads to: a room of settings, or a setting."""
    known = [key for key, value in room.items() if isinstance(value, dict) == is_room]
    if step not in known:
        others = [f"{key}.…" for key, value in room.items() if isinstance(value, dict)]
        expected = known if is_room else [*known, *others]
        raise SettingsError(
            "unknown setting",
            where=WHERE,
            expected=", ".join(expected) or "no further name",
            got=repr(name),
        )
    return room[step]


def _checked(settings: dict[str, Any]) -> Recipe:
    try:
        return _RECIPE.validate_python(settings)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise SettingsError(
            "wrong value",
            where=f"{'.'.join(map(str, first['loc']))} of the {WHERE}",
            expected=first["msg"],
            got=repr(first["input"]),
        ) from error
