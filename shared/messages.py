"""The session channel's messages: JSON objects, one a WebSocket text message, told by ``type``."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from shared.digests import DIGEST_BYTES
from shared.errors import MessageError
from shared.json_keys import check_keys
from shared.reports import (
    MAX_SAMPLES,
    BalanceSheet,
    ConsumerCounts,
    Count,
    Digest,
    Name,
    Quantiles,
    Sample,
    Score,
    Share,
    Summary,
)
from shared.sets import check_sets

SESSION_PROTOCOL = "catwalk.session.v1"
FRAMES_PROTOCOL = "catwalk.frames.v1"
MAX_RUN = 256
MAX_RECALL = 4096
LATEST = "latest"
MAX_FRAMES = 2**32 - 1
MAX_FPS = 1_000_000.0

SessionId = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
ConsumerId = Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,64}$")]
Classes = Annotated[tuple[Name, ...], Field(max_length=1000)]
Sequence = Annotated[int, Field(ge=0, le=MAX_FRAMES)]
Epoch = Annotated[int, Field(ge=1, le=MAX_FRAMES)]
Fps = Annotated[float, Field(ge=0.0, le=MAX_FPS, allow_inf_nan=False)]
FrameCount = Annotated[int, Field(ge=1, le=MAX_FRAMES)]
Delivery = Literal["every", "newest"]
Label = Annotated[int, Field(ge=-1, lt=1000)]
ClassSet = Annotated[tuple[Annotated[int, Field(ge=0, lt=1000)], ...], Field(max_length=1000)]


class Message(BaseModel):
    """Base of all messages: frozen, strict about types, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Start(Message):
    """Open a session, or resume one: how fast, how many frames, what the labels will index into.

    ``fps`` 0 means as fast as the consumer acknowledges; absent, the producer's own. ``count``
    absent means the data set once; beyond its end the data set starts again. With ``delivery``
    "newest" a frame that finds no credit when it is due is skipped.

    ``session`` names one of this consumer's to resume; "latest" its newest that is not accepted
    and fits what else the message says, and a new one where there is none. ``recall`` asks for the
    predictions already stored.
    """

    type: Literal["start"] = "start"
    consumer: ConsumerId
    session: SessionId | Literal["latest"] | None = None
    recall: bool = False
    fps: Fps | None = None
    count: FrameCount | None = None
    delivery: Delivery = "every"
    model: Name = ""
    classes: Classes = ()


class Predictions(Message):
    """The labels of a contiguous run of 1 to 256 frames, in order of sequence number.

    A label indexes the classes of ``start``; -1 stands for a frame that could not be classified,
    and ``unclassified`` then gives its reason. ``digest`` is the content digest of the run.

    A model that knows its doubt adds ``sets``, for each frame the classes that it may show in
    ascending order, its label among them, and ``novelties``, 0..1 to four decimals, how unlike the
    training images it is. A frame without a label has an empty set; its novelty says nothing.
    """

    type: Literal["predictions"] = "predictions"
    session: SessionId
    epoch: Epoch
    first: Sequence
    labels: Annotated[tuple[Label, ...], Field(min_length=1, max_length=MAX_RUN)]
    confidences: Annotated[tuple[Share, ...], Field(min_length=1, max_length=MAX_RUN)]
    digest: Digest
    unclassified: Annotated[tuple[Unclassified, ...], Field(max_length=MAX_RUN)] = ()
    sets: Annotated[tuple[ClassSet, ...], Field(max_length=MAX_RUN)] | None = None
    novelties: Annotated[tuple[Share, ...], Field(max_length=MAX_RUN)] | None = None

    @model_validator(mode="after")
    def _lengths_agree(self) -> Predictions:
        if len(self.labels) != len(self.confidences):
            raise ValueError(
                f"expected as many confidences as labels ({len(self.labels)}), "
                f"got {len(self.confidences)}"
            )
        missing = {self.first + k for k, label in enumerate(self.labels) if label < 0}
        given = {frame.sequence for frame in self.unclassified}
        if missing != given or len(given) != len(self.unclassified):
            raise ValueError(
                f"expected a reason for each of {len(missing)} frames with label -1 "
                f"and for no other, got {len(self.unclassified)} reasons"
            )
        if self.sets is not None:
            check_sets(self.labels, self.sets)
        if self.novelties is not None and len(self.novelties) != len(self.labels):
            raise ValueError(
                f"expected as many novelties as labels ({len(self.labels)}), "
                f"got {len(self.novelties)}"
            )
        return self


