"""What it means that images are there more than once."""

from __future__ import annotations

from producer.doctor.duplicates import Groups
from producer.doctor.finding import EXAMPLES, Finding, Level
from producer.doctor.near import NearDuplicates
from producer.doctor.words import count_of

MANY = 0.01
"""From this share of all images on, repeats are more than a note."""


def repeat_findings(count: int, groups: Groups, near: NearDuplicates) -> list[Finding]:
    """Say how many images are repeated, exactly or nearly.

    Args:
        count: images of the set.
        groups: images that are the same, pixel for pixel.
        near: pairs that are nearly the same.
    """
    findings = []
    if len(groups):
        spare = len(groups.spare)
        message = (
            f"{count_of(len(groups), 'picture')} more than once, pixel for pixel: "
            f"{count_of(spare, 'image')} could be dropped"
        )
        level: Level = "warning" if spare >= MANY * count else "note"
        examples = tuple(groups.members[:EXAMPLES].tolist())
        findings.append(Finding("duplicates", level, message, spare, examples))
    if len(near.pairs):
        message = f"{count_of(len(near.pairs), 'pair')} of nearly the same picture"
        examples = tuple(near.pairs.ravel().tolist())[:EXAMPLES]
        findings.append(Finding("near-duplicates", "note", message, len(near.pairs), examples))
    if near.is_capped:
        message = "not all pairs were compared, because there are too many: more may be alike"
        findings.append(Finding("near-capped", "note", message, len(near.pairs)))
    return findings
