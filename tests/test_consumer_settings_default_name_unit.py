"""default_name makes a consumer's name of its host's."""

from __future__ import annotations

import pytest

from consumer.settings import ConsumerSettings, default_name


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("desk", "desk"),
        ("desk-2.example.org", "desk-2.example.org"),
        ("my desk (new)", "my-desk-new"),
        ("bücher", "b-cher"),
        ("", "consumer"),
        ("日本", "consumer"),
        ("x" * 70, "x" * 64),
    ],
)
def test_a_name_has_the_characters_that_names_may_have(host: str, name: str) -> None:
    assert default_name(host) == name
    assert ConsumerSettings(consumer=name).consumer == name
