"""plain makes an HTTP answer that ends the connection."""

from __future__ import annotations

from http import HTTPStatus

from producer.ports.answers import plain


def test_an_answer_has_its_length_and_closes_the_connection() -> None:
    answer = plain(HTTPStatus.NOT_FOUND, b"Not here.\n")
    assert (answer.status_code, answer.reason_phrase) == (404, "Not Found")
    assert answer.body == b"Not here.\n"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (answer.headers["Content-Length"], answer.headers["Connection"]) == ("10", "close")


def test_an_answer_says_of_what_kind_it_is() -> None:
    assert plain(HTTPStatus.OK, b"{}", "application/json").headers["Content-Type"] == (
        "application/json"
    )
