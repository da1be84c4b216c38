"""Recognise an image set in plain containers and arrays, as users' files hold it.

=============================  ====================================================================
what a file holds              what is recognised
=============================  ====================================================================
array                          images
(images, labels)               a pair, as tuple or list; (images, labels, classes) too
dict                           images, labels, class names and file names under usual keys, in any
                               case, also as bytes (``b'data'``); other keys are ignored
``x_train``, ``test_labels``   splits, as are ``{"train": ..., "test": ...}``, dicts in a dict, and
                               ((x, y), (x, y)) for train and test: ``--layout train``
class -> images                a dict without a usual key: labels from its keys, sorted
list of images                 arrays of one size or several, image files (PNG, JPEG and others), or
                               nested lists of numbers
list of (image, label)         the same with a label each; or dicts ``{"image": ..., "label": ...}``
``arr_0``, ``arr_1``           arrays without names of an archive, like a tuple of them
``pixels`` and ``shapes``      images of several sizes one after the other, and (H, W, C) of each
=============================  ====================================================================

Which axis is which is decided in :mod:`shared.intake.layouts.axes`, what becomes of other pixels
than uint8 in :mod:`shared.intake.layouts.scale`, and what is a label in
:mod:`shared.intake.layouts.labels`. Whatever could be seen in two ways is asked back, or a
warning says how it was seen; ``layout`` settles it, see :mod:`shared.intake.layouts.layout`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shared.intake.found import Found, collect
from shared.intake.imageset import ImageSet
from shared.intake.layouts.classes import text_of
from shared.intake.layouts.labels import Labels, read_labels
from shared.intake.layouts.layout import Layout
from shared.intake.layouts.parts import parts_of
from shared.intake.layouts.pixels import Decode, Reading, pixels_of
from shared.intake.limits import Limits

_MAX_NAME = 4096


def recognise(
    value: object,
    *,
    where: str,
    layout: str | None = None,
    decode: Decode | None = None,
    limits: Limits = Limits(),
) -> Found:
    """Find the image set in what a file holds, and judge all of it.

    Args:
        value: arrays, numbers, text and bytes in dicts, lists and tuples.
        where: what to call the file in an error.
        layout: what the user says where a file can be seen in two ways; None for nothing.
        decode: makes uint8 pixels, (H, W) or (H, W, C) in RGB(A) order, of the bytes of an image
            file and a name for it; None refuses image files.
        limits: how many images and pixels are taken.

    Returns:
        The images, in blocks of at most 4 MiB or one image; those of a uint8 array in C order are
        views of it. Only image files can still turn out damaged while blocks are made.

    Raises:
        DataError: no recognised layout, several ways to see it, or images, labels and class names
            that cannot be used or do not fit; it names the first image or label that is wrong.
        SettingsError: ``layout`` has none of the known forms.
    """
    asked = Layout.parse(layout)
    parts = parts_of(value, asked, where)
    is_labelled = parts.labels is not None
    reading = Reading(where, asked, decode, limits, is_labelled=is_labelled)
    pixels = pixels_of(parts.images, reading)
    labels = None
    if is_labelled:
        labels = read_labels(parts.labels, parts.classes, count=pixels.count, where=where)
    return Found(
        blocks=pixels.blocks,
        layout=f"{parts.form}: {_words(pixels.words, labels, parts.classes is not None)}",
        count=pixels.count,
        labels=None if labels is None else labels.indices,
        classes=() if labels is None else labels.classes,
        names=_names(parts.names, pixels.count),
        warnings=[*parts.warnings, *pixels.warnings, *(labels.warnings if labels else ())],
    )


def imageset_from_layout(
    value: object,
    *,
    where: str,
    layout: str | None = None,
    decode: Decode | None = None,
    limits: Limits = Limits(),
) -> ImageSet:
    """Make an image set of what a file holds, in memory of its own; see ``recognise``."""
    found = recognise(value, where=where, layout=layout, decode=decode, limits=limits)
    images = collect(found, where=where, limits=limits)
    if isinstance(images.images, np.ndarray) and images.images.base is not None:
        return replace(images, images=images.images.copy())
    return images


def _words(pixels: str, labels: Labels | None, has_classes: bool) -> str:
    words = f"images {pixels}"
    if labels is not None:
        words += ", labels, classes" if has_classes else ", labels"
    return words


def _names(value: object, count: int) -> tuple[str, ...]:
    """What to call each image, where all have a name that can be shown."""
    if not isinstance(value, list | tuple) or len(value) != count:
        return ()
    names = tuple(text_of(name[:_MAX_NAME]) for name in value if isinstance(name, str | bytes))
    return names if len(names) == count and all(name.isprintable() for name in names) else ()
