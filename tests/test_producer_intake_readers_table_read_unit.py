"""The reader of a folder with a table."""

from __future__ import annotations

from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY

from producer.intake.formats import Kind
from producer.intake.readers.table import read
from shared.errors import DataError
from shared.intake.found import Found, collect

NAMES = ("b.png", "sub x/a.png", "c.png")


def _read(folder: Path, table: str | bytes, *, name: str = "labels.csv") -> Found:
    intake_parts.write_images(folder, dict(zip(NAMES, GRAY, strict=False)))
    (folder / name).write_bytes(table.encode() if isinstance(table, str) else table)
    with intake_parts.job(Kind.TABLE, folder) as job:
        return read(job)


@pytest.mark.parametrize(
    "table",
    [
        "file,label\nb.png,dog\nsub x/a.png,cat\n",
        "\ufeffFileName;Class\r\nb.png;dog\r\n\r\nsub x\\a.png;cat\r\n",
        "id\ttarget\tpath\n1\tdog\tb.png\n2\tcat\t./sub x/a.png\n",
        'image,label,note\n"b.png","dog","a, b"\n"sub x/a.png",cat,"two\nlines"\n',
    ],
)
def test_rows_name_images_and_classes(tmp_path: Path, table: str) -> None:
    found = _read(tmp_path, table)
    images = collect(found, where="here")
    assert np.array_equal(images.stack, GRAY[:2])
    assert images.classes == ("cat", "dog")
    assert images.labels is not None and images.labels.tolist() == [1, 0]
    assert found.warnings == ["1 images that the table does not name were skipped"]


def test_whole_numbers_are_the_labels(tmp_path: Path) -> None:
    found = _read(tmp_path, "file,label\nb.png,3\nc.png,0\nb.png,3\n", name="x.TSV")
    assert found.labels is not None and found.labels.tolist() == [3, 0, 3]
    assert found.classes == ("0", "1", "2", "3")
    assert found.names == ("b.png", "c.png", "b.png")
    assert found.warnings == ["1 images that the table does not name were skipped"]


def test_larger_numbers_are_class_names_as_everywhere(tmp_path: Path) -> None:
    found = _read(tmp_path, "file,label\nb.png,7\nc.png,1000\nsub x/a.png,7\n")
    assert found.labels is not None and found.labels.tolist() == [1, 0, 1]
    assert found.classes == ("1000", "7")
    assert found.warnings == ["labels are numbers of 1,000 and more and were read as class names"]


def test_latin_1_is_read_where_it_is_no_utf_8(tmp_path: Path) -> None:
    assert _read(tmp_path, "file,label\nb.png,Tür\n".encode("latin-1")).classes == ("Tür",)


def test_a_table_without_labels_is_a_data_set_with_a_warning(tmp_path: Path) -> None:
    found = _read(tmp_path, "image\nb.png\nc.png\nsub x/a.png\n")
    assert found.labels is None and not found.classes
    assert found.warnings == ["the table has no column of labels (label, class, target, category)"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "no column of files in labels.csv of .*: expected .*file_name.*, got no columns"),
        ("name,label\nb.png,1\n", "no column of files .* got name, label; mend the table"),
        ("file,label\n", "no images found in labels.csv of"),
        ("file,label\nb.png,1\nc.png\n", "row 2 is damaged in .*: expected 2 cells, got 1"),
        ("file,label\nb.png,\nc.png,x\n", "no label in row 1 in"),
        ("file,label\nb.png," + "9" * 999 + "\n", "wrong class name 0 in labels.csv of"),
        ('file,label\nb.png,"a\nb"\n', r"wrong class name 0 in labels.csv of .* got 'a\\nb'"),
        ("file,label\nno.png,1\nb.png,1\n", "missing files .* got 1 that are not there: no.png"),
        ("file\n/etc/passwd\n", "missing files .* got 1 that are not there: /etc/passwd"),
        ("file\nsub x/../b.png\n", "missing files"),
        ("file\n1\n2\n3\n4\n", "got 4 that are not there: 1, 2, 3; put the files there"),
        ("file\n" + "x" * 200_000 + "\n", "damaged table in labels.csv of"),
        ("file\nlabels.csv\n", None),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    tmp_path: Path, table: str, message: str | None
) -> None:
    if message is None:
        with pytest.raises(DataError, match="not an image in labels.csv"):
            collect(_read(tmp_path, table), where="here")
    else:
        with pytest.raises(DataError, match=message):
            _read(tmp_path, table)


def _read_several(folder: Path, layout: str | None, *names: str) -> Found:
    intake_parts.write_images(folder, dict(zip(NAMES, GRAY, strict=False)))
    for place, name in enumerate(names):
        (folder / name).write_text(f"file,label\n{NAMES[place]},{name}\n")
    with intake_parts.job(Kind.TABLE, folder, layout=layout) as job:
        return read(job)


@pytest.mark.parametrize(
    ("layout", "name"),
    [("test", "Test.csv"), ("train", "training.tsv"), ("split=mine", "mine.csv")],
)
def test_of_several_tables_the_one_is_read_that_the_layout_names(
    tmp_path: Path, layout: str, name: str
) -> None:
    found = _read_several(tmp_path, layout, "Test.csv", "training.tsv", "mine.csv")
    assert found.classes == (name,)


@pytest.mark.parametrize(
    ("layout", "names", "message"),
    [
        (
            None,
            ("train.csv", "test.csv"),
            "several tables in .* got test.csv, train.csv; say which: --layout test or --layout tr",
        ),
        ("validation", ("train.csv", "test.csv"), "several tables"),
        ("train,NHW", ("train.csv", "test.csv"), "several tables"),
        (None, ("a b.csv", "test.csv"), "say which: --layout 'split=a b' or --layout test"),
        ("train", ("train.csv", "train.tsv"), "got train.csv, train.tsv; leave one of them in"),
    ],
)
def test_of_several_tables_the_user_is_asked_which(
    tmp_path: Path, layout: str | None, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        _read_several(tmp_path, layout, *names)
