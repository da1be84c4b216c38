"""Image metadata in a container: one command, whoever the folder for the JSON belongs to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from compose import Composition, Ended, composition
from image_samples import encoded, picture, whole_files

pytestmark = [pytest.mark.containers, pytest.mark.usefixtures("images")]

only_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can give a folder to somebody else"
)


@pytest.fixture(scope="module", name="project")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composition]:
    """A project of Compose for all of them; each run is a container of its own."""
    with composition(tmp_path_factory.mktemp("inspect") / "user") as project:
        yield project


@pytest.fixture(name="image")
def make_image(project: Composition, tmp_path: Path) -> Path:
    """An image that anyone may read, below a folder that anyone may enter."""
    path = project.folder / f"{tmp_path.name}.png"
    path.write_bytes(encoded(picture(), "PNG"))
    path.chmod(0o644)
    return path


def _out(project: Composition, image: Path) -> Path:
    """A folder for the JSON that is not there yet: the engine makes it."""
    return project.folder / f"out of {image.stem}"


def _inspect(project: Composition, mounts: dict[Path, str], *options: str) -> Ended:
    volumes = [part for path, to in mounts.items() for part in ("-v", f"{path}:{to}")]
    return project.run("run", "--rm", *volumes, "inspect", *options)


def _read(path: Path) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads(path.read_bytes())
    return entry


def test_one_command_writes_the_json_of_one_image(project: Composition, image: Path) -> None:
    out = _out(project, image)
    ended = _inspect(project, {image: "/input/image.png:ro", out: "/output"})
    assert ended.returncode == 0, ended.stderr
    assert [path.name for path in out.iterdir()] == ["image.json"]
    entry = _read(out / "image.json")
    assert (entry["path"], entry["format"], entry["width"]) == ("/input/image.png", "PNG", 24)
    assert (out / "image.json").stat().st_uid == out.stat().st_uid


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (encoded(picture(), "JPEG")[:-40], "truncated image"),
        (b"<html>", "not an image"),
        (None, "not a file"),
    ],
    ids=["cut", "a page", "nothing there"],
)
def test_what_cannot_be_described_is_written_with_its_error_and_ends_with_1(
    project: Composition, image: Path, content: bytes | None, what: str
) -> None:
    if content is None:
        image.unlink()
    else:
        image.write_bytes(content)
    out = _out(project, image)
    ended = _inspect(project, {image: "/input/image.txt:ro", out: "/output"})
    assert ended.returncode == 1, ended.stderr
    assert _read(out / "image.json")["error"]["what"] == what


@only_root
@pytest.mark.parametrize(("owner", "mode"), [(0, 0o755), (1000, 0o755), (4321, 0o700)])
def test_it_writes_as_the_owner_of_the_folder(
    project: Composition, image: Path, owner: int, mode: int
) -> None:
    out = _out(project, image)
    out.mkdir()
    os.chown(out, owner, owner)
    out.chmod(mode)
    ended = _inspect(project, {image: "/input/image.png:ro", out: "/output"})
    assert ended.returncode == 0, ended.stderr
    written = (out / "image.json").stat()
    assert (written.st_uid, written.st_gid) == (owner, owner)
    assert (out.stat().st_uid, out.stat().st_mode & 0o777) == (owner, mode)


@only_root
@pytest.mark.parametrize("owner", [0, 4321])
def test_what_opens_the_image_has_no_capability_and_gets_none(
    project: Composition, image: Path, owner: int
) -> None:
    out, shim = _out(project, image), project.folder / "shim"
    out.mkdir()
    os.chown(out, owner, owner)
    shim.mkdir(exist_ok=True)
    # In place of Python: it tells how it was started.
    (shim / "python").write_text("#!/bin/sh\ncat /proc/self/status >/output/status\n")
    (shim / "python").chmod(0o755)
    volumes = ["-v", f"{image}:/input/x.png:ro", "-v", f"{out}:/output", "-v", f"{shim}:/shim:ro"]
    path = "PATH=/shim:/usr/bin:/bin"
    ended = project.run("run", "--rm", "-e", path, *volumes, "inspect")
    assert ended.returncode == 0, ended.stderr
    status = dict(line.split(":\t", 1) for line in (out / "status").read_text().splitlines())
    assert status["Uid"].split() == [str(owner)] * 4
    assert status["Gid"].split() == [str(owner)] * 4
    assert status["Groups"].split() in ([], [str(owner)])
    for capabilities in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"):
        assert int(status[capabilities], 16) == 0, capabilities
    assert status["NoNewPrivs"].strip() == "1"


def test_a_folder_is_described_file_by_file_with_further_options(
    project: Composition, image: Path
) -> None:
    folder = project.folder / f"many {image.stem}"
    folder.mkdir()
    for k in range(9):
        (folder / f"{k}.png").write_bytes(image.read_bytes())
    (folder / "ä ö.gif").write_bytes(whole_files()["GIF"])
    (folder / "notes.txt").touch()
    out = _out(project, image)
    ended = _inspect(project, {folder: "/input:ro", out: "/output"}, "--learn", "--workers", "2")
    assert ended.returncode == 0, ended.stderr
    names = {f"{k}.json" for k in range(9)} | {"ä ö.json"}
    assert {path.name for path in out.iterdir()} == names
    assert _read(out / "3.json")["thresholds"]["learnt_from"] == 10


@pytest.mark.parametrize(
    ("mounts", "words"),
    [({}, "no image: mount one with"), ({"image": "/input/x.png:ro"}, "no folder for the JSON")],
)
def test_what_is_not_mounted_is_asked_for(
    project: Composition, image: Path, mounts: dict[str, str], words: str
) -> None:
    ended = _inspect(project, {image: to for to in mounts.values()})
    assert ended.returncode == 2
    assert words in ended.stdout + ended.stderr


def test_up_leaves_it_alone(project: Composition) -> None:
    listed = project.run("config")
    assert listed.returncode == 0, listed.stderr
    project.run("up", "--no-start", "--no-build")
    names = project.run("ps", "--all", "--quiet", "inspect")
    assert names.stdout.strip() == ""
