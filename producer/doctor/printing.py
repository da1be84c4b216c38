"""A diagnosis as text for people and as JSON for machines; both are safe to show anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from producer.doctor.diagnosis import Diagnosis, OddImage
from producer.doctor.words import count_of, shown

_WIDTH = 16
_CLASSES = 40
"""So many classes are listed at most, by label."""


def as_json(diagnosis: Diagnosis) -> str:
    """One JSON object on one line, in ASCII, so that nothing in a name reaches a terminal."""
    return json.dumps(diagnosis.model_dump(mode="json"), ensure_ascii=True, allow_nan=False) + "\n"


def as_text(diagnosis: Diagnosis) -> str:
    """The same for people, some twenty lines; the last one is the command that streams it."""
    name = shown(diagnosis.path)
    if diagnosis.error is not None:
        return f"{name}: refused\n{_line('why', shown(diagnosis.error.message))}\n"
    lines = [
        f"{name}: {diagnosis.verdict}",
        *(_line(word, value) for word, value in _facts(diagnosis) if value),
        *_listed("warnings", map(shown, diagnosis.warnings or ())),
        *_listed("notes", map(shown, diagnosis.notes or ())),
        "",
        diagnosis.command or "",
    ]
    return "\n".join(lines) + "\n"


def _facts(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    yield "kind", diagnosis.kind or ""
    yield "layout", shown(diagnosis.layout or "")
    yield "size", "" if diagnosis.bytes is None else f"{diagnosis.bytes:,} bytes"
    yield "images", _images(diagnosis)
    low, high = diagnosis.pixel_range or (0, 0)
    yield "pixels", f"{diagnosis.dtype}, {low} to {high}"
    yield "labels", _labels(diagnosis)
    yield "classes", _classes(diagnosis)
    yield "duplicates", _repeats(diagnosis)
    yield "outliers", _outliers(diagnosis)
    yield "digest", diagnosis.digest or ""
    yield "pixels SHA-256", diagnosis.pixels_sha256 or ""


def _images(diagnosis: Diagnosis) -> str:
    sizes = [diagnosis.height, diagnosis.width, diagnosis.channels]
    height, width, channels = ("varies" if size is None else str(size) for size in sizes)
    return (
        f"{diagnosis.images:,}, height {height}, width {width} pixels, "
        f"channels {channels} (1 gray, 3 RGB, 4 RGBA)"
    )


def _labels(diagnosis: Diagnosis) -> str:
    classes = diagnosis.classes or ()
    if not diagnosis.labels:
        return "none"
    return f"{count_of(diagnosis.labels, 'image')} labelled, {count_of(len(classes), 'class')}"


def _classes(diagnosis: Diagnosis) -> str:
    counted = [f"{shown(part.name)} {part.images:,}" for part in diagnosis.class_balance or ()]
    if len(counted) > _CLASSES:
        counted = [*counted[:_CLASSES], f"and {len(counted) - _CLASSES:,} more"]
    return ", ".join(counted)


def _repeats(diagnosis: Diagnosis) -> str:
    same, near = diagnosis.duplicates, diagnosis.near_duplicates
    if same is None or near is None or not (same.groups or near.pairs):
        return "none"
    first = [f"first {list(same.examples[0])}"] if same.examples else []
    closest = [f"closest {list(near.examples[0].images)}"] if near.examples else []
    exact = f"{count_of(same.spare, 'image')} could be dropped"
    alike = f"{count_of(near.pairs, 'pair')} nearly the same"
    return "; ".join([", ".join([exact, *first]), ", ".join([alike, *closest])])


def _outliers(diagnosis: Diagnosis) -> str:
    found = diagnosis.outliers
    if found is None or not found.images:
        return "none"
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in found.reasons.items())
    worst = "; ".join(map(_odd, found.worst[:3]))
    return f"{count_of(found.images, 'image')} ({reasons}); worst: {worst}"


def _odd(odd: OddImage) -> str:
    name = "" if odd.name is None else f" ({shown(odd.name)})"
    return f"image {odd.index}{name}, {odd.reason} {odd.value:g} beside {odd.median:g}"


def _listed(word: str, messages: Iterable[str]) -> list[str]:
    return [_line(word if place == 0 else "", text) for place, text in enumerate(messages)]


def _line(word: str, value: str) -> str:
    return f"  {word:<{_WIDTH}}{value}"
