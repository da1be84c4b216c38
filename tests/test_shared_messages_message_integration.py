"""Every message, nearly right, against a real producer: documented answers and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hostile import END, EXAMPLES, SESSION, VALID, Raw, check_answers, check_log, messages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from services import RunningProducer, producer, random_images, write_pickle

from shared.messages import Error, SessionsQuery, Started, encode_message

# A session is what these three are about, and only its own consumer can speak of it.
OF_A_SESSION = ("predictions", "stop", "results")
few = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(name="running", scope="module")
def running_producer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProducer]:
    """One producer for all; at the end it still serves, and its log has no fault of its own."""
    folder = tmp_path_factory.mktemp("producer")
    dataset = write_pickle(folder / "mine.pickle", random_images(3))
    with producer(folder, "--dataset", str(dataset), "--log-level", "debug") as running:
        yield running
        with Raw(running.session_port) as client:
            client.say(encode_message(SessionsQuery(limit=1)))
            assert client.hear() is not None
        check_log(running)


def _started(client: Raw) -> Started:
    client.say(json.dumps(VALID["start"]))
    started = client.hear()
    assert isinstance(started, Started), started
    return started


@pytest.mark.parametrize("kind", VALID)
@few
@given(data=st.data())
def test_a_message_that_is_nearly_right_gets_a_documented_answer(
    kind: str, running: RunningProducer, data: st.DataObject
) -> None:
    text = data.draw(messages(kind))
    with Raw(running.session_port) as client:
        client.say(text, END)
        check_answers(client)


@pytest.mark.parametrize("kind", OF_A_SESSION)
@few
@given(data=st.data())
def test_so_does_one_of_a_live_session(
    kind: str, running: RunningProducer, data: st.DataObject
) -> None:
    text = data.draw(messages(kind))
    with Raw(running.session_port) as client:
        started = _started(client)
        client.say(text.replace(SESSION, started.session), END)
        check_answers(client)


@few
@given(text=st.text(st.characters(codec="utf-8")))
def test_so_does_any_text(text: str, running: RunningProducer) -> None:
    with Raw(running.session_port) as client:
        client.say(text, END)
        answer, *_ = check_answers(client)
        assert isinstance(answer, Error) and answer.code == "bad-message"


@pytest.mark.parametrize("kind", VALID)
def test_a_key_that_stands_twice_is_refused(kind: str, running: RunningProducer) -> None:
    text = json.dumps(VALID[kind])
    with Raw(running.session_port) as client:
        client.say(f'{{"type":"{kind}",{text[1:]}', END)
        answer = check_answers(client)[-1]
        assert isinstance(answer, Error) and answer.code == "bad-message"


# Traversal, separators of other systems and of C, another case, other lengths, other digits.
@pytest.mark.parametrize(
    "session",
    [
        "",
        "../../etc/passwd",
        "0123456789ABCDEF",
        "0123456789abcde",
        "0123456789abcdef0",
        "0123456789abcde\x00",
        "0123456789abcdef\n",
        "0123456789abcde'",
        '0123456789abcde"',
        "' OR 1=1 --",
        "%s%s%s%n",
        "{session}",
        "٠١٢٣٤٥٦٧٨٩abcdef",
        "\ud800" * 16,
        "x" * 60_000,
    ],
    ids=lambda session: ascii(session[:20]),
)
@pytest.mark.parametrize("kind", ["predictions", "stop", "results", "session", "start"])
def test_a_session_that_cannot_be_one_is_refused_and_not_repeated(
    kind: str, session: str, running: RunningProducer
) -> None:
    with Raw(running.session_port) as client:
        client.say(json.dumps(VALID[kind] | {"session": session}), END)
        answer = check_answers(client)[-1]
    assert isinstance(answer, Error) and answer.code == "bad-message"
    assert not session or session not in answer.message
