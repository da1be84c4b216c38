"""The document, entry by entry, and the files it is written to."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from image_samples import encoded, picture

from consumer.metadata.describe import describe_image, unreadable
from consumer.metadata.model import ENTRY, Entry, MetadataDocument, Summary
from consumer.metadata.thresholds import Thresholds
from consumer.metadata.writing import DocumentWriter, entry_text, write_entry, written
from shared.errors import DataError, StoreError

ENTRIES: tuple[Entry, ...] = (
    describe_image(encoded(picture(), "PNG"), "a ä.png"),
    unreadable("b.png", DataError("odd", got='a "quoted"\nline')),
)


def _document(entries: tuple[Entry, ...]) -> tuple[str, Summary]:
    summary = Summary(
        images=len(entries), described=1, unreadable=1, flagged={"dark": 1}, passed_over=0
    )
    file = io.StringIO()
    writer = DocumentWriter(file, Thresholds())
    for entry in entries:
        writer.add(entry_text(entry))
    writer.end(summary)
    return file.getvalue(), summary


@pytest.mark.parametrize("count", [0, 1, 2])
def test_what_is_written_is_the_document_of_the_model(count: int) -> None:
    text, summary = _document(ENTRIES[:count])
    expected = MetadataDocument(
        document="catwalk-image-metadata-1",
        thresholds=Thresholds(),
        images=ENTRIES[:count],
        summary=summary,
    )
    assert MetadataDocument.model_validate_json(text) == expected
    assert text.endswith("}\n")


def _is_interrupted(line: int, act: Callable[[], None]) -> bool:
    left, before = line, sys.gettrace()

    def trace(_frame: FrameType, event: str, _value: object) -> Any:
        nonlocal left
        # No signal arrives while a generator hands on a value, so a return is passed over.
        left -= event == "line"
        if not left and event == "line":
            raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        act()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_it_is_indented_as_one_document_and_keeps_letters_as_they_are() -> None:
    text, _ = _document(ENTRIES)
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n" or (
        '"flags": []' in text
    )
    assert '      "file_name": "a ä.png"' in text


def test_an_entry_by_itself_is_read_back(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "for it"
    for k, entry in enumerate(ENTRIES):
        write_entry(folder, f"{k}.json", entry_text(entry))
        assert ENTRY.validate_json((folder / f"{k}.json").read_bytes()) == entry
    assert sorted(path.name for path in folder.iterdir()) == ["0.json", "1.json"]


def test_a_file_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("before")
    with pytest.raises(ZeroDivisionError), written(str(path)) as file:
        file.write("half")
        raise ZeroDivisionError
    assert path.read_text() == "before"
    with written(str(path)) as file:
        file.write("whole")
        assert path.read_text() == "before"
    assert path.read_text() == "whole"
    assert os.listdir(tmp_path) == ["x.json"]


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_an_interrupt_at_any_line_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    line = 1
    while _is_interrupted(line, lambda: write_entry(tmp_path, "x.json", "{}")):
        assert set(os.listdir(tmp_path)) <= {"x.json"}, line
        line += 1
    assert line > 20
    assert os.listdir(tmp_path) == ["x.json"]


def test_its_mode_is_that_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with written(str(tmp_path / "x.json")) as file:
        file.write("x")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "x.json")]
    assert modes[0] == modes[1]


def test_what_is_no_file_is_written_to_as_it_is(tmp_path: Path) -> None:
    with written("/dev/null") as file:
        file.write("x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with written(str(tmp_path / "pipe")) as file:
        file.write("through")
    assert os.read(reader, 99) == b"through"
    os.close(reader)


def test_standard_output_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with written("-") as file:
        file.write("x")
    assert capsys.readouterr().out == "x"


@pytest.mark.parametrize("place", ["missing/x.json", ".", "/dev/full"])
def test_what_cannot_be_written_is_one_error(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=f"cannot write the JSON at {place}: got"):
        with written(place) as file:
            file.write("x" * 100_000)
    assert not os.listdir(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot make the folder at .*file: got File exists"):
        write_entry(tmp_path / "file", "x.json", "{}")
