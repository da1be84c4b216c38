"""What a session leaves behind: summary metrics, samples, the balance sheet and the score."""

from __future__ import annotations

import struct
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Base64Bytes, BaseModel, ConfigDict, Field, model_validator

from shared.doubt import Calibration, Doubt
from shared.quality import Quality

HISTOGRAM_BINS = 20
MAX_SAMPLES = 10
MAX_SAMPLE_BYTES = 256 * 1024
MAX_SAMPLE_SIDE = 1024

Count = Annotated[int, Field(ge=0, lt=2**63)]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(allow_inf_nan=False)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
# PostgreSQL keeps no U+0000 in a text.
Name = Annotated[str, Field(max_length=200, pattern="^[^\\x00]*$")]

# PNG specification, sections 5.2 and 11.2.2: signature, length and name of the first chunk, sizes.
_PNG_HEAD = struct.Struct(">16s2I")
_PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def _check_png(picture: bytes) -> bytes:
    if len(picture) > MAX_SAMPLE_BYTES:
        raise ValueError(f"expected at most {MAX_SAMPLE_BYTES} bytes, got {len(picture)}")
    if len(picture) < _PNG_HEAD.size or not picture.startswith(_PNG_START):
        raise ValueError("expected a PNG")
    _, width, height = _PNG_HEAD.unpack_from(picture)
    if not (1 <= width <= MAX_SAMPLE_SIDE and 1 <= height <= MAX_SAMPLE_SIDE):
        raise ValueError(f"expected sides of 1 to {MAX_SAMPLE_SIDE} px, got {width} x {height}")
    return picture


Png = Annotated[Base64Bytes, AfterValidator(_check_png)]


class Report(BaseModel):
    """Base of all report values: frozen, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Quantiles(Report):
    """Quantiles of one latency, in milliseconds, to 1 % of their value.

    They may be negative where the clocks of two machines differ.
    """

    count: Count
    p50: Milliseconds
    p95: Milliseconds
    p99: Milliseconds
    max: Milliseconds


class Latencies(Report):
    """Latency of each stage that a frame passes; None where the stage has no meaning.

    ``send_lag`` is how late the producer sent against its schedule (none at fps 0), ``network``
    from the producer's send to the consumer's receipt, ``queue`` from receipt until the analyst
    took the frame, ``classification`` from there until its batch was classified, and
    ``end_to_end`` from the send until then.
    """

    send_lag: Quantiles | None = None
    network: Quantiles | None = None
    queue: Quantiles | None = None
    classification: Quantiles | None = None
    end_to_end: Quantiles | None = None


class QueueUse(Report):
    """How a bounded queue was used: capacity, the deepest it was, and how often a put waited."""

    capacity: Count = 0
    high_water: Count = 0
    waits: Count = 0


class Summary(Report):
    """The consumer's summary metrics of one session.

    ``throughput`` is classified frames a second between the first receipt and the last
    classification; ``confidence_histogram`` has equal bins over 0..1. ``quality`` is of the frames
    whose pixels this process has seen, None where there are none. ``doubt`` is None for a model
    that says nothing of it.
    """

    model: Name
    classes: Annotated[tuple[Name, ...], Field(max_length=1000)]
    frames: Count
    counts: Annotated[tuple[Count, ...], Field(max_length=1000)]
    mean_confidence: Share | None = None
    confidence_histogram: Annotated[
        tuple[Count, ...], Field(min_length=HISTOGRAM_BINS, max_length=HISTOGRAM_BINS)
    ] = (0,) * HISTOGRAM_BINS
    duration_s: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.0
    throughput: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.0
    latencies: Latencies = Latencies()
    frames_queue: QueueUse = QueueUse()
    results_queue: QueueUse = QueueUse()
    rejected: dict[Name, Count] = Field(default_factory=dict)
    quality: Quality | None = None
    doubt: Doubt | None = None


class Sample(Report):
    """One annotated frame: its enlarged picture as PNG, at most 256 KiB and 1,024 px a side.

    ``label`` is the model's class index, ``name`` its class name. ``png`` is set in base64.
    """

    sequence: Count
    index: Count
    label: Annotated[int, Field(ge=0, lt=1000)]
    name: Name
    confidence: Share
    png: Png


class ConsumerWire(Report):
    """What the consumer saw on the wire, over all connections of its process.

    ``frames`` arrived whole, repeated ones among them; ``duplicates`` were of a number that it had
    already; ``corrupt`` had a wrong checksum or header, and ``gaps`` is how often frames were
    missing: after either the consumer comes back and is sent the frames again.
    """

    frames: Count = 0
    duplicates: Count = 0
    corrupt: Count = 0
    gaps: Count = 0
    connections: Count = 0


class ProducerWire(Report):
    """What the producer put on the wire, over all connections of the session.

    ``frames`` were handed to a socket, repeated ones among them; after a kill, those are missing
    that were sent since the last run was stored. ``mismatches`` are runs whose digest did not
    fit; their frames were sent again. ``injected`` counts faults that the producer was told to
    make.
    """

    frames: Count = 0
    connections: Count = 0
    mismatches: Count = 0
    injected: dict[str, Count] = Field(default_factory=dict)


class ConsumerCounts(Report):
    """The consumer's side of the balance: each frame once, however often it was sent.

    ``received`` = ``classified`` + ``unclassified``; ``withdrawn`` frames arrived after the number
    at which a stop was agreed. ``wire`` counts what crossed the wire, not the session.
    """

    received: Count
    classified: Count
    unclassified: Count = 0
    withdrawn: Count = 0
    digest: Digest
    wire: ConsumerWire = ConsumerWire()


class ProducerCounts(Report):
    """The producer's side of the balance: each frame once, however often it was sent.

    ``frames`` is how many the session was to have, or the number at which it was stopped;
    ``skipped`` found no credit when they were due (delivery ``newest``).
    """

    frames: Count
    sent: Count
    skipped: Count
    withdrawn: Count
    stored: Count
    stored_classified: Count
    stored_unclassified: Count
    digest: Digest
    wire: ProducerWire = ProducerWire()


class BalanceSheet(Report):
    """Both sides' counts beside each other; PASS only where every frame is accounted for.

    ``reasons`` says, for a FAIL, each comparison that does not hold.
    """

    session: str
    producer: ProducerCounts
    consumer: ConsumerCounts
    verdict: Literal["PASS", "FAIL"]
    reasons: tuple[str, ...]


class ClassScore(Report):
    """One class of the score: precision and recall are None where they are undefined (0/0)."""

    name: str
    support: Count
    precision: Share | None = None
    recall: Share | None = None


class Score(Report):
    """How the predictions compare with the labels of the data set.

    ``confusion[i][j]`` counts frames of true class i that were given class j, both indices into
    ``classes``; unclassified frames count as wrong and appear in no column. ``calibration`` is
    given where the model told of its doubt.
    """

    accuracy: Share
    scored: Count
    classes: tuple[str, ...]
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[Count, ...], ...]
    calibration: Calibration | None = None

    @model_validator(mode="after")
    def _fits_the_classes(self) -> Self:
        count = len(self.classes)
        lengths = {len(self.per_class), len(self.confusion), *map(len, self.confusion)}
        if lengths != {count}:
            raise ValueError(f"expected figures of {count} classes, got of {sorted(lengths)}")
        return self