class Unclassified(Message):
    """Why a frame of a run has no label: a short code such as ``too-large``."""

    sequence: Sequence
    reason: Annotated[str, Field(pattern="^[a-z0-9-]{1,32}$")]


class Stop(Message):
    """End the session early: frames with sequence numbers from ``at`` on are withdrawn."""

    type: Literal["stop"] = "stop"
    session: SessionId
    at: Sequence


class Results(Message):
    """The consumer's side of the balance, its summary metrics and at most ten samples."""

    type: Literal["results"] = "results"
    session: SessionId
    counts: ConsumerCounts
    summary: Summary
    samples: Annotated[tuple[Sample, ...], Field(max_length=MAX_SAMPLES)] = ()


class SessionsQuery(Message):
    """Ask for the sessions in the ledger, newest first."""

    type: Literal["sessions"] = "sessions"
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class SessionQuery(Message):
    """Ask for one session of the ledger, with balance sheet and score where there are any."""

    type: Literal["session"] = "session"
    session: SessionId


class Watch(Message):
    """Be told of every live session from now on; on a connection that opens none itself."""

    type: Literal["watch"] = "watch"


class Started(Message):
    """The session as it will be: the consumer now opens the stream at ``path`` on ``port``.

    ``next`` is the first sequence number still to classify, and ``digest`` the content digest of
    the frames before it; ``epoch`` counts the session's connections, from 1. At most ``window``
    frames will be unacknowledged at any time. ``frames`` is how many will be offered. ``height``,
    ``width`` and ``channels`` are those of the data set, absent where its images differ in them;
    each frame says its own all the same.
    """

    type: Literal["started"] = "started"
    session: SessionId
    epoch: Epoch
    frames: Count
    fps: Fps
    delivery: Delivery = "every"
    height: Annotated[int, Field(ge=1, le=65535)] | None = None
    width: Annotated[int, Field(ge=1, le=65535)] | None = None
    channels: Annotated[int, Field(ge=1, le=4)] | None = None
    classes: Classes
    dataset: Name
    origin: Name
    next: Sequence
    digest: Digest
    window: Annotated[int, Field(ge=1, le=65536)]
    port: Annotated[int, Field(ge=1, le=65535)]
    path: Annotated[str, Field(pattern="^/[0-9a-f]{16}/[1-9][0-9]{0,9}$")]


class Recalled(Message):
    """Predictions that were stored before: at most 4,096 frames from ``first`` on, in order.

    ``indices`` says which image of the data set each frame shows. ``sets`` and ``novelties`` are
    absent where none are stored; where some frames have none, their set is empty or their novelty
    null.
    """

    type: Literal["recalled"] = "recalled"
    session: SessionId
    first: Sequence
    indices: Annotated[tuple[Sequence, ...], Field(min_length=1, max_length=MAX_RECALL)]
    labels: Annotated[tuple[Label, ...], Field(min_length=1, max_length=MAX_RECALL)]
    confidences: Annotated[tuple[Share, ...], Field(min_length=1, max_length=MAX_RECALL)]
    unclassified: Annotated[tuple[Unclassified, ...], Field(max_length=MAX_RECALL)] = ()
    sets: Annotated[tuple[ClassSet, ...], Field(max_length=MAX_RECALL)] | None = None
    novelties: Annotated[tuple[Share | None, ...], Field(max_length=MAX_RECALL)] | None = None


class Stored(Message):
    """The acknowledgement: every frame up to and including ``through`` is on disk."""

    type: Literal["stored"] = "stored"
    session: SessionId
    through: Sequence


class Progress(Message):
    """How far the session is, about once a second."""

    type: Literal["progress"] = "progress"
    session: SessionId
    sent: Count
    skipped: Count
    stored: Count


class Stopped(Message):
    """The session ends early, after ``frames`` frames, at the wish of ``by``."""

    type: Literal["stopped"] = "stopped"
    session: SessionId
    frames: Count
    by: Literal["consumer", "producer"]


class Finished(Message):
    """All frames have been sent; ``send_lag`` is how late against the schedule (none at fps 0).

    ``frames`` were offered: ``sent``, each counted once and the numbers 0 to sent - 1, and
    ``skipped``. ``send_lag`` is of this connection.
    """

    type: Literal["finished"] = "finished"
    session: SessionId
    frames: Count
    sent: Count
    skipped: Count
    withdrawn: Count
    send_lag: Quantiles | None = None


