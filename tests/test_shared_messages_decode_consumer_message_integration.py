"""docs/protocol.md says what the code does: examples, tables, diagram and numbers."""

from __future__ import annotations

import re
import runpy
from hashlib import blake2b
from pathlib import Path
from typing import get_args

import pytest

from consumer.session.patience import HEALS
from producer.app import DRAIN_S
from producer.ports.channel import MAX_RESULTS
from producer.ports.conversation import MAX_MESSAGE, WATCH_S
from producer.ports.stream import MAX_INBOUND
from producer.ports.sender import SEND_TIMEOUT_S
from producer.ports.wire import OPEN_TIMEOUT_S, PING_S
from producer.sessions.live import LINGER_S
from producer.sessions.session import WINDOW
from producer.settings import ProducerSettings
from shared import errors, frames
from shared.digests import ContentDigest, pixel_crc, run_digest
from shared.messages import (
    FRAMES_PROTOCOL,
    LATEST,
    MAX_RECALL,
    MAX_RUN,
    SESSION_PROTOCOL,
    ConsumerMessage,
    Message,
    ProducerMessage,
    Started,
    decode_consumer_message,
    decode_producer_message,
    encode_message,
)
from shared.reports import HISTOGRAM_BINS, MAX_SAMPLE_BYTES, MAX_SAMPLE_SIDE, MAX_SAMPLES
from shared.states import TRANSITIONS, SessionState

TEXT = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")
DECODERS = {"consumer": decode_consumer_message, "producer": decode_producer_message}
KINDS: dict[str, tuple[type[Message], ...]] = {
    "consumer": get_args(ConsumerMessage),
    "producer": get_args(ProducerMessage),
}
# Type, sender and text of each message's part of the page.
PARTS: list[tuple[str, str, str]] = re.findall(
    r"^### `(\w+)` from the (\w+)\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL
)
BLOCKS = [
    (kind, sender, block)
    for kind, sender, text in PARTS
    for block in re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
]


def _rows(head: str) -> list[list[str]]:
    """The cells of the table whose head begins with these words."""
    after = TEXT[TEXT.index(f"\n| {head}") + 1 :]
    lines = after[: after.index("\n\n")].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def _default_of(kind: type[Message]) -> object:
    return kind.model_fields["type"].default


def test_every_message_has_its_part_and_every_example_stands_in_one() -> None:
    told = [(kind, sender) for kind, sender, _ in PARTS]
    assert told == [
        (_default_of(kind), sender) for sender, kinds in KINDS.items() for kind in kinds
    ]
    assert {(kind, sender) for kind, sender, _ in BLOCKS} == {*told}
    assert TEXT.count("```json") == len(BLOCKS)


@pytest.mark.parametrize(("kind", "sender", "block"), BLOCKS)
def test_each_example_is_a_message_of_its_type_and_sender(
    kind: str, sender: str, block: str
) -> None:
    message = DECODERS[sender](block)
    assert message.type == kind
    assert DECODERS[sender](encode_message(message)) == message


@pytest.mark.parametrize(("kind", "sender", "text"), PARTS)
def test_each_table_of_fields_names_the_models_fields(kind: str, sender: str, text: str) -> None:
    model = next(one for one in KINDS[sender] if _default_of(one) == kind)
    cells = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE))
    assert [*cells] == [*model.model_fields]
    optional = [
        name for name, cell in cells.items() if re.search("Optional|Absent|, (once|where) th", cell)
    ]
    defaults = [name for name, field in model.model_fields.items() if not field.is_required()]
    assert optional == defaults[1:]


def test_the_diagram_is_the_state_table() -> None:
    arrows = re.findall(r"^    (\w+) --> (\w+): (\w+)$", TEXT, re.MULTILINE)
    assert f"[*] --> {SessionState.OPENED}: start" in TEXT
    assert [*arrows] == [(before, after, event) for (before, event), after in TRANSITIONS.items()]


def test_the_header_table_is_that_of_the_codec() -> None:
    told = re.findall(r"^(\d+) +(u\d+) +(.+)$", frames.__doc__ or "", re.MULTILINE)
    assert len(told) == 11
    assert _rows("offset") == [[*row] for row in told]


def test_the_frame_of_the_example_is_frame_1() -> None:
    words = re.search(r"```text\n([0-9a-f \n]+)```", TEXT)
    assert words is not None
    header, pixels = frames.decode_frame(bytes.fromhex(words[1]))
    assert (header.sequence, header.index, header.epoch, header.shape) == (1, 1, 1, (2, 2))
    assert header.sent_ns == 1_767_225_600 * 10**9
    assert pixels.tobytes() == bytes.fromhex(_rows("frame ")[1][1])


