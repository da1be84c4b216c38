"""What the health check says about services that are well, ill, slow, strange or not there."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from certificates import own_certificate

from containers.probe import complaint

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n" b'{"status":"ok"}\n'
ILL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 18\r\n\r\n" b'{"status":"dead"}\n'


@contextmanager
def _service(
    answer: bytes, *, hold: bool = False, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[bytes]]]:
    """A server that takes one request and answers with these bytes; the request is kept."""
    requests: list[bytes] = []
    over = threading.Event()

    def serve(listener: socket.socket) -> None:
        accepted, _ = listener.accept()
        with tls.wrap_socket(accepted, server_side=True) if tls else accepted as connection:
            requests.append(connection.recv(65536))
            connection.sendall(answer)
            if hold:
                over.wait(10.0)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/healthz", requests
        over.set()
        thread.join(10.0)


def test_it_has_no_complaint_about_a_service_that_makes_progress() -> None:
    with _service(OK) as (url, requests):
        assert complaint(url) is None
    assert requests[0].startswith(b"GET /healthz HTTP/1.1\r\n")


def test_it_repeats_the_words_of_a_service_that_makes_none() -> None:
    with _service(ILL) as (url, _):
        assert complaint(url) == '503 {"status":"dead"}'


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Le", b""])
def test_a_service_that_does_not_answer_in_time_is_named(answer: bytes) -> None:
    with _service(answer, hold=True) as (url, _):
        assert complaint(url, timeout=0.2) == f"no answer from {url}: timed out"


def test_a_peer_that_speaks_no_http_is_named() -> None:
    with _service(b"\x00\x01 what\r\n\r\n") as (url, _):
        words = complaint(url)
    assert words is not None
    assert words.startswith(f"no answer from {url}: ")


def test_a_peer_that_hangs_up_is_named() -> None:
    with _service(b"") as (url, _):
        assert complaint(url) == f"no answer from {url}: " + (
            "Remote end closed connection without response"
        )


def test_a_service_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/healthz"
    words = complaint(url)
    assert words is not None
    assert words.startswith(f"no answer from {url}: ")
    assert "refused" in words


def test_it_asks_by_tls_without_a_look_at_the_certificate(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*own_certificate().write(tmp_path))
    with _service(OK, tls=context) as (url, requests):
        assert complaint(url.replace("http:", "https:")) is None
    assert requests[0].startswith(b"GET /healthz HTTP/1.1\r\n")
