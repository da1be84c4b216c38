"""doubt_section: what the report shows of a model's doubt, as far as there is any."""

from __future__ import annotations

import base64

import pytest
from message_examples import SCORE
from result_parts import HOSTILE_NAMES, candidate

from consumer.results.doubt_section import DoubtPicture, DoubtSection, doubt_section
from consumer.results.doubtful import DoubtfulFrame, DoubtfulFrames
from shared.doubt import NOVELTY_BINS, Calibration, Doubt

SETS = Doubt(frames=2, mean_set_size=1.0, set_sizes=(2, 0, 0, 0))
NOVELTIES = Doubt(frames=2, novelty_histogram=(2, *[0] * (NOVELTY_BINS - 1)))
CALIBRATION = SCORE.calibration


def _section(
    doubt: Doubt = SETS,
    calibration: Calibration | None = None,
    frames: DoubtfulFrames = DoubtfulFrames(),
) -> DoubtSection:
    found = doubt_section(doubt, calibration, frames, HOSTILE_NAMES)
    assert found is not None
    return found


def test_a_model_that_says_nothing_has_no_section() -> None:
    assert doubt_section(None, CALIBRATION, DoubtfulFrames(), HOSTILE_NAMES) is None


@pytest.mark.parametrize(
    ("doubt", "calibration", "plots"),
    [
        (SETS, None, ["sizes"]),
        (NOVELTIES, None, ["novelty"]),
        (SETS, CALIBRATION, ["sizes", "reliability"]),
    ],
)
def test_what_was_told_is_plotted(
    doubt: Doubt, calibration: Calibration | None, plots: list[str]
) -> None:
    found = _section(doubt, calibration)
    assert list(found.plots) == plots
    assert (found.doubt, found.calibration, found.pictures) == (doubt, calibration, ())
    assert all(svg.startswith("<svg") for svg in found.plots.values())


def test_pictures_stand_below_their_headings_with_their_classes() -> None:
    wide = DoubtfulFrame(candidate(2), (0, 1, 2, 4, 5, 6), None)
    novel = DoubtfulFrame(candidate(1), (1, 2), 0.75)
    found = _section(frames=DoubtfulFrames((wide,), (novel,)))
    (first, (one,)), (second, (other,)) = found.pictures
    assert (first, second) == ("Least certain", "Most novel")
    assert isinstance(one, DoubtPicture)
    names = ", ".join(HOSTILE_NAMES[k] for k in (0, 1, 2, 4))
    assert (one.members, one.novelty) == (f"{names} and 2 more", None)
    assert (other.members, other.novelty) == (f"{HOSTILE_NAMES[1]}, {HOSTILE_NAMES[2]}", 0.75)
    assert base64.b64decode(one.png) == one.sample.png
    assert (one.sample.sequence, one.sample.index) == (5, 1005)


def test_frames_without_a_set_have_no_classes() -> None:
    found = _section(frames=DoubtfulFrames(uncertain=(DoubtfulFrame(candidate(0), (), 0.5),)))
    ((heading, (picture,)),) = found.pictures
    assert (heading, picture.members) == ("Least certain", "")
