"""The catalog of named data sets."""

from __future__ import annotations

import re

import pytest

from shared.errors import DataError
from shared.intake.catalog import CATALOG, NamedDataset, Split, named_dataset

SPLITS = [
    pytest.param(dataset, name, split, id=f"{dataset.name}:{name}")
    for dataset in CATALOG.values()
    for name, split in dataset.splits.items()
]


def test_the_catalog_names_fashion_mnist_and_mnist() -> None:
    assert set(CATALOG) == {"fashion-mnist", "mnist"}
    assert named_dataset("fashion-mnist").classes[9] == "Ankle boot"
    assert named_dataset("mnist").classes == tuple("0123456789")


@pytest.mark.parametrize(("dataset", "name", "split"), SPLITS)
def test_every_split_is_complete(dataset: NamedDataset, name: str, split: Split) -> None:
    prefix = {"train": "train", "test": "t10k"}[name]
    assert split.images == f"{prefix}-images-idx3-ubyte.gz"
    assert split.labels == f"{prefix}-labels-idx1-ubyte.gz"
    assert split.count == {"train": 60_000, "test": 10_000}[name]
    assert dataset.split(name) is split


def test_every_checksum_is_a_different_md5() -> None:
    sums = [
        checksum
        for dataset in CATALOG.values()
        for split in dataset.splits.values()
        for checksum in (
            split.images_md5,
            split.labels_md5,
            split.images_raw_md5,
            split.labels_raw_md5,
        )
    ]
    assert len(set(sums)) == 16
    assert all(re.fullmatch("[0-9a-f]{32}", checksum) for checksum in sums)


@pytest.mark.parametrize("dataset", CATALOG.values(), ids=list(CATALOG))
def test_addresses_are_folders_on_the_web(dataset: NamedDataset) -> None:
    assert len(dataset.addresses) == 2
    assert all(re.fullmatch("https?://.*/", address) for address in dataset.addresses)


def test_an_unknown_data_set_is_refused() -> None:
    message = "unknown data set: expected fashion-mnist or mnist, got 'cifar'"
    with pytest.raises(DataError, match=message):
        named_dataset("cifar")


def test_an_unknown_split_is_refused() -> None:
    message = "unknown split in mnist: expected test or train, got 'validation'"
    with pytest.raises(DataError, match=message):
        named_dataset("mnist").split("validation")
