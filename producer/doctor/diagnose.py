"""From a data set, or from the error that refused it, to its diagnosis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from producer.doctor.candidates import HASH_DISTANCE
from producer.doctor.diagnosis import (
    ClassCount,
    Diagnosis,
    Duplicates,
    Fault,
    NearDuplicates,
    NearPair,
    OddImage,
    Outliers,
    Problem,
)
from producer.doctor.duplicates import Groups, duplicate_groups
from producer.doctor.finding import EXAMPLES, Finding
from producer.doctor.labels import label_problems
from producer.doctor.near import DIFFERENCE, near_duplicates
from producer.doctor.near import NearDuplicates as Near
from producer.doctor.outliers import ROBUST_Z, Outlier, outliers
from producer.doctor.pixels import pixel_findings
from producer.doctor.repeats import repeat_findings
from producer.doctor.stages import Stage, quiet
from producer.doctor.subject import Subject
from producer.doctor.survey import survey
from producer.doctor.words import encodable, shown
from shared.errors import CatwalkError
from shared.intake.imageset import ImageSet


def diagnose(subject: Subject, *, stage: Stage = quiet) -> Diagnosis:
    """Look at the images of a data set and say what it holds and what may be wrong.

    Args:
        subject: the data set.
        stage: told how far the work is.
    """
    images = subject.images
    seen = survey(images, stage=stage)
    groups = duplicate_groups(seen.digests)
    # Of each picture the first that was measured, which need not be the first of its group.
    again = duplicate_groups(seen.digests[seen.chosen]).spare
    near = near_duplicates(seen, np.delete(np.arange(len(seen.chosen)), again), stage=stage)
    odd = outliers(seen)
    problems = label_problems(images, groups, near.pairs)
    findings = [
        *problems,
        *repeat_findings(len(images), groups, near),
        *pixel_findings(images, seen, odd),
    ]
    warnings = (*map(shown, subject.warnings), *_messages(findings, "warning"))
    height, width, channels = images.image_shape
    return Diagnosis(
        verdict="warnings" if warnings else "ok",
        path=encodable(subject.name),
        kind=subject.kind,
        layout=encodable(subject.layout),
        bytes=subject.size,
        images=len(images),
        height=height,
        width=width,
        channels=channels,
        dtype="uint8",
        pixel_range=(int(seen.extremes[:, 0].min()), int(seen.extremes[:, 1].max())),
        pixels_sha256=images.pixels_sha256(),
        digest=images.digest(),
        labels=0 if images.labels is None else len(images.labels),
        classes=tuple(map(encodable, images.classes)),
        class_balance=_balance(images),
        measured=len(seen.chosen),
        duplicates=_duplicates(groups),
        near_duplicates=_near(near),
        label_problems=tuple(map(_problem, problems)),
        outliers=_outliers(odd, subject.names),
        warnings=warnings,
        notes=_messages(findings, "note"),
        command=subject.command,
    )


def refused(name: str, error: CatwalkError) -> Diagnosis:
    """The diagnosis of what cannot be streamed: the error in its parts, and no figures."""
    place = error.at if error.where is None else error.where
    parts = (place, error.expected, error.got, error.hint)
    where, expected, got, hint = (None if part is None else shown(str(part)) for part in parts)
    fault = Fault(
        code=error.code,
        message=shown(str(error)),
        what=shown(error.what),
        where=where,
        offset=getattr(error, "offset", None),
        expected=expected,
        got=got,
        hint=hint,
        exit_code=error.exit_code,
    )
    return Diagnosis(verdict="refused", path=encodable(name), error=fault)


def _messages(findings: Sequence[Finding], level: str) -> tuple[str, ...]:
    return tuple(finding.message for finding in findings if finding.level == level)


def _balance(images: ImageSet) -> tuple[ClassCount, ...]:
    if images.labels is None:
        return ()
    counts = np.bincount(images.labels, minlength=len(images.classes)).tolist()
    return tuple(
        ClassCount(label=label, name=encodable(name), images=count)
        for label, (name, count) in enumerate(zip(images.classes, counts, strict=True))
    )


def _duplicates(groups: Groups) -> Duplicates:
    return Duplicates(
        groups=len(groups),
        images=len(groups.members),
        spare=len(groups.spare),
        examples=groups.examples,
    )


def _near(near: Near) -> NearDuplicates:
    groups = near.groups()
    columns = (near.pairs, near.distances, near.differences)
    closest = zip(*(column[:EXAMPLES].tolist() for column in columns), strict=True)
    return NearDuplicates(
        pairs=len(near.pairs),
        groups=len(groups),
        images=sum(map(len, groups)),
        capped=near.is_capped,
        max_hash_distance=HASH_DISTANCE,
        max_difference=DIFFERENCE,
        examples=tuple(
            NearPair(images=(left, right), hash_distance=bits, difference=round(difference, 4))
            for (left, right), bits, difference in closest
        ),
    )


def _problem(finding: Finding) -> Problem:
    return Problem(
        code=finding.code,
        level=finding.level,
        message=finding.message,
        count=finding.count,
        examples=finding.examples,
    )


def _outliers(found: Sequence[Outlier], names: Sequence[str]) -> Outliers:
    return Outliers(
        images=len(found),
        reasons=dict(Counter(outlier.reason for outlier in found)),
        min_score=ROBUST_Z,
        worst=tuple(_odd(outlier, names) for outlier in found[:EXAMPLES]),
    )


def _odd(outlier: Outlier, names: Sequence[str]) -> OddImage:
    return OddImage(
        index=outlier.index,
        name=encodable(names[outlier.index]) if names else None,
        reason=outlier.reason,
        value=outlier.value,
        median=outlier.median,
        score=outlier.score,
    )
