"""The named data sets: where their files are published and what they must hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.errors import DataError

BUILTIN = "builtin"
"""The name of the frames that the producer draws itself."""


@dataclass(frozen=True, slots=True)
class Split:
    """The two IDX files of one split and their checksums.

    Args:
        images: published file name of the images, ending in ``.gz``.
        labels: published file name of the labels, ending in ``.gz``.
        images_md5: MD5 of the published (compressed) images file, in hexadecimal.
        labels_md5: MD5 of the published (compressed) labels file.
        images_raw_md5: MD5 of the images file once decompressed. A copy that was compressed
            again has another ``.gz`` checksum but this one, so both identify the data.
        labels_raw_md5: MD5 of the labels file once decompressed.
        count: number of images.
    """

    images: str
    labels: str
    images_md5: str
    labels_md5: str
    images_raw_md5: str
    labels_raw_md5: str
    count: int


@dataclass(frozen=True, slots=True)
class NamedDataset:
    """One published data set.

    Args:
        name: its name in commands.
        title: its name in text.
        classes: class names in the order of the labels.
        splits: its splits by name, "train" and "test".
        addresses: base addresses to fetch its files from, best first, each ending in ``/``.
        licence: licence and holder.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    splits: Mapping[str, Split]
    addresses: tuple[str, ...]
    licence: str

    def split(self, name: str) -> Split:
        """Give the split called ``name``; DataError where there is none."""
        if name not in self.splits:
            expected = " or ".join(sorted(self.splits))
            raise DataError("unknown split", where=self.name, expected=expected, got=repr(name))
        return self.splits[name]


def named_dataset(name: str) -> NamedDataset:
    """Give the data set called ``name``; DataError naming the known ones where there is none."""
    if name not in CATALOG:
        raise DataError("unknown data set", expected=" or ".join(sorted(CATALOG)), got=repr(name))
    return CATALOG[name]


def is_file(dataset: str) -> bool:
    """Whether what a session calls its data set is the name of a file, found nowhere by that."""
    return dataset != BUILTIN and dataset.partition(":")[0] not in CATALOG


_FASHION_MNIST = NamedDataset(
    name="fashion-mnist",
    title="Fashion-MNIST",
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    splits=MappingProxyType(
        {
            "train": Split(
                images="train-images-idx3-ubyte.gz",
                labels="train-labels-idx1-ubyte.gz",
                images_md5="8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                labels_md5="25c81989df183df01b3e8a0aad5dffbe",
                images_raw_md5="f4a8712d7a061bf5bd6d2ca38dc4d50a",
                labels_raw_md5="9018921c3c673c538a1fc5bad174d6f9",
                count=60_000,
            ),
            "test": Split(
                images="t10k-images-idx3-ubyte.gz",
                labels="t10k-labels-idx1-ubyte.gz",
                images_md5="bef4ecab320f06d8554ea6380940ec79",
                labels_md5="bb300cfdad3c16e7a12a480ee83cd310",
                images_raw_md5="8181f5470baa50b63fa0f6fddb340f0a",
                labels_raw_md5="15d484375f8d13e6eb1aabb0c3f46965",
                count=10_000,
            ),
        }
    ),
    addresses=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
    licence="MIT, Zalando SE",
)

_MNIST = NamedDataset(
    name="mnist",
    title="MNIST",
    classes=tuple("0123456789"),
    splits=MappingProxyType(
        {
            "train": Split(
                images="train-images-idx3-ubyte.gz",
                labels="train-labels-idx1-ubyte.gz",
                images_md5="f68b3c2dcbeaaa9fbdd348bbdeb94873",
                labels_md5="d53e105ee54ea40749a09fcbcd1e9432",
                images_raw_md5="6bbc9ace898e44ae57da46a324031adb",
                labels_raw_md5="a25bea736e30d166cdddb491f175f624",
                count=60_000,
            ),
            "test": Split(
                images="t10k-images-idx3-ubyte.gz",
                labels="t10k-labels-idx1-ubyte.gz",
                images_md5="9fb629c4189551a2d022fa330f9573f3",
                labels_md5="ec29112dd5afa0611ce80d1b7f02629c",
                images_raw_md5="2646ac647ad5339dbf082846283269ea",
                labels_raw_md5="27ae3e4e09519cfbb04c329615203637",
                count=10_000,
            ),
        }
    ),
    addresses=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    licence="usually cited as CC BY-SA 3.0, Y. LeCun and C. Cortes",
)

CATALOG: Mapping[str, NamedDataset] = MappingProxyType(
    {dataset.name: dataset for dataset in (_FASHION_MNIST, _MNIST)}
)
