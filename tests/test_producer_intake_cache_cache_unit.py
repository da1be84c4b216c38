"""Cache: entries found, checked, kept and taken away."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY, MANIFEST, WANTED
from structlog.testing import capture_logs

from producer.intake.cache import Cache, Wanted
from producer.intake.manifest import VERSION, Manifest
from shared.errors import StoreError


def _keep(cache: Cache, manifest: Manifest = MANIFEST) -> Path:
    with cache.workspace() as folder:
        wanted = WANTED if manifest is MANIFEST else _wanted(manifest)
        return cache.keep(intake_parts.write_entry(folder, manifest), wanted)


def _wanted(manifest: Manifest) -> Wanted:
    return Wanted("here", manifest.kind, manifest.bytes, manifest.sha256, manifest.asked_layout)


def _manifest(number: int) -> Manifest:
    return MANIFEST.model_copy(update={"sha256": f"{number:064d}"})


def test_what_was_kept_is_found(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "not" / "there")
    assert not cache.knows_size(7) and cache.find(WANTED) is None
    _keep(cache)
    assert cache.knows_size(7) and not cache.knows_size(77)
    loaded = cache.find(WANTED)
    assert loaded is not None and loaded.manifest == MANIFEST
    assert np.array_equal(loaded.images.stack, GRAY)
    assert os.listdir(tmp_path / "not" / "there") == [WANTED.key]


def test_a_workspace_that_is_not_kept_is_gone(tmp_path: Path) -> None:
    with pytest.raises(KeyError), Cache(tmp_path).workspace() as folder:
        intake_parts.write_entry(folder)
        raise KeyError
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("update", [{"kind": "pickle"}, {"bytes": 8}, {"asked_layout": "NHW"}])
def test_an_entry_of_something_else_is_not_taken(tmp_path: Path, update: dict[str, object]) -> None:
    other = Manifest.model_validate({**MANIFEST.model_dump(), **update})
    intake_parts.write_entry(tmp_path / WANTED.key, other)
    assert Cache(tmp_path).find(WANTED) is None


def test_an_entry_of_another_version_is_passed_over_in_silence(tmp_path: Path) -> None:
    path = _keep(Cache(tmp_path)) / "manifest.json"
    text = path.read_text("utf-8")
    older = text.replace(f'"version": {VERSION}', f'"version": {VERSION - 1}')
    assert older != text
    path.write_text(older, "utf-8")
    with capture_logs() as logs:
        assert Cache(tmp_path).find(WANTED) is None
    assert not logs


def _damage(entry: Path, name: str, place: int, content: bytes) -> None:
    data = bytearray((entry / name).read_bytes())
    (entry / name).write_bytes(data[:place] + content + data[place + len(content) :])


@pytest.mark.parametrize(
    ("name", "place", "content"),
    [
        ("pixels.npy", 130, b"\xff"),
        ("pixels.npy", 0, b"\0" * 128),
        ("pixels.npy", 10, b"{((((("),
        ("manifest.json", 0, b"x"),
        ("manifest.json", 0, b"[1]" + b" " * 2000),
        ("manifest.json", 0, b"{}" + b" " * 2000),
    ],
)
def test_a_damaged_entry_is_told_and_not_taken(
    tmp_path: Path, name: str, place: int, content: bytes
) -> None:
    _damage(_keep(Cache(tmp_path)), name, place, content)
    with capture_logs() as logs:
        assert Cache(tmp_path).find(WANTED) is None
    assert [entry["event"] for entry in logs] == ["cache-entry-damaged"]
    _keep(Cache(tmp_path))
    assert Cache(tmp_path).find(WANTED) is not None


@pytest.mark.parametrize("name", ["pixels.npy", "manifest.json"])
def test_an_entry_that_goes_while_it_is_looked_at_is_none(tmp_path: Path, name: str) -> None:
    (_keep(Cache(tmp_path)) / name).unlink()
    with capture_logs() as logs:
        assert Cache(tmp_path).find(WANTED) is None
    assert not logs


def test_the_last_one_that_keeps_an_entry_wins_and_no_map_breaks(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    _keep(cache)
    loaded = cache.find(WANTED)
    _keep(cache)
    assert loaded is not None and np.array_equal(loaded.images.stack, GRAY)
    assert os.listdir(tmp_path) == [WANTED.key]


def test_many_may_keep_and_find_the_same_entry_at_a_time(tmp_path: Path) -> None:
    cache, problems = Cache(tmp_path), []

    def work() -> None:
        for _ in range(20):
            _keep(cache)
            found = cache.find(WANTED)
            if found is not None and not np.array_equal(found.images.stack, GRAY):
                problems.append("wrong pixels")

    threads = [threading.Thread(target=work) for _ in range(4)]
    with capture_logs() as logs:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not problems and not logs
    assert cache.find(WANTED) is not None


def test_entries_that_were_not_used_for_longest_go(tmp_path: Path) -> None:
    size = sum(file.stat().st_size for file in _keep(Cache(tmp_path)).iterdir())
    cache = Cache(tmp_path, max_bytes=3 * size + 100)
    for number in (1, 2):
        entry = _keep(cache, _manifest(number))
        os.utime(entry / "manifest.json", (number, number))
    os.utime(tmp_path / WANTED.key / "manifest.json", (0, 0))
    assert cache.find(WANTED) is not None
    _keep(cache, _manifest(3))
    left = {number for number in (1, 2, 3) if cache.find(_wanted(_manifest(number)))}
    assert left == {2, 3} and cache.find(WANTED) is not None


def test_the_entry_in_use_stays_however_large_it_is(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_bytes=1)
    _keep(cache, _manifest(1))
    _keep(cache)
    assert os.listdir(tmp_path) == [WANTED.key]


def test_what_a_killed_process_has_left_goes_and_what_is_used_stays(tmp_path: Path) -> None:
    intake_parts.write_entry(tmp_path / ".work-left")
    with Cache(tmp_path).workspace() as used:
        intake_parts.write_entry(tmp_path / ".work-also")
        _keep(Cache(tmp_path))
        assert sorted(os.listdir(tmp_path)) == sorted([used.name, WANTED.key])
    assert os.listdir(tmp_path) == [WANTED.key]


def test_what_is_no_entry_stays_however_old_and_large_it_is(tmp_path: Path) -> None:
    foreign = (tmp_path / "photos", tmp_path / _wanted(_manifest(1)).key)
    for folder in foreign:
        folder.mkdir()
        (folder / "x.bin").write_bytes(bytes(5000))
        os.utime(folder, (1, 1))
    intake_parts.write_entry(tmp_path / "with a manifest")
    _keep(Cache(tmp_path, max_bytes=1))
    names = [folder.name for folder in foreign]
    assert sorted(os.listdir(tmp_path)) == sorted([*names, "with a manifest", WANTED.key])


@pytest.mark.parametrize("is_link", [False, True], ids=["a file", "a link"])
def test_what_lies_in_place_of_an_entry_goes(tmp_path: Path, is_link: bool) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "cache").mkdir()
    (tmp_path / "file").touch()
    target = tmp_path / ("real" if is_link else "file")
    (tmp_path / "cache" / WANTED.key).symlink_to(target)
    if not is_link:
        (tmp_path / "cache" / WANTED.key).unlink()
        (tmp_path / "cache" / WANTED.key).touch()
    _keep(Cache(tmp_path / "cache"))
    assert Cache(tmp_path / "cache").find(WANTED) is not None
    assert os.listdir(tmp_path / "cache") == [WANTED.key]
    assert target.exists()


def test_an_entry_of_a_cache_that_cannot_be_written_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> None:
        raise OSError(30, "Read-only file system")

    _keep(Cache(tmp_path))
    monkeypatch.setattr("os.utime", refuse)
    with capture_logs() as logs:
        assert Cache(tmp_path).find(WANTED) is not None
    assert not logs


@pytest.mark.parametrize("content", ["[" * 100_000, '["a"]', ""])
def test_names_that_are_others_are_damage(tmp_path: Path, content: str) -> None:
    good = '["a","b","c","d","e","f"]'
    digest = hashlib.sha256(good.encode("ascii")).hexdigest()
    manifest = MANIFEST.model_copy(update={"names_sha256": digest})
    entry = intake_parts.write_entry(tmp_path / WANTED.key, manifest)
    (entry / "names.json").write_text(good, "ascii")
    wanted = replace(WANTED, names=True)
    found = Cache(tmp_path).find(wanted)
    assert found is not None and found.names == ("a", "b", "c", "d", "e", "f")
    (entry / "names.json").write_text(content, "ascii")
    for asked in (WANTED, wanted):
        with capture_logs() as logs:
            assert Cache(tmp_path).find(asked) is None
        assert [line["event"] for line in logs] == ["cache-entry-damaged"]


def test_what_goes_while_the_cache_is_looked_through_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, iterdir = Cache(tmp_path), Path.iterdir
    _keep(cache, _manifest(1))
    gone = tmp_path / _wanted(_manifest(2)).key
    monkeypatch.setattr(
        Path, "iterdir", lambda self: [*iterdir(self), gone] if self == tmp_path else iterdir(self)
    )
    _keep(cache)
    assert sorted(os.listdir(tmp_path)) == sorted([_wanted(_manifest(1)).key, WANTED.key])


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write at .*file/x: got Not a directory"):
        with Cache(tmp_path / "file" / "x").workspace():
            pass
    assert Cache(tmp_path / "file").find(WANTED) is None
    assert not Cache(tmp_path / "file").knows_size(7)


def test_a_place_that_cannot_be_taken_is_told(tmp_path: Path) -> None:
    with Cache(tmp_path).workspace() as folder:
        shutil.rmtree(folder)
        with pytest.raises(StoreError, match="cannot write at .*: expected a place for a folder"):
            Cache(tmp_path).keep(folder, WANTED)
