"""docs/doctor.md says what the doctor does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from producer.doctor import candidates, finding, labels, near, outliers, pixels, repeats, survey
from producer.doctor.diagnosis import Diagnosis

TEXT = (Path(__file__).parents[1] / "docs" / "doctor.md").read_text(encoding="utf-8")


def test_every_field_is_documented_and_no_other() -> None:
    table = TEXT.partition("## Fields")[2].partition("## What")[0]
    rows = [line.partition(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == set(Diagnosis.model_fields)


@pytest.mark.parametrize(
    "sentence",
    [
        f"differ in at most {candidates.HASH_DISTANCE} of 64 bits",
        f"differ by at most {near.COLOUR_DIFFERENCE:g} of 255",
        f"at most {near.DIFFERENCE} standard deviations",
        f"beyond {candidates.MAX_COMPARISONS:,} comparisons",
        f"{candidates.MAX_CANDIDATES:,} candidates",
        f"at most {survey.MAX_MEASURED:,} images are measured",
        f"a share of {survey.MAX_PIXELS:,} / M pixels",
        f"at least {survey.LEAST_PIXELS:,} and at most {survey.MOST_PIXELS:,}",
        f"more than {survey.MOST_PIXELS:,} pixels",
        f"at most {finding.EXAMPLES} groups",
        f"a warning from {repeats.MANY:.0%} of the images on".replace("%", " %"),
        f"has {labels.IMBALANCE:g} times the images",
        f"in random order ({labels.SORTED_FROM} images or more)",
        f"a standard deviation of luma below {outliers.FLAT_CONTRAST:g} of 255",
        f"{outliers.CLIPPED_SHARE:.0%} of the pixels at 0 or 255".replace("%", " %"),
        f"at a robust z of {outliers.ROBUST_Z:g} or more",
        f"in sets of {outliers.ROBUST_FROM} images or more",
        f"No pixel above {pixels.DARK_RANGE} of 255",
        f"at {pixels.LIGHT_BORDER:g} of 255 or more, median of up to {pixels.BORDER_SAMPLE:,}",
        f"Examples are at most {finding.EXAMPLES}.",
    ],
)
def test_every_threshold_is_documented(sentence: str) -> None:
    assert sentence in " ".join(TEXT.split())
