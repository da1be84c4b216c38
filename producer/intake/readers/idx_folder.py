"""Reader of a folder with a pair of IDX files, one of images and one of labels."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from producer.intake.formats import is_idx_name
from producer.intake.job import Job
from producer.intake.readers.opened import read_whole
from shared.errors import DataError
from shared.intake.found import Found
from shared.intake.idx import decode_idx
from shared.intake.layouts import Layout, recognise
from shared.intake.layouts.layout import SPLITS

_IMAGES, _LABELS = re.compile("images", re.IGNORECASE), re.compile("labels", re.IGNORECASE)


def read(job: Job) -> Found:
    """Read a pair of IDX files; where there are several, the one that the layout names.

    The files of a pair differ in one word, ``images`` or ``labels``. A name that begins with
    ``t10k`` is of the test split, as in MNIST.

    Raises:
        DataError: there is no pair, or several and none is named; a file is damaged; or the two
            do not fit each other.
    """
    folder = Path(job.path)
    pairs = _pairs(sorted(path.name for path in folder.iterdir() if is_idx_name(path.name)))
    split = Layout.parse(job.layout).split
    images, labels = _chosen(pairs, split, job.where)
    layout = job.layout if split not in pairs else _without_split(job.layout or "")
    value = {
        "images": decode_idx(_bytes(folder / images, job), where=f"{images} of {job.where}"),
        "labels": decode_idx(_bytes(folder / labels, job), where=f"{labels} of {job.where}"),
    }
    return recognise(value, where=job.where, layout=layout, limits=job.limits)


def _pairs(names: list[str]) -> dict[str, tuple[str, str]]:
    """Pairs of names by their split; by what is in front of ``images`` where that is no split,
    or that of several pairs.
    """
    labels = {_plain(_LABELS.sub("#", name, count=1)): name for name in names}
    pairs = {}
    for name in names:
        match = _IMAGES.search(name)
        partner = labels.get(_plain(_IMAGES.sub("#", name, count=1)))
        if match is not None and partner not in (None, name):
            start = name[: match.start()].strip("-_. ").lower()
            pairs[start] = (name, partner)
    splits = [SPLITS.get(start, start) for start in pairs]
    return {
        split if splits.count(split) == 1 else start: pair
        for split, (start, pair) in zip(splits, pairs.items(), strict=True)
    }


def _plain(name: str) -> str:
    """Without what differs between the two files of a pair: dimensions and compression."""
    return re.sub(r"idx\d", "idx", name.lower()).removesuffix(".gz")


def _without_split(layout: str) -> str | None:
    words = [word for word in layout.split(",") if Layout.parse(word).split is None]
    return ",".join(words) or None


def _chosen(pairs: dict[str, tuple[str, str]], split: str | None, where: str) -> tuple[str, str]:
    if split in pairs:
        return pairs[split]
    if len(pairs) == 1:
        return next(iter(pairs.values()))
    known = (
        name if name in SPLITS.values() else shlex.quote(f"split={name}")
        for name in sorted(pairs)
        if name
    )
    names = " or ".join(f"--layout {name}" for name in known)
    raise DataError(
        "several pairs of IDX files" if pairs else "no pair of IDX files",
        where=where,
        expected="one file of images and one of labels, such as train-images-idx3-ubyte "
        "and train-labels-idx1-ubyte",
        got=f"{len(pairs)} pairs",
        hint=f"say which: {names}" if pairs else "name the two alike but for images and labels",
    )


def _bytes(path: Path, job: Job) -> bytes:
    return read_whole(path, where=f"{path.name} of {job.where}", most=job.limits.file_bytes)
