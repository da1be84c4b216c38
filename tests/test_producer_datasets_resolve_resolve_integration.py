"""resolve with the real built-in frames and a network that is not there."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import tiny_dataset as tiny
from file_server import FileServer, serving

from producer.datasets.resolve import resolve


def test_auto_without_network_gives_the_built_in_frames_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.publish(monkeypatch, tiny.NOWHERE, "http://host.invalid/")
    started = time.monotonic()
    found = resolve("auto", cache_dir=tmp_path, builtin_count=20)
    assert time.monotonic() - started < 5
    assert found.name == "builtin"
    assert len(found.images) == 20


def test_auto_downloads_the_test_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(FileServer(tiny.CONTENT)) as server:
        tiny.publish(monkeypatch, server.address)
        assert resolve("auto", cache_dir=tmp_path).name == "fashion-mnist:test"
    assert resolve("auto", cache_dir=tmp_path, download=False).name == "fashion-mnist:test"
