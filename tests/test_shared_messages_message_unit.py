"""Messages as values: frozen, checked at birth, with the defaults that the protocol names."""

from __future__ import annotations

from typing import Any

import pytest
from message_examples import CONSUMER_EXAMPLES, DIGEST, INFO, PRODUCER_EXAMPLES, SAMPLE, SESSION
from pydantic import ValidationError

from shared.messages import (
    Accepted,
    Error,
    Finished,
    Message,
    Predictions,
    Progress,
    Recalled,
    Results,
    Session,
    SessionInfo,
    Sessions,
    SessionsQuery,
    Start,
    Started,
    Stopped,
    Stored,
    Unclassified,
)


@pytest.mark.parametrize(
    "message", [*CONSUMER_EXAMPLES, *PRODUCER_EXAMPLES], ids=lambda one: type(one).__name__
)
def test_a_message_cannot_be_changed(message: Message) -> None:
    with pytest.raises(ValidationError, match="Instance is frozen"):
        setattr(message, "type", "other")


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (Start, {"consumer": "a b"}, "consumer\n.*match pattern"),
        (Start, {"consumer": "me", "fps": "10"}, "fps\n.*valid number"),
        (Start, {"consumer": "me", "classes": ["a"]}, "classes\n.*valid tuple"),
        (Predictions, {"session": SESSION[:-1]}, "session\n.*match pattern"),
        (Predictions, {"epoch": 0}, "epoch\n.*greater than or equal to 1"),
        (Unclassified, {"sequence": 0, "reason": "Too Large"}, "reason\n.*match pattern"),
        (Predictions, {"sets": ((0, 1000),)}, "sets.0.1\n.*less than 1000"),
        (Predictions, {"sets": [[0]]}, "sets\n.*valid tuple"),
        (Predictions, {"sets": ((),) * 257}, "sets\n.*at most 256 items"),
        (Predictions, {"novelties": (1.5,)}, "novelties.0\n.*less than or equal to 1"),
        (Predictions, {"novelties": (float("nan"),)}, "novelties.0\n.*finite number"),
        (Recalled, {"novelties": (0.5,) * 4097}, "novelties\n.*at most 4096 items"),
        (Results, {"samples": (SAMPLE,) * 11}, "samples\n.*at most 10 items"),
        (Start, {"consumer": "me", "session": "oldest"}, "session"),
        (Start, {"consumer": "me", "delivery": "some"}, "delivery\n.*'every' or 'newest'"),
        (Started, {"path": "/../etc"}, "path\n.*match pattern"),
        (Started, {"path": f"/{SESSION}"}, "path\n.*match pattern"),
        (Started, {"path": f"/{SESSION}/0"}, "path\n.*match pattern"),
        (Started, {"digest": "0"}, "digest\n.*match pattern"),
        (Recalled, {"labels": ()}, "labels\n.*at least 1 item"),
        (Recalled, {"labels": (0,) * 4097}, "labels\n.*at most 4096 items"),
        (Recalled, {"indices": (-1,)}, "indices.0\n.*greater than or equal to 0"),
        (Started, {"height": 0}, "height\n.*greater than or equal to 1"),
        (Started, {"port": 0}, "port\n.*greater than or equal to 1"),
        (Started, {"window": 0}, "window\n.*greater than or equal to 1"),
        (Stored, {"through": -1}, "through\n.*greater than or equal to 0"),
        (Progress, {"stored": 2**63}, "stored\n.*less than"),
        (Stopped, {"by": "nobody"}, "by\n.*'consumer' or 'producer'"),
        (Accepted, {"receipt": DIGEST + "0"}, "receipt\n.*match pattern"),
        (SessionInfo, {"created": float("nan")}, "created\n.*finite number"),
        (Sessions, {"sessions": (1,)}, "instance of SessionInfo"),
        (Session, {"info": None}, "instance of SessionInfo"),
        (Error, {"code": "Bad"}, "code\n.*match pattern"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_birth(
    kind: type[Message], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        kind(**fields)


def test_what_may_be_left_out_has_the_protocols_default() -> None:
    start = Start(consumer="me")
    assert (start.fps, start.count, start.delivery) == (None, None, "every")
    assert (start.model, start.classes) == ("", ())
    assert (start.session, start.recall) == (None, False)
    assert SessionsQuery().limit == 100
    assert Error(code="bad-state", message="").fatal
    assert Session(info=INFO).balance is None
    finished = Finished(session=SESSION, frames=1, sent=1, skipped=0, withdrawn=0)
    assert finished.send_lag is None
