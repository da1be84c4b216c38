"""Loaded: a frozen value."""

from __future__ import annotations

import pytest
from intake_parts import GRAY, MANIFEST

from producer.intake.cache import Loaded
from shared.intake.imageset import ImageSet


def test_it_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        setattr(Loaded(ImageSet(GRAY), MANIFEST), "manifest", None)
