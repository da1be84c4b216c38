"""Tests of what a network makes of images."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from consumer.classifier.networks import Outputs


def test_a_network_may_describe_nothing() -> None:
    outputs = Outputs(np.zeros((2, 3), np.float32))
    assert outputs.descriptions is None
    assert outputs.logits.shape == (2, 3)


def test_outputs_cannot_be_exchanged() -> None:
    outputs = Outputs(np.zeros((2, 3), np.float32))
    with pytest.raises(FrozenInstanceError):
        setattr(outputs, "logits", np.ones((2, 3), np.float32))