class Accepted(Message):
    """The results are on disk: the balance sheet and, where the data set has labels, the score.

    ``receipt`` is the digest of the posted content; posting the same again gives the same receipt.
    """

    type: Literal["accepted"] = "accepted"
    session: SessionId
    receipt: Digest
    balance: BalanceSheet
    score: Score | None = None


class SessionInfo(Message):
    """One session as the ledger knows it; times are seconds since 1970-01-01 UTC."""

    session: SessionId
    consumer: Name
    dataset: Name
    state: Name
    fps: Fps
    frames: Count
    stored: Count
    created: Annotated[float, Field(allow_inf_nan=False)]
    verdict: Literal["PASS", "FAIL"] | None = None


class Sessions(Message):
    """The answer to ``sessions``."""

    type: Literal["sessions"] = "sessions"
    sessions: tuple[SessionInfo, ...]


class Session(Message):
    """The answer to ``session``."""

    type: Literal["session"] = "session"
    info: SessionInfo
    balance: BalanceSheet | None = None
    score: Score | None = None


class Event(Message):
    """One session's present figures, for those who watch; frames withdrawn by a stop not counted.

    The last event of a session that has left is what the ledger keeps of it.
    """

    type: Literal["event"] = "event"
    session: SessionId
    consumer: Name
    dataset: Name
    state: Name
    fps: Fps
    frames: Count
    sent: Count
    stored: Count
    verdict: Literal["PASS", "FAIL"] | None = None


class Error(Message):
    """What went wrong, in words; after a fatal one the sender closes the connection."""

    type: Literal["error"] = "error"
    code: Annotated[str, Field(pattern="^[a-z-]{1,32}$")]
    message: Annotated[str, Field(max_length=2000)]
    fatal: bool = True


ConsumerMessage = Start | Predictions | Stop | Results | SessionsQuery | SessionQuery | Watch
ProducerMessage = (
    Started
    | Recalled
    | Stored
    | Progress
    | Stopped
    | Finished
    | Accepted
    | Sessions
    | Session
    | Event
    | Error
)

_FIELD_NAME = re.compile("[A-Za-z0-9_ -]{1,64}")

_M = TypeVar("_M")

Predictions.model_rebuild()
Recalled.model_rebuild()
_FROM_CONSUMER: TypeAdapter[ConsumerMessage] = TypeAdapter(
    Annotated[ConsumerMessage, Field(discriminator="type")]
)
_FROM_PRODUCER: TypeAdapter[ProducerMessage] = TypeAdapter(
    Annotated[ProducerMessage, Field(discriminator="type")]
)


def encode_message(message: Message) -> str:
    """The message as one JSON object; fields that are None are left out."""
    return message.model_dump_json(exclude_none=True)


def receipt(results: Results) -> str:
    """The digest of posted results: BLAKE2b-128 over the message, 32 hexadecimal digits."""
    content = encode_message(results).encode()
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def decode_consumer_message(text: str | bytes) -> ConsumerMessage:
    """Read a message that a consumer sent.

    Raises:
        MessageError: it is not text, not JSON, of unknown type, or a field is missing, wrong or
            there twice.
    """
    where = "a consumer's message"
    message = _decode(_FROM_CONSUMER, text, where)
    check_keys(str(text), where)
    return message


def decode_producer_message(text: str | bytes) -> ProducerMessage:
    """Read a message that a producer sent.

    Raises:
        MessageError: it is not text, not JSON, of unknown type, or a field is missing or wrong.
    """
    return _decode(_FROM_PRODUCER, text, "a producer's message")


def _decode(adapter: TypeAdapter[_M], text: str | bytes, where: str) -> _M:
    if not isinstance(text, str):
        raise MessageError("wrong kind", where=where, expected="text", got="binary")
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        raise MessageError("wrong content", where=where, got=_first_fault(error)) from None


def _first_fault(error: ValidationError) -> str:
    """The first fault in words, without the value: it may be long, secret or not printable."""
    faults = error.errors(include_url=False, include_input=False)
    fault = faults[0]
    words = fault["msg"]
    if fault["type"] == "union_tag_invalid":
        # The library's words would quote the unknown tag, at any length.
        words = f"unknown type, expected {fault['ctx']['expected_tags']}"
    place = ".".join(_place(part) for part in fault["loc"])
    more = f" (and {len(faults) - 1} more faults)" if len(faults) > 1 else ""
    return (f"{place}: {words}" if place else words) + more


def _place(part: int | str) -> str:
    """A part of a fault's path; the name of an unknown field is the peer's own invention."""
    if isinstance(part, int) or _FIELD_NAME.fullmatch(part):
        return str(part)
    return "(unprintable name)"
