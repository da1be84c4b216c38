"""Every message survives encoding and decoding."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from message_examples import (
    CONSUMER_EXAMPLES,
    CONSUMER_MESSAGES,
    PRODUCER_EXAMPLES,
    PRODUCER_MESSAGES,
    SESSION,
)

from shared.messages import (
    FRAMES_PROTOCOL,
    SESSION_PROTOCOL,
    Message,
    Start,
    Stop,
    decode_consumer_message,
    decode_producer_message,
    encode_message,
)

rounds = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("kind", CONSUMER_MESSAGES)
@rounds
@given(data=st.data())
def test_a_consumers_message_is_read_as_it_was_written(kind: str, data: st.DataObject) -> None:
    message = data.draw(CONSUMER_MESSAGES[kind])
    assert decode_consumer_message(encode_message(message)) == message


@pytest.mark.parametrize("kind", PRODUCER_MESSAGES)
@rounds
@given(data=st.data())
def test_a_producers_message_is_read_as_it_was_written(kind: str, data: st.DataObject) -> None:
    message = data.draw(PRODUCER_MESSAGES[kind])
    assert decode_producer_message(encode_message(message)) == message


@pytest.mark.parametrize(
    ("examples", "strategies"),
    [(CONSUMER_EXAMPLES, CONSUMER_MESSAGES), (PRODUCER_EXAMPLES, PRODUCER_MESSAGES)],
)
def test_examples_and_strategies_cover_every_message(
    examples: tuple[Message, ...], strategies: dict[str, Any]
) -> None:
    assert [json.loads(encode_message(example))["type"] for example in examples] == [*strategies]
    assert len({type(example) for example in examples}) == len(examples)


def test_fields_that_are_none_are_left_out() -> None:
    assert json.loads(encode_message(Start(consumer="me"))) == {
        "type": "start",
        "consumer": "me",
        "recall": False,
        "delivery": "every",
        "model": "",
        "classes": [],
    }


def test_a_message_is_one_line_of_compact_json() -> None:
    assert encode_message(Stop(session=SESSION, at=2)) == (
        '{"type":"stop","session":"0123456789abcdef","at":2}'
    )


def test_the_subprotocols_carry_the_version() -> None:
    assert (SESSION_PROTOCOL, FRAMES_PROTOCOL) == ("catwalk.session.v1", "catwalk.frames.v1")
