"""Fill in what is measured of docs/classifier.md from docs/classifier/, or check it.

There lie what ``consumer evaluate`` wrote of the shipped model of garments and of a plainly trained
one, the log of the shipped one's training, and what a person saw on the hardest images.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Self

import structlog
import typer

from consumer.classifier.evaluation import Evaluation
from consumer.classifier.robustness import Robustness
from tools.classifier_plots import (
    draw_calibration,
    draw_confusion,
    draw_curves,
    draw_robustness,
    write_plot,
)
from tools.parts import Parts, write_or_check

log = structlog.get_logger()

DEFAULT = Path("docs/classifier.md")
COMMAND = "python -m tools.classifier_page"
_WIDE, _SQUARE = (6.4, 4.0), (6.4, 5.6)
_CONFUSIONS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What was measured of the shipped model of garments.

    Args:
        shipped: its evaluation, with novelty and robustness.
        plain: the same of a plainly trained network.
        lines: of its training's log.
        seen: what a person saw on its hardest images, by index.
    """

    shipped: Evaluation
    plain: Evaluation
    lines: tuple[dict[str, Any], ...]
    seen: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What lies in a folder."""
        shipped, plain = (
            Evaluation.model_validate_json((folder / f"{name}.json").read_bytes())
            for name in ("evaluation", "plain")
        )
        lines = (folder / "training.jsonl").read_text("utf-8").splitlines()
        seen = json.loads((folder / "seen.json").read_text("utf-8"))
        return cls(shipped, plain, tuple(map(json.loads, lines)), seen)


def parts_of(measured: Measured) -> Parts:
    """What generates each part of the page."""
    return {
        "figures": partial(figures, measured),
        "classes": partial(classes, measured.shipped),
        "losses": partial(losses, measured),
        "hardest": partial(hardest, measured),
    }


def write_plots(measured: Measured, folder: Path) -> None:
    """Draw all plots of the page into a folder."""
    shipped, plain = measured.shipped, measured.plain
    write_plot(folder / "curves.svg", _WIDE, lambda axes: draw_curves(axes, measured.lines))
    write_plot(folder / "reliability.svg", _WIDE, lambda axes: draw_calibration(axes, shipped))
    write_plot(folder / "confusion.svg", _SQUARE, lambda axes: draw_confusion(axes, shipped))
    write_plot(
        folder / "robustness.svg", _SQUARE, lambda axes: draw_robustness(axes, shipped, plain)
    )


def figures(measured: Measured) -> str:
    """A table of what was measured of both models."""
    rows = zip(_figures(measured.shipped), _figures(measured.plain), strict=True)
    lines = [f"| {name} | {shipped} | {plain} |" for (name, shipped), (_, plain) in rows]
    return _table("| what | shipped | trained plainly |", lines)


def losses(measured: Measured) -> str:
    """A table of the points that each corruption costs both models."""
    shipped, plain = (_robustness(each) for each in (measured.shipped, measured.plain))
    pairs: list[tuple[str, float, float]] = [
        (kind, shipped.corruptions[kind].mean_loss, plain.corruptions[kind].mean_loss)
        for kind in sorted(plain.corruptions, key=lambda kind: plain.corruptions[kind].mean_loss)
    ]
    pairs.append(("**all**", shipped.mean_loss, plain.mean_loss))
    lines = [f"| {kind} | {ours:.1f} | {theirs:.1f} |" for kind, ours, theirs in pairs]
    return _table("| points lost, mean of five severities | shipped | trained plainly |", lines)


def classes(evaluation: Evaluation) -> str:
    """A table of how good the answers are in each class, and what it is taken for most often."""
    held = evaluation.class_coverage or (None,) * len(evaluation.classes)
    lines = [
        f"| {score.name} | {_percent(score.precision)} | {_percent(score.recall)} "
        f"| {_percent(share)} | {', '.join(_confused(evaluation, place))} |"
        for place, (score, share) in enumerate(zip(evaluation.per_class, held, strict=True))
    ]
    return _table("| class | precision | recall | sets that hold it | taken for |", lines)


def hardest(measured: Measured) -> str:
    """A table of the images that the model is most surely wrong about.

    Raises:
        KeyError: nobody has looked at one of them.
    """
    lines = [
        f"| {image.index} | {image.label} | {image.answer}, {100 * image.confidence:.0f} % "
        f"| {measured.seen[str(image.index)]} |"
        for image in measured.shipped.hardest
    ]
    return _table("| image | label | answer | what one sees |", lines)


def _figures(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    calibration, novelty = evaluation.calibration, evaluation.novelty
    assert calibration is not None and novelty is not None
    yield "accuracy", f"{100 * evaluation.accuracy:.2f} %"
    yield "run by", f"`{evaluation.path}`"
    yield "expected calibration error", f"{calibration.error:.4f}"
    yield "prediction sets that hold the true class", _percent(calibration.coverage, 2)
    yield "classes in a set, mean", f"{calibration.mean_set_size or 0:.2f}"
    yield "garments found novel, wrongly", _percent(novelty.novel)
    for other in novelty.against:
        name = other.name.partition(".")[0]
        yield f"{name}: area under the ROC curve", f"{other.auroc:.4f}"
        yield f"{name}: found novel", _percent(other.novel)
    yield "points lost under corruptions, mean", f"{_robustness(evaluation).mean_loss:.1f}"


def _robustness(evaluation: Evaluation) -> Robustness:
    assert evaluation.robustness is not None
    return evaluation.robustness


def _confused(evaluation: Evaluation, place: int) -> Iterator[str]:
    row = evaluation.confusion[place]
    others = sorted((k for k in range(len(row)) if k != place), key=lambda k: -row[k])
    for k in others[:_CONFUSIONS]:
        if row[k]:
            yield f"{evaluation.classes[k]} {row[k]}"


def _percent(share: float | None, digits: int = 1) -> str:
    return "" if share is None else f"{100 * share:.{digits}f} %"


def _table(head: str, lines: list[str]) -> str:
    rule = "|" + " --- |" * (head.count("|") - 1)
    return "\n".join([head, rule, *lines]) + "\n"


def main(
    page: Annotated[Path, typer.Option(help="The page to fill or to check.")] = DEFAULT,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if stale.")] = False,
) -> None:
    """Fill in the measured parts of the page on the classifier and draw its plots, or check it."""
    folder = page.with_suffix("")
    measured = Measured.read(folder)
    if not check:
        write_plots(measured, folder)
    write_or_check(page, parts_of(measured), check=check, command=COMMAND)


if __name__ == "__main__":
    typer.run(main)
