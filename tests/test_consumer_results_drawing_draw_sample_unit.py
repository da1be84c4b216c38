"""draw_sample: what is posted fits the protocol, whatever the image and the name."""

from __future__ import annotations

import numpy as np
import pytest
from message_examples import DIGEST, SESSION
from numpy.typing import NDArray
from result_parts import HOSTILE_NAMES, candidate, noise

from consumer.results.drawing import STRIP_HEIGHT, annotate, decode_png, draw_sample
from shared.messages import Results, decode_consumer_message, encode_message
from shared.reports import MAX_SAMPLE_BYTES, MAX_SAMPLE_SIDE, ConsumerCounts, Sample, Summary

CLASSES = ("shoe", "coat")


def _posted(*samples: Sample) -> tuple[Sample, ...]:
    """The samples as the producer reads them."""
    message = Results(
        session=SESSION,
        counts=ConsumerCounts(received=0, classified=0, digest=DIGEST),
        summary=Summary(model="net", classes=CLASSES, frames=0, counts=(0, 0)),
        samples=samples,
    )
    decoded = decode_consumer_message(encode_message(message))
    assert isinstance(decoded, Results)
    return decoded.samples


def test_a_sample_says_what_its_frame_was_and_survives_the_post() -> None:
    frame = candidate(1)
    (sample,) = _posted(draw_sample(frame, CLASSES))
    assert (sample.sequence, sample.index, sample.label, sample.name) == (5, 1005, 1, "coat")
    assert sample.confidence == 0.875
    expected = annotate(frame.image, name="coat", confidence=0.875)
    assert np.array_equal(decode_png(sample.png), expected)


@pytest.mark.parametrize(
    "image",
    [
        noise(1, 1),
        noise(1, 4096),
        noise(4096, 1, 3),
        noise(1024, 1024, 3),
        noise(600, 600, 4),
        np.zeros((4096, 4096), np.uint8),
    ],
    ids=lambda image: "x".join(map(str, image.shape)),
)
def test_images_of_any_size_become_samples_within_the_limits(image: NDArray[np.uint8]) -> None:
    (sample,) = _posted(draw_sample(candidate(image=image), CLASSES))
    assert len(sample.png) <= MAX_SAMPLE_BYTES
    assert max(decode_png(sample.png).shape) <= MAX_SAMPLE_SIDE


def test_an_image_that_must_shrink_keeps_its_writing_legible() -> None:
    picture = decode_png(draw_sample(candidate(image=noise(1024, 1024, 3)), CLASSES).png)
    plain = annotate(np.zeros_like(picture[:-STRIP_HEIGHT]), name="shoe", confidence=0.875)
    assert np.array_equal(picture[-STRIP_HEIGHT:], plain[-STRIP_HEIGHT:])


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_class_name_is_kept_as_it_is(name: str) -> None:
    (sample,) = _posted(draw_sample(candidate(), (name,)))
    assert sample.name == name
