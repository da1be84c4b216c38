"""What the tests of finishing a training have in common."""

from __future__ import annotations

import torch
from classifier_samples import card, random_model, stripes

from consumer.classifier.checkpoint import Checkpoint
from consumer.classifier.model import GarmentNet
from consumer.classifier.training.examples import Examples, Normalisation
from consumer.classifier.training.finishing import About, finished

NORMALISATION = Normalisation(0.4, 0.25)
ABOUT = About("striped", ("across", "down"), card().training)


def examples(count: int, seed: int) -> Examples:
    """Images of ``stripes``."""
    data = stripes(count, seed=seed)
    assert data.labels is not None
    return Examples(torch.from_numpy(data.stack[:, None]), torch.from_numpy(data.labels))


def finish(model: GarmentNet | None = None, about: About = ABOUT) -> Checkpoint:
    """A random network, or the one given, finished on 60 images and validated on 200."""
    model = random_model() if model is None else model
    return finished(model, NORMALISATION, examples(60, 0), examples(200, 1), about)
