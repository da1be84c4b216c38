"""What a consumer may not say ends in a MessageError, whatever it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_examples import CONSUMER_EXAMPLES, DIGEST, PRODUCER_EXAMPLES, SESSION

from shared.errors import MessageError
from shared.messages import (
    Message,
    SessionQuery,
    SessionsQuery,
    Start,
    decode_consumer_message,
    encode_message,
)

STOP = '{"type":"stop","session":"0123456789abcdef","at":'
START = '{"type":"start","consumer":"me",'
MARKER = "offending"


FIELDS = [
    pytest.param(example, name, id=f"{type(example).__name__}-{name}")
    for example in CONSUMER_EXAMPLES
    for name in type(example).model_fields
]


def _brief(value: object) -> str:
    return ascii(value)[:60]


@pytest.mark.parametrize(("example", "name"), FIELDS)
@pytest.mark.parametrize("wrong", [{MARKER: [MARKER] * 100}, [[MARKER]], 1e999, -1])
def test_a_field_of_a_wrong_kind_is_refused_without_quoting_it(
    example: Message, name: str, wrong: object
) -> None:
    text = json.dumps(json.loads(encode_message(example)) | {name: wrong})
    with pytest.raises(MessageError) as caught:
        decode_consumer_message(text)
    assert str(caught.value).startswith("wrong content in a consumer's message: got ")
    assert MARKER not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(("example", "name"), FIELDS)
def test_a_required_field_that_is_missing_is_named(example: Message, name: str) -> None:
    fields = json.loads(encode_message(example))
    kind = fields["type"]
    del fields[name]
    if name == "type":
        with pytest.raises(MessageError, match="Unable to extract tag using discriminator 'type'"):
            decode_consumer_message(json.dumps(fields))
    elif type(example).model_fields[name].is_required():
        with pytest.raises(MessageError, match=rf"got {kind}\.{name}: Field required"):
            decode_consumer_message(json.dumps(fields))
    elif name != "unclassified":
        assert isinstance(decode_consumer_message(json.dumps(fields)), type(example))


@pytest.mark.parametrize("example", CONSUMER_EXAMPLES)
def test_an_unknown_field_is_refused(example: Message) -> None:
    fields = json.loads(encode_message(example)) | {"extra": 1}
    with pytest.raises(MessageError, match=r"\.extra: Extra inputs are not permitted"):
        decode_consumer_message(json.dumps(fields))


@pytest.mark.parametrize("example", PRODUCER_EXAMPLES)
def test_a_producers_message_is_not_a_consumers(example: Message) -> None:
    with pytest.raises(MessageError):
        decode_consumer_message(encode_message(example))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"type":"sessions"}', "wrong kind in a consumer's message: expected text, got binary"),
        ("", "Invalid JSON: EOF"),
        ("null", "got Input should be an object"),
        ("[]", "got Input should be an object"),
        ("17", "got Input should be an object"),
        ('"start"', "got Input should be an object"),
        ("{", "Invalid JSON: EOF"),
        ("{}", "Unable to extract tag"),
        ('{"type":"sessions"} {}', "Invalid JSON: trailing characters"),
        ("[" * 10_000 + "]" * 10_000, "Invalid JSON: recursion limit exceeded"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "Invalid JSON: recursion limit exceeded"),
        ('{"type":"sessions","limit":\ud800}', "unable to parse raw data as a unicode string"),
        ('{"type":"\\ud800"}', "Invalid JSON: unexpected end of hex escape"),
        ('{"type":"\\ud800\\u0041"}', "Invalid JSON: lone leading surrogate"),
        ('{"type":"' + "x" * 2**20 + '"}', "got unknown type, expected 'start', 'predictions', "),
        ('{"type":"\\u001b[2J\\n"}', "got unknown type, expected 'start', 'predictions', "),
        ('{"type":["stop"]}', "got unknown type, expected 'start', 'predictions', "),
        ('{"type":null}', "got unknown type, expected 'start', 'predictions', "),
        (START + '"' + "k" * 2**20 + '":1}', r"got start\.\(unprintable name\): Extra inputs"),
        (START + '"\\u001b[2J":1}', r"got start\.\(unprintable name\): Extra inputs"),
        (START + '"model":"' + "x" * 2**20 + '"}', "model: String should have at most 200"),
        (START + '"model":"a\\u0000b"}', "model: String should match pattern"),
        (START + '"fps":NaN}', "fps: Input should be a finite number"),
        (START + '"fps":-Infinity}', "fps: Input should be a finite number"),
        (START + '"fps":1' + "0" * 400 + "}", "fps: Input should be a finite number"),
        (START + '"fps":1e400}', "fps: Input should be a finite number"),
        (START + '"fps":-0.5}', "fps: Input should be greater than or equal to 0"),
        (START + '"fps":1000001}', "fps: Input should be less than or equal to 1000000"),
        (START + '"fps":"10"}', "fps: Input should be a valid number"),
        (START + '"count":0}', "count: Input should be greater than or equal to 1"),
        (START + '"delivery":"some"}', "delivery: Input should be 'every' or 'newest'"),
        (START + '"session":"newest"}', r"session\..*: "),
        (START + '"recall":1}', "recall: Input should be a valid boolean"),
        (START + '"classes":[' + '"",' * 1000 + '""]}', "classes: Tuple should have at most 1000"),
        ('{"type":"start","consumer":""}', "consumer: String should match pattern"),
        ('{"type":"start","consumer":"me\\n"}', "consumer: String should match pattern"),
        (STOP + "NaN}", "at: Input should be a valid integer"),
        (STOP + "1.0}", "at: Input should be a valid integer"),
        (STOP + "true}", "at: Input should be a valid integer"),
        (STOP + "1" + "0" * 400 + "}", "at: Input should be less than or equal to 4294967295"),
        (STOP + "1" + "0" * 5000 + "}", "Invalid JSON: number out of range"),
        (STOP + "1e400}", "at: Input should be a valid integer"),
        (STOP + '1,"at":1}', "repeated key in a consumer's message: expected each key once"),
        (STOP + '1,"\\u0061t":1}', "repeated key"),
        (STOP + '1,"\\u0061t":-1}', "at: Input should be greater than or equal to 0"),
        ('{"type":"session","session":"0123456789ABCDEF"}', "String should match pattern"),
        ('{"type":"sessions","limit":501}', "limit: Input should be less than or equal to 500"),
    ],
    ids=_brief,
)
def test_what_is_wrong_is_said_in_few_words(text: str | bytes, message: str) -> None:
    with pytest.raises(MessageError, match=message) as caught:
        decode_consumer_message(text)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"labels": []}, "labels: Tuple should have at least 1 item"),
        ({"labels": [0] * 257}, "labels: Tuple should have at most 256 items"),
        ({"labels": [0, 1000]}, r"labels\.1: Input should be less than 1000"),
        ({"labels": [0, -2]}, r"labels\.1: Input should be greater than or equal to -1"),
        ({"confidences": [0.5, 1.5]}, r"confidences\.1: Input should be less than or equal to 1"),
        ({"confidences": [0.5]}, r"expected as many confidences as labels \(2\), got 1"),
        ({"sets": [[3]]}, r"expected as many sets as labels \(2\), got 1"),
        ({"sets": [[0, 2], []]}, "expected ascending classes with the label in set 0"),
        ({"sets": [[3], [1]]}, "expected no set for label -1 at 1, got 1"),
        ({"sets": [[3], [-1]]}, r"sets\.1\.0: Input should be greater than or equal to 0"),
        ({"sets": [[3] * 1001, []]}, r"sets\.0: Tuple should have at most 1000 items"),
        ({"novelties": [0.5]}, r"expected as many novelties as labels \(2\), got 1"),
        ({"novelties": [0.5, None]}, r"novelties\.1: Input should be a valid number"),
        ({"digest": DIGEST.upper()}, "digest: String should match pattern"),
        ({"labels": [-1, -1]}, "a reason for each of 2 frames .* got 1 reasons"),
        ({"labels": [0, 0]}, "a reason for each of 0 frames .* got 1 reasons"),
        ({"unclassified": []}, "a reason for each of 1 frames .* got 0 reasons"),
        ({"unclassified": [{"sequence": 0, "reason": "x"}]}, "each of 1 frames .* got 1 reasons"),
        ({"unclassified": [{"sequence": 1, "reason": "x"}] * 2}, "of 1 frames .* got 2 reasons"),
        ({"unclassified": [{"sequence": 1, "reason": "no good"}]}, "reason: String should match"),
        ({"digest": 1, "session": 2}, r"session: Input should be .* \(and 1 more faults\)"),
    ],
)
def test_a_run_whose_parts_do_not_fit_is_refused(changed: dict[str, Any], message: str) -> None:
    fields = {
        "type": "predictions",
        "session": SESSION,
        "epoch": 1,
        "first": 0,
        "labels": [3, -1],
        "confidences": [0.5, 0.0],
        "digest": DIGEST,
        "unclassified": [{"sequence": 1, "reason": "too-large"}],
    }
    decode_consumer_message(json.dumps(fields))
    with pytest.raises(MessageError, match=message):
        decode_consumer_message(json.dumps(fields | changed))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"type":"sessions"}', SessionsQuery(limit=100)),
        (' {"session":"0123456789abcdef","type":"session"}\n', SessionQuery(session=SESSION)),
        (START + '"fps":10,"count":null}', Start(consumer="me", fps=10.0)),
    ],
)
def test_order_space_and_absent_fields_do_not_count(text: str, expected: Message) -> None:
    assert decode_consumer_message(text) == expected


def _attempt(text: str) -> None:
    try:
        assert isinstance(decode_consumer_message(text), Message)
    except MessageError as error:
        assert len(str(error)) < 1000


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(text=st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_is_a_message_or_a_message_error(text: str) -> None:
    _attempt(text)


@given(
    fields=st.dictionaries(st.sampled_from(["session", "at", "first", "labels", "x"]), anything),
    kind=st.sampled_from([json.loads(encode_message(one))["type"] for one in CONSUMER_EXAMPLES]),
)
def test_any_json_object_is_a_message_or_a_message_error(fields: dict[str, Any], kind: str) -> None:
    _attempt(json.dumps(fields | {"type": kind}))


@given(
    example=st.sampled_from(CONSUMER_EXAMPLES),
    start=st.integers(0, 1000),
    length=st.integers(0, 20),
    put=st.text(max_size=5),
)
def test_a_damaged_message_is_a_message_or_a_message_error(
    example: Message, start: int, length: int, put: str
) -> None:
    text = encode_message(example)
    _attempt(text[:start] + put + text[start + length :])
