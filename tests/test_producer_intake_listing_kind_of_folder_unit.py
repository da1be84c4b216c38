"""kind_of_folder: IDX files, images with a table, or images."""

from __future__ import annotations

import pytest

from producer.intake.formats import Kind
from producer.intake.listing import File, Listing, kind_of_folder
from shared.errors import DataError


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("train-images-idx3-ubyte", "train-labels-idx1-ubyte"), Kind.IDX_FOLDER),
        (("a.png", "b/c.png"), Kind.FOLDER),
        (("a.png", "x-ubyte"), Kind.FOLDER),
        (("a.png", "labels.csv"), Kind.TABLE),
        (("images/a.png", "labels.TSV"), Kind.TABLE),
        (("labels.csv",), Kind.TABLE),
        (("a.png", "one.csv", "two.csv"), Kind.TABLE),
        (("a.png", "deep/labels.csv"), Kind.FOLDER),
    ],
)
def test_a_folder_is_judged_by_its_names(names: tuple[str, ...], kind: Kind) -> None:
    listing = Listing(tuple(File(name, 1, 0) for name in names), ())
    assert kind_of_folder(listing, "here") is kind


@pytest.mark.parametrize(
    ("names", "got"), [((), "got no files"), (("a.txt", "b/x-ubyte"), "got 2 other files")]
)
def test_a_folder_without_images_is_refused(names: tuple[str, ...], got: str) -> None:
    listing = Listing(tuple(File(name, 1, 0) for name in names), ())
    with pytest.raises(DataError, match=f"no images found in here: .*{got}; or give a pickle"):
        kind_of_folder(listing, "here")