def _example_crcs() -> list[int]:
    crcs = []
    for number, (frame, pixels, crc, written) in enumerate(_rows("frame ")):
        crcs.append(pixel_crc(bytes.fromhex(pixels)))
        assert int(frame) == number
        assert int(crc) == crcs[-1]
        assert bytes.fromhex(written) == crcs[-1].to_bytes(4, "little")
    return crcs


def test_the_worked_digests_of_runs_are_right() -> None:
    crcs = _example_crcs()
    digests = _rows("run |")
    assert len(digests) == 3
    for span, digest in digests:
        first, last = map(int, span.split(" to "))
        assert digest == run_digest(crcs[first : last + 1])
    run = next(block for kind, _, block in BLOCKS if kind == "predictions")
    assert f'"digest": "{run_digest(crcs)}"' in run


def test_the_worked_content_digests_are_right() -> None:
    digest = ContentDigest()
    values = [digest.hexdigest()]
    for crc in _example_crcs():
        digest.update([crc])
        values.append(digest.hexdigest())
    rows = _rows("after |")
    assert [after for after, _ in rows] == ["no frame", "frame 0", "frame 1", "frame 2"]
    assert [value for _, value in rows] == values
    told = {
        kind: set(re.findall('"digest": "([0-9a-f]{32})"', block))
        for kind, _, block in BLOCKS
        if kind in ("results", "accepted")
    }
    assert told == {"results": {values[3]}, "accepted": {values[3]}}
    started = [decode_producer_message(block) for kind, _, block in BLOCKS if kind == "started"]
    assert [(one.next, one.digest) for one in started if isinstance(one, Started)] == [
        (0, values[0]),
        (2, values[2]),
    ]


def test_the_python_of_the_page_computes_its_digests(tmp_path: Path) -> None:
    lines = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert lines is not None
    script = tmp_path / "digests.py"
    script.write_text(lines[1], encoding="utf-8")
    crcs = [crc.to_bytes(4, "little") for crc in _example_crcs()]
    names = runpy.run_path(str(script), {"blake2b": blake2b, "crcs": crcs})
    assert names["run"] == _rows("run |")[0][1]
    assert names["content"] == _rows("after |")[-1][1]


def test_the_codes_are_those_of_the_errors() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.CatwalkError)
    ]
    told = {(code, int(number)) for code, number, *_ in _rows("code")}
    assert told == {(kind.code, kind.exit_code) for kind in kinds}


def test_a_client_is_told_to_come_back_where_our_consumer_does() -> None:
    told = {code: again for code, _, _, again in _rows("code")}
    assert {code for code, again in told.items() if again == "yes"} == HEALS
    assert {*told.values()} == {"yes", "no", ""}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    peers = {kind.code for kind in kinds if issubclass(kind, errors.PeerError)}
    assert peers <= {code for code, again in told.items() if again}


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("message to port 6000", f"{MAX_INBOUND // 1024} KiB"),
        ("message to port 7000", f"{MAX_MESSAGE // 1024} KiB"),
        ("results", f"{MAX_RESULTS // 1024**2} MiB"),
        ("samples", f"{MAX_SAMPLES}"),
        ("one sample", f"PNG, {MAX_SAMPLE_BYTES // 1024} KiB, {MAX_SAMPLE_SIDE:,} px a side"),
        ("run of predictions", f"{MAX_RUN} frames"),
        ("recalled", f"{MAX_RECALL:,} frames"),
        ("opening handshake", f"{OPEN_TIMEOUT_S:g} s"),
        (f"answer to a ping (one every {PING_S:g} s)", f"{PING_S:g} s"),
        ("taking what is sent", f"{SEND_TIMEOUT_S:g} s"),
    ],
)
def test_the_limits_are_those_of_the_code(what: str, limit: str) -> None:
    assert {row[0]: row[1] for row in _rows("what |")}[what] == limit


@pytest.mark.parametrize(
    "words",
    [
        f"| `{SESSION_PROTOCOL}` |",
        f"| `{FRAMES_PROTOCOL}` |",
        f"`started`; {WINDOW:,} unless",
        f"{HISTOGRAM_BINS} equal bins",
        f"looked\nat every {WATCH_S:g} s.",
        f"takes nothing for {SEND_TIMEOUT_S:g} s is cut",
        f"the window is {ProducerSettings().newest_window}\n",
        f"of at most {MAX_RECALL:,} frames",
        f"gives its consumers {DRAIN_S} s to settle",
        f"nothing more was stored for {LINGER_S:g} s does",
        f"`session` | the session to come back to, or `{LATEST}`.",
    ],
)
def test_the_page_names_the_constants_of_the_code(words: str) -> None:
    assert words in TEXT
