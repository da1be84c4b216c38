"""The AsyncAPI document: whole, consistent, true to the models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from message_examples import (
    CONSUMER_EXAMPLES,
    CONSUMER_MESSAGES,
    PRODUCER_EXAMPLES,
    PRODUCER_MESSAGES,
)

from shared import __version__
from shared.asyncapi import FRAMES_PORT, SESSION_PORT, asyncapi_document
from shared.messages import FRAMES_PROTOCOL, SESSION_PROTOCOL, Message, encode_message

DOCUMENT = asyncapi_document()
EXAMPLES = (*CONSUMER_EXAMPLES, *PRODUCER_EXAMPLES)


def _refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            else:
                yield from _refs(value)
    elif isinstance(part, list):
        for value in part:
            yield from _refs(value)


def _resolve(ref: str) -> Any:
    root, *path = ref.split("/")
    assert root == "#"
    part: Any = DOCUMENT
    for key in path:
        part = part[key]
    return part


def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({**DOCUMENT, "$ref": f"#/components/schemas/{name}"})


def test_every_reference_leads_to_something() -> None:
    found = set(_refs(DOCUMENT))
    assert len(found) > 40
    for ref in found:
        assert _resolve(ref)


def test_nothing_is_described_that_nothing_refers_to() -> None:
    found = set(_refs(DOCUMENT))
    for kind in ("messages", "schemas"):
        for name in DOCUMENT["components"][kind]:
            assert f"#/components/{kind}/{name}" in found


def test_the_document_is_plain_json_and_the_same_each_time() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT == asyncapi_document()


def test_head_and_addresses() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert DOCUMENT["info"]["version"] == __version__
    assert {name: server["host"] for name, server in DOCUMENT["servers"].items()} == {
        "session": f"localhost:{SESSION_PORT}",
        "frames": f"localhost:{FRAMES_PORT}",
    }
    assert {name: channel["address"] for name, channel in DOCUMENT["channels"].items()} == {
        "session": "/",
        "frames": "/{session}/{epoch}",
    }


def test_an_address_names_the_parameters_that_it_has() -> None:
    for channel in DOCUMENT["channels"].values():
        named = re.findall("{(.*?)}", channel["address"])
        assert named == [*channel.get("parameters", {})]


@pytest.mark.parametrize(
    ("channel", "protocol"), [("session", SESSION_PROTOCOL), ("frames", FRAMES_PROTOCOL)]
)
def test_each_channel_names_its_subprotocol(channel: str, protocol: str) -> None:
    headers = DOCUMENT["channels"][channel]["bindings"]["ws"]["headers"]
    assert headers["properties"]["Sec-WebSocket-Protocol"]["const"] == protocol


@pytest.mark.parametrize(
    ("operation", "action", "channel", "names"),
    [
        ("receiveFromConsumer", "receive", "session", [type(one) for one in CONSUMER_EXAMPLES]),
        ("sendToConsumer", "send", "session", [type(one) for one in PRODUCER_EXAMPLES]),
    ],
)
def test_each_message_is_received_or_sent_by_the_producer(
    operation: str, action: str, channel: str, names: list[type[Message]]
) -> None:
    found = DOCUMENT["operations"][operation]
    assert found["action"] == action
    assert found["channel"] == {"$ref": f"#/channels/{channel}"}
    assert [ref["$ref"].rsplit("/", 1)[1] for ref in found["messages"]] == [
        name.__name__ for name in names
    ]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_each_message_is_told_in_the_words_of_its_model(example: Message) -> None:
    name = type(example).__name__
    told = DOCUMENT["components"]["messages"][name]
    assert told["name"] == json.loads(encode_message(example))["type"]
    assert told["summary"] == (type(example).__doc__ or "").splitlines()[0]
    assert told["payload"] == {"$ref": f"#/components/schemas/{name}"}


def test_the_frame_is_told_with_its_header_table() -> None:
    frame = DOCUMENT["components"]["messages"]["Frame"]
    assert frame["contentType"] == "application/octet-stream"
    assert frame["payload"]["minLength"] == 32
    assert "28        u32    CRC-32 of the pixels" in frame["description"]


def test_every_schema_is_a_valid_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_an_example_fits_its_schema_and_a_damaged_one_does_not(example: Message) -> None:
    check = _validator(type(example).__name__)
    fields = json.loads(encode_message(example))
    check.validate(fields)
    assert not check.is_valid(fields | {"extra": 1})
    assert not check.is_valid(fields | {"type": "other"})
    assert not check.is_valid({name: fields[name] for name in fields if name != "type"})


@pytest.mark.parametrize(
    ("name", "messages"),
    [
        *zip((type(one).__name__ for one in CONSUMER_EXAMPLES), CONSUMER_MESSAGES.values()),
        *zip((type(one).__name__ for one in PRODUCER_EXAMPLES), PRODUCER_MESSAGES.values()),
    ],
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_message_that_can_be_made_fits_its_schema(
    name: str, messages: st.SearchStrategy[Message], data: st.DataObject
) -> None:
    _validator(name).validate(json.loads(encode_message(data.draw(messages))))
