"""Recognise an image set in plain containers and arrays, as users' files hold it.

Recognised are

- a dict with ``images``, ``data`` or ``x``, and where there are any ``labels``, ``targets`` or
  ``y`` and ``classes``, ``class_names`` or ``label_names`` (in any case; other keys are ignored);
- an array of images;
- a pair (images, labels);
- a list of pairs (image, label), or of arrays of one size.

Images are (N, H, W), (N, H, W, C) with C in {1, 3, 4}, or (N, S*S) for squares of side S.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError
from shared.intake.imageset import ImageSet
from shared.intake.limits import MAX_CLASSES, MAX_IMAGES

MAX_PIXEL_BYTES = 512 * 2**20
MAX_CLASS_NAME = 200
IMAGE_KEYS = ("images", "data", "x")
LABEL_KEYS = ("labels", "targets", "y")
CLASS_KEYS = ("classes", "class_names", "label_names")
_LAYOUTS = "a dict with images, an array, a pair (images, labels) or a list of (image, label)"


def imageset_from_layout(value: object, *, where: str) -> ImageSet:
    """Make an image set of what a file holds.

    Args:
        value: arrays, numbers and text in dicts, lists and tuples.
        where: what to call the file in an error.

    Returns:
        A set that owns its memory. Pixels of other integer types are converted where all are
        within 0..255. Missing class names are "0", "1", ... up to the largest label.

    Raises:
        DataError: no recognised layout, or images, labels and class names that do not fit.
    """
    images, labels, classes = _parts(value, where)
    pixels = _pixels(images, where)
    indices = _labels(labels, where)
    names = () if indices is None else _classes(classes, indices, where)
    return ImageSet(pixels, indices, names, where)


def _parts(value: object, where: str) -> tuple[object, object, object]:
    if isinstance(value, Mapping):
        return _parts_of_dict(value, where)
    if isinstance(value, np.ndarray):
        return value, None, None
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return _parts_of_sequence(value, where)
    _fail("no images found", where, _LAYOUTS, _kind(value))


def _parts_of_dict(value: Mapping[object, object], where: str) -> tuple[object, object, object]:
    fields: dict[str, object] = {}
    for key, item in value.items():
        # Files written by Python 2 and read by others have their keys as bytes.
        name = key.decode("latin1") if isinstance(key, bytes) else key
        if isinstance(name, str):
            fields[name.lower()] = item
    images = _field(fields, IMAGE_KEYS, where)
    if images is None:
        keys = ", ".join(ascii(name[:40]) for name in list(fields)[:10]) or "none"
        _fail("no images found", where, f"a key {', '.join(IMAGE_KEYS)}", f"keys {keys}")
    return images, _field(fields, LABEL_KEYS, where), _field(fields, CLASS_KEYS, where)


def _field(fields: Mapping[str, object], names: tuple[str, ...], where: str) -> object:
    found = [name for name in names if fields.get(name) is not None]
    if len(found) > 1:
        _fail("ambiguous keys", where, f"one of {', '.join(names)}", " and ".join(found))
    return fields[found[0]] if found else None


def _parts_of_sequence(value: Sequence[object], where: str) -> tuple[object, object, object]:
    if _is_pair_of_arrays(value):
        return value[0], value[1], None
    if value and all(isinstance(item, np.ndarray) for item in value):
        return value, None, None
    if value and all(_is_image_and_label(item) for item in value):
        images, labels = zip(*value)
        return images, labels, None
    got = f"a {_kind(value)} of {', '.join(sorted({_kind(item) for item in value[:100]}))}"
    _fail("no images found", where, _LAYOUTS, got if value else f"an empty {_kind(value)}")


def _is_pair_of_arrays(value: Sequence[object]) -> bool:
    if len(value) != 2 or not isinstance(value[0], np.ndarray) or value[0].ndim < 2:
        return False
    labels = value[1]
    if isinstance(labels, np.ndarray):
        return labels.ndim == 1
    return isinstance(labels, list | tuple)


def _is_image_and_label(item: object) -> bool:
    return (
        isinstance(item, list | tuple)
        and len(item) == 2
        and isinstance(item[0], np.ndarray)
        and isinstance(item[1], int)
    )


def _pixels(images: object, where: str) -> NDArray[np.uint8]:
    array = images if isinstance(images, np.ndarray) else _stacked(images, where)
    if array.dtype.kind not in "iu":
        hint = "integers; scale floats to 0..255 and convert them with .astype('uint8')"
        _fail("wrong dtype of images", where, hint, array.dtype)
    if array.size and (array.min() < 0 or array.max() > 255):
        _fail("pixel out of range", where, "0..255", f"{array.min()}..{array.max()}")
    return np.array(_squared(array, where), dtype=np.uint8, order="C")


def _stacked(images: object, where: str) -> NDArray[Any]:
    if not isinstance(images, list | tuple) or not images:
        _fail("no images found", where, "an array or a list of arrays", _kind(images))
    if len(images) > MAX_IMAGES:
        _fail("wrong number of images", where, f"1 to {MAX_IMAGES:,}", f"{len(images):,}")
    first = images[0]
    for place, image in enumerate(images):
        if not isinstance(image, np.ndarray):
            _fail(f"image {place} is no array", where, "an array", _kind(image))
        if (image.shape, image.dtype) != (first.shape, first.dtype):
            what = f"image {place} differs from the first"
            _fail(what, where, _array_kind(first), _array_kind(image))
    if len(images) * first.nbytes > MAX_PIXEL_BYTES:
        size = f"{len(images) * first.nbytes:,}"
        _fail("too many pixels", where, f"at most {MAX_PIXEL_BYTES:,} bytes", size)
    return np.stack(images)


def _squared(array: NDArray[Any], where: str) -> NDArray[Any]:
    if array.ndim != 2:
        return array
    side = math.isqrt(array.shape[1])
    if side * side != array.shape[1]:
        expected = "(N, H, W), (N, H, W, C) or rows of square images"
        _fail("wrong shape of images", where, expected, array.shape)
    return array.reshape(len(array), side, side)


def _labels(labels: object, where: str) -> NDArray[np.int64] | None:
    if labels is None:
        return None
    array = labels if isinstance(labels, np.ndarray) else _label_array(labels, where)
    if array.dtype.kind not in "iu":
        _fail("wrong dtype of labels", where, "integers", array.dtype)
    if array.size and (array.min() < 0 or array.max() >= MAX_CLASSES):
        got = f"{array.min()}..{array.max()}"
        _fail("label out of range", where, f"0..{MAX_CLASSES - 1}", got)
    return np.array(array, dtype=np.int64, order="C")


def _label_array(labels: object, where: str) -> NDArray[Any]:
    if not isinstance(labels, list | tuple):
        _fail("wrong labels", where, "an array or a list of integers", _kind(labels))
    for place, label in enumerate(labels):
        if not isinstance(label, int) or isinstance(label, bool):
            _fail(f"wrong label {place}", where, "an integer", _kind(label))
        if not 0 <= label < MAX_CLASSES:
            got = label if abs(label) < 2**63 else "a larger number"
            _fail(f"label {place} out of range", where, f"0..{MAX_CLASSES - 1}", got)
    return np.array(labels, dtype=np.int64)


def _classes(classes: object, labels: NDArray[np.int64], where: str) -> tuple[str, ...]:
    if classes is None:
        return tuple(str(index) for index in range(int(labels.max(initial=0)) + 1))
    if not isinstance(classes, list | tuple):
        _fail("wrong class names", where, "a list of text", _kind(classes))
    for place, name in enumerate(classes):
        if not isinstance(name, str) or not name.isprintable() or len(name) > MAX_CLASS_NAME:
            got = ascii(name[:40]) if isinstance(name, str) else _kind(name)
            expected = f"printable text of at most {MAX_CLASS_NAME} characters"
            _fail(f"wrong class name {place}", where, expected, got)
    return tuple(classes)


def _array_kind(array: NDArray[Any]) -> str:
    return f"{array.dtype} of shape {array.shape}"


def _kind(value: object) -> str:
    return type(value).__name__


def _fail(what: str, where: str, expected: object, got: object) -> NoReturn:
    raise DataError(what, where=where, expected=expected, got=got)
