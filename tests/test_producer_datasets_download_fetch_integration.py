"""fetch against a real web server that behaves well, badly, or is not there."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest
import tiny_dataset as tiny
from file_server import FileServer, serving
from structlog.testing import capture_logs

from producer.datasets.download import fetch
from shared.errors import DownloadError

CONTENT = bytes(range(256)) * 1000
MD5 = tiny.md5(CONTENT)
FILES = {"data.gz": CONTENT}


def part_of(folder: Path, content: bytes) -> Path:
    """What a cut download left behind."""
    part = folder / "data.gz.part"
    part.write_bytes(content)
    return part


def assert_fetched(path: Path, folder: Path) -> None:
    """The file is complete, and nothing else was left."""
    assert path == folder / "data.gz"
    assert path.read_bytes() == CONTENT
    assert list(folder.iterdir()) == [path]


def test_a_file_is_fetched_once_and_then_taken_from_the_cache(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "cache"
    with serving(FileServer(FILES)) as server:
        assert_fetched(fetch("data.gz", MD5, [server.address], folder), folder)
        assert_fetched(fetch("data.gz", MD5, [server.address], folder), folder)
    assert server.requests == [("/data.gz", None)]


def test_a_damaged_file_in_the_cache_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "data.gz").write_bytes(b"damaged")
    with serving(FileServer(FILES)) as server:
        assert_fetched(fetch("data.gz", MD5, [server.address], tmp_path), tmp_path)


def test_a_cut_download_is_continued_where_it_ended(tmp_path: Path) -> None:
    with serving(FileServer(FILES, cut_after=100_000)) as server, capture_logs() as logs:
        assert_fetched(fetch("data.gz", MD5, [server.address], tmp_path), tmp_path)
    assert server.requests == [("/data.gz", None), ("/data.gz", "bytes=100000-")]
    assert [entry["event"] for entry in logs] == [
        "download-started",
        "download-retried",
        "download-started",
        "downloaded",
    ]
    assert logs[1]["reason"] == "the connection ended after 100,000 of 256,000 bytes"
    assert logs[2]["resumed_at"] == 100_000


def test_a_later_run_continues_what_an_earlier_one_left(tmp_path: Path) -> None:
    part_of(tmp_path, CONTENT[:5000])
    with serving(FileServer(FILES)) as server:
        assert_fetched(fetch("data.gz", MD5, [server.address], tmp_path), tmp_path)
    assert server.requests == [("/data.gz", "bytes=5000-")]


def test_a_server_without_ranges_makes_it_start_again(tmp_path: Path) -> None:
    part_of(tmp_path, CONTENT[:5000])
    with serving(FileServer(FILES, ranges=False)) as server:
        assert_fetched(fetch("data.gz", MD5, [server.address], tmp_path), tmp_path)


def test_a_complete_part_is_used_without_any_request(tmp_path: Path) -> None:
    part_of(tmp_path, CONTENT)
    with serving(FileServer(FILES)) as server:
        assert_fetched(fetch("data.gz", MD5, [server.address], tmp_path), tmp_path)
    assert not server.requests


@pytest.mark.parametrize(
    "left", [b"junk", b"x" * 256_000, b"x" * 300_000], ids=["short", "as long", "too long"]
)
def test_a_part_of_something_else_makes_it_start_again(tmp_path: Path, left: bytes) -> None:
    part_of(tmp_path, left)
    with serving(FileServer(FILES)) as server:
        assert_fetched(fetch("data.gz", MD5, [server.address], tmp_path), tmp_path)
    assert server.requests[-1] == ("/data.gz", None)


def test_another_range_than_asked_for_makes_it_start_again(tmp_path: Path) -> None:
    part_of(tmp_path, CONTENT[:5000])
    with serving(FileServer(FILES, wrong_range=True)) as server:
        assert_fetched(fetch("data.gz", MD5, [server.address], tmp_path), tmp_path)
    assert server.requests == [("/data.gz", "bytes=5000-"), ("/data.gz", None)]


def test_a_file_of_unannounced_length_is_fetched(tmp_path: Path) -> None:
    with serving(FileServer(FILES, length=-1)) as server:
        assert_fetched(fetch("data.gz", MD5, [server.address], tmp_path), tmp_path)


def test_the_second_address_serves_where_the_first_fails(tmp_path: Path) -> None:
    with serving(FileServer({})) as empty, serving(FileServer(FILES)) as server:
        addresses = [tiny.NOWHERE, empty.address, server.address]
        assert_fetched(fetch("data.gz", MD5, addresses, tmp_path), tmp_path)
    assert empty.requests == [("/data.gz", None)]


def test_a_file_that_another_process_fetched_meanwhile_is_taken(tmp_path: Path) -> None:
    class Slower(FileServer):
        """While it answers, the file appears in the cache."""

        def finish_request(self, request: Any, client_address: Any) -> None:
            (tmp_path / "data.gz").write_bytes(CONTENT)
            super().finish_request(request, client_address)

    with serving(Slower({})) as server:
        assert_fetched(fetch("data.gz", MD5, [server.address], tmp_path), tmp_path)


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    done = threading.Event()

    class Silent(FileServer):
        """Takes requests and never answers."""

        def finish_request(self, request: Any, client_address: Any) -> None:
            done.wait(10)

    with serving(Silent({})) as server:
        with pytest.raises(DownloadError, match="data.gz: timed out"):
            fetch("data.gz", MD5, [server.address], tmp_path, timeout=0.1)
        done.set()


def test_a_part_that_another_process_completed_meanwhile_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(part: Path, path: Path) -> None:
        path.write_bytes(part.read_bytes())
        part.unlink()
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "replace", taken)
    with serving(FileServer(FILES)) as server:
        assert_fetched(fetch("data.gz", MD5, [server.address], tmp_path), tmp_path)


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (FileServer({}), "HTTP status 404 Not Found"),
        (FileServer({"data.gz": b"other"}), f"wrong checksum, expected {MD5}, got 795f3202b17cb"),
        (FileServer(FILES, length=2**30), "file too large, expected at most 268,435,456 bytes"),
        (
            FileServer({"data.gz": CONTENT[::-1]}, length=300_000),
            "the connection ended after 256,000 of ",
        ),
    ],
    ids=["missing", "wrong checksum", "too large", "cut for good"],
)
def test_an_error_names_each_address_and_its_reason(
    tmp_path: Path, server: FileServer, reason: str
) -> None:
    with serving(server), pytest.raises(DownloadError) as caught:
        fetch("data.gz", MD5, [tiny.NOWHERE, server.address], tmp_path)
    message = str(caught.value)
    assert message.startswith("cannot download data.gz: got http://127.0.0.1:9/data.gz: ")
    assert re.search(rf"Connection refused; {server.address}data.gz: {reason}", message)
    assert not (tmp_path / "data.gz").exists()


def test_a_body_that_grows_beyond_the_limit_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.datasets.download.MAX_FILE_BYTES", 100_000)
    with serving(FileServer(FILES, length=-1)) as server:
        with pytest.raises(DownloadError, match="file too large, expected at most 100,000 bytes"):
            fetch("data.gz", MD5, [server.address], tmp_path)
