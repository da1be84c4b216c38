"""What a producer may not say ends in a MessageError, whatever it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_examples import CONSUMER_EXAMPLES, PRODUCER_EXAMPLES

from shared.errors import MessageError
from shared.messages import Message, decode_producer_message, encode_message

FIELDS = [
    pytest.param(example, name, id=f"{type(example).__name__}-{name}")
    for example in PRODUCER_EXAMPLES
    for name in type(example).model_fields
]


@pytest.mark.parametrize(("example", "name"), FIELDS)
@pytest.mark.parametrize("wrong", [{"offending": ["offending"] * 100}, [["offending"]], 1e999, -1])
def test_a_field_of_a_wrong_kind_is_refused_without_quoting_it(
    example: Message, name: str, wrong: object
) -> None:
    text = json.dumps(json.loads(encode_message(example)) | {name: wrong})
    with pytest.raises(MessageError) as caught:
        decode_producer_message(text)
    assert str(caught.value).startswith("wrong content in a producer's message: got ")
    assert "offending" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(("example", "name"), FIELDS)
def test_a_required_field_that_is_missing_is_named(example: Message, name: str) -> None:
    fields = json.loads(encode_message(example))
    kind = fields["type"]
    del fields[name]
    if name == "type":
        with pytest.raises(MessageError, match="Unable to extract tag using discriminator 'type'"):
            decode_producer_message(json.dumps(fields))
    elif type(example).model_fields[name].is_required():
        with pytest.raises(MessageError, match=rf"got {kind}\.{name}: Field required"):
            decode_producer_message(json.dumps(fields))
    else:
        assert isinstance(decode_producer_message(json.dumps(fields)), type(example))


@pytest.mark.parametrize("example", PRODUCER_EXAMPLES)
def test_an_unknown_field_is_refused(example: Message) -> None:
    fields = json.loads(encode_message(example)) | {"extra": 1}
    with pytest.raises(MessageError, match=r"\.extra: Extra inputs are not permitted"):
        decode_producer_message(json.dumps(fields))


@pytest.mark.parametrize("example", CONSUMER_EXAMPLES)
def test_a_consumers_message_is_not_a_producers(example: Message) -> None:
    with pytest.raises(MessageError):
        decode_producer_message(encode_message(example))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{}", "wrong kind in a producer's message: expected text, got binary"),
        ("null", "got Input should be an object"),
        ("[" * 10_000 + "]" * 10_000, "Invalid JSON: recursion limit exceeded"),
        (
            '{"type":"' + "x" * 2**20 + '"}',
            "got unknown type, expected 'started', 'recalled', 'stored', ",
        ),
        ('{"type":"error","code":"A","message":""}', r"got error\.code: String should match"),
        (
            '{"type":"error","code":"a","message":"' + "x" * 2001 + '"}',
            r"got error\.message: String should have at most 2000 characters",
        ),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_what_is_wrong_is_said_in_few_words(text: str | bytes, message: str) -> None:
    with pytest.raises(MessageError, match=message) as caught:
        decode_producer_message(text)
    assert len(str(caught.value)) < 300


@given(
    example=st.sampled_from(PRODUCER_EXAMPLES),
    start=st.integers(0, 1000),
    length=st.integers(0, 20),
    put=st.text(alphabet=st.characters(exclude_categories=()), max_size=5),
)
def test_a_damaged_message_is_a_message_or_a_message_error(
    example: Message, start: int, length: int, put: str
) -> None:
    text = encode_message(example)
    try:
        assert isinstance(
            decode_producer_message(text[:start] + put + text[start + length :]), Message
        )
    except MessageError as error:
        assert len(str(error)) < 1000
