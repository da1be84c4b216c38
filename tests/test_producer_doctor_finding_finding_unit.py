"""Finding: a value."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from producer.doctor.finding import Finding


def test_a_finding_does_not_change() -> None:
    finding = Finding("blank", "warning", "1 image of a single value", 1)
    with pytest.raises(FrozenInstanceError):
        setattr(finding, "count", 2)
    assert not finding.examples
