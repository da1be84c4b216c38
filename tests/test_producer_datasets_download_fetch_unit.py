"""fetch where the network is not needed or cannot be used."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
import tiny_dataset as tiny

from producer.datasets.download import fetch
from shared.errors import DownloadError


def test_a_verified_file_in_the_cache_needs_no_address(tmp_path: Path) -> None:
    (tmp_path / "data.gz").write_bytes(b"content")
    assert fetch("data.gz", tiny.md5(b"content"), [], tmp_path) == tmp_path / "data.gz"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (None, "cannot download data.gz: got no address"),
        ("http://host.invalid/", r"http://host.invalid/data.gz: \[Errno -"),
        ("nonsense://127.0.0.1/", "nonsense://127.0.0.1/data.gz: "),
        ("http://127.0.0.1:99999/", "http://127.0.0.1:99999/data.gz: Port out of range"),
    ],
)
def test_an_address_that_cannot_be_used_is_named(
    tmp_path: Path, address: str | None, reason: str
) -> None:
    with pytest.raises(DownloadError, match=reason):
        fetch("data.gz", "0" * 32, [address] if address else [], tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match="cannot write the cache at .*/file/cache: got Not a"):
        fetch("data.gz", "0" * 32, [tiny.NOWHERE], tmp_path / "file" / "cache")


def test_a_name_lookup_that_hangs_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args: done.wait(10))
    with pytest.raises(DownloadError, match="the name lookup took longer than 0.01 s"):
        fetch("data.gz", "0" * 32, ["http://slow.invalid/"], tmp_path, timeout=0.01)
    done.set()


def test_a_proxy_resolves_the_name_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    with pytest.raises(DownloadError, match="http://host.invalid/data.gz: .*Connection refused"):
        fetch("data.gz", "0" * 32, ["http://host.invalid/"], tmp_path)
