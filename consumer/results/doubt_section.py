"""The report's section on the model's doubt: what its template needs, ready to be set."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from consumer.results.doubt_plots import novelty_plot, reliability_plot, set_sizes_plot
from consumer.results.doubtful import DoubtfulFrame, DoubtfulFrames
from consumer.results.drawing import draw_sample
from shared.doubt import Calibration, Doubt
from shared.reports import Sample

NAMED = 4
"""So many classes of a prediction set are named; of the others, how many there are."""


@dataclass(frozen=True, slots=True)
class DoubtPicture:
    """One doubtful frame as it is shown.

    Args:
        sample: its annotated picture with its numbers.
        png: the picture in base64.
        members: classes of its prediction set in words; empty without one.
        novelty: 0..1; None without one.
    """

    sample: Sample
    png: str
    members: str
    novelty: float | None


@dataclass(frozen=True, slots=True)
class DoubtSection:
    """What the section shows.

    Args:
        doubt: the figures.
        calibration: how true they turned out to be; None where the labels are not known.
        plots: each plot's name and its SVG.
        pictures: a heading and the frames below it; none where there are no frames.
    """

    doubt: Doubt
    calibration: Calibration | None
    plots: dict[str, Markup]
    pictures: tuple[tuple[str, tuple[DoubtPicture, ...]], ...]


def doubt_section(
    doubt: Doubt | None,
    calibration: Calibration | None,
    frames: DoubtfulFrames,
    classes: Sequence[str],
) -> DoubtSection | None:
    """The section of a session; None for a model that says nothing of doubt.

    Args:
        doubt: the summary's figures.
        calibration: the score's.
        frames: the most doubtful ones.
        classes: names of the model's classes.
    """
    if doubt is None:
        return None
    groups = (("Least certain", frames.uncertain), ("Most novel", frames.novel))
    return DoubtSection(
        doubt,
        calibration,
        _plots(doubt, calibration),
        tuple(
            (heading, tuple(_picture(found, classes) for found in group))
            for heading, group in groups
            if group
        ),
    )


def _plots(doubt: Doubt, calibration: Calibration | None) -> dict[str, Markup]:
    """The SVG of each plot that has something to show; it is made here, so it is safe."""
    plots = {}
    if doubt.sets:
        plots["sizes"] = set_sizes_plot(doubt.set_sizes)
    if doubt.novelties:
        plots["novelty"] = novelty_plot(doubt.novelty_histogram)
    if calibration is not None and calibration.frames:
        plots["reliability"] = reliability_plot(calibration.bins)
    return {name: Markup(svg) for name, svg in plots.items()}


def _picture(found: DoubtfulFrame, classes: Sequence[str]) -> DoubtPicture:
    sample = draw_sample(found.frame, classes)
    png = base64.b64encode(sample.png).decode()
    return DoubtPicture(sample, png, _named(found.members, classes), found.novelty)


def _named(members: Sequence[int], classes: Sequence[str]) -> str:
    named = ", ".join(classes[member] for member in members[:NAMED])
    more = len(members) - NAMED
    return f"{named} and {more} more" if more > 0 else named
