"""The report of a session: one self-contained page."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from consumer.results.doubt_section import doubt_section
from consumer.results.doubtful import DoubtfulFrames
from consumer.results.levels import MeasureBins
from consumer.results.plots import (
    SHOWN_CLASSES,
    confidence_plot,
    counts_plot,
    latency_plot,
    quality_plot,
)
from shared.latency import LatencyBins
from shared.quality import Drift, MeasureName, MeasureQuality
from shared.reports import BalanceSheet, Quantiles, Sample, Score, Summary


@dataclass(frozen=True, slots=True)
class SessionReport:
    """All that the report of a session is made of.

    Args:
        dataset: what the producer calls the data set.
        origin: where it says that the data set came from.
        fps: frames a second that were agreed, 0 for as fast as possible.
        balance: both sides' counts and the verdict.
        score: how the predictions compare with the labels; None without labels.
        summary: the consumer's metrics.
        samples: the annotated samples, in order.
        stages: each stage's latency distribution.
        measures: the distribution of each measure of the frames' quality.
        doubtful: the frames that the model doubted most.
    """

    dataset: str
    origin: str
    fps: float
    balance: BalanceSheet
    score: Score | None
    summary: Summary
    samples: tuple[Sample, ...]
    stages: Mapping[str, LatencyBins]
    measures: Mapping[MeasureName, MeasureBins] = field(default_factory=dict)
    doubtful: DoubtfulFrames = DoubtfulFrames()


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the balance sheet; a side that does not count this has None.

    Where both sides count it, they must agree, unless ``compared`` is false.
    """

    name: str
    words: str
    ours: int | str | None
    theirs: int | str | None
    compared: bool = True

    @property
    def agrees(self) -> bool | None:
        """Whether both sides say the same; None where there is nothing to compare."""
        if not self.compared or self.ours is None or self.theirs is None:
            return None
        return self.ours == self.theirs


@dataclass(frozen=True, slots=True)
class _Cell:
    """One cell of the confusion matrix: frames, and their share of the true class, 0..1."""

    count: int
    share: float


def render_report(report: SessionReport) -> str:
    """The page as HTML: no script, and no request to anywhere.

    Class names, data set names and reasons come from users and peers; all are escaped.
    """
    environment = Environment(
        loader=PackageLoader("consumer.results"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = "{:,}".format
    environment.filters["worst_drift"] = _worst_drift
    summary, score = report.summary, report.score
    shown = () if score is None else _most_confused(score)
    return environment.get_template("report.html.j2").render(
        report=report,
        balance=report.balance,
        summary=summary,
        score=score,
        lines=_balance_lines(report.balance),
        wire=_wire_lines(report.balance),
        latencies=_latency_rows(summary),
        shown=shown,
        shown_limit=SHOWN_CLASSES,
        matrix=() if score is None else _matrix(score, shown),
        plots=_plots(report),
        doubt=doubt_section(
            summary.doubt,
            None if score is None else score.calibration,
            report.doubtful,
            summary.classes,
        ),
        samples=[(sample, base64.b64encode(sample.png).decode()) for sample in report.samples],
    )


def _balance_lines(balance: BalanceSheet) -> list[_Line]:
    ours, theirs = balance.producer, balance.consumer
    return [
        _Line("Frames", "of the session, as agreed or as stopped", ours.frames, None),
        _Line("Sent / received", "counted at each end of the wire", ours.sent, theirs.received),
        _Line("Skipped", "left out to keep the schedule", ours.skipped, None),
        _Line("Classified", "given a label", ours.stored_classified, theirs.classified),
        _Line(
            "Unclassified",
            "given a reason in place of a label",
            ours.stored_unclassified,
            theirs.unclassified,
        ),
        _Line("Stored", "on the producer's disk", ours.stored, None),
        _Line(
            "Withdrawn", "taken back by a stop", ours.withdrawn, theirs.withdrawn, compared=False
        ),
        _Line("Content digest", "of all pixels", ours.digest, theirs.digest),
    ]


def _wire_lines(balance: BalanceSheet) -> list[_Line]:
    ours, theirs = balance.producer.wire, balance.consumer.wire
    return [
        _Line(
            "Connections",
            "of the session at the producer, since its start at the consumer",
            ours.connections,
            theirs.connections,
            compared=False,
        ),
        _Line(
            "Frames", "on the wire, repeated ones too", ours.frames, theirs.frames, compared=False
        ),
        _Line("Duplicates", "of a number that had come before", None, theirs.duplicates),
        _Line("Corrupt", "with a wrong checksum or header", None, theirs.corrupt),
        _Line("Gaps", "frames missing before the one that came", None, theirs.gaps),
        _Line("Mismatches", "runs whose digest did not fit", ours.mismatches, None),
        *(
            _Line(f"Injected: {kind}", "made on request, by --chaos", count, None)
            for kind, count in sorted(ours.injected.items())
        ),
    ]


def _latency_rows(summary: Summary) -> list[tuple[str, str, Quantiles]]:
    found = summary.latencies
    stages = (
        ("Send lag", "sent later than the schedule asked", found.send_lag),
        ("Network", "from the producer's send to the consumer's receipt", found.network),
        ("Queue", "waiting for the analyst", found.queue),
        ("Classification", "until the frame's batch was classified", found.classification),
        ("End to end", "from the send until classified", found.end_to_end),
    )
    return [(name, words, stage) for name, words, stage in stages if stage is not None]


def _worst_drift(found: MeasureQuality) -> Drift | None:
    """The window that says most of a measure's drift."""
    drifts = [drift for drift in (found.worst, found.drift) if drift is not None]
    return max(drifts, key=lambda drift: (drift.drifted, drift.distance), default=None)


def _most_confused(score: Score) -> tuple[int, ...]:
    """The classes whose rows and columns are shown: all, or the twenty with most errors."""
    count = len(score.classes)
    if count <= SHOWN_CLASSES:
        return tuple(range(count))
    errors = [0] * count
    for true, row in enumerate(score.confusion):
        for given, frames in enumerate(row):
            if true != given:
                errors[true] += frames
                errors[given] += frames
    return tuple(sorted(sorted(range(count), key=lambda k: -errors[k])[:SHOWN_CLASSES]))


def _matrix(score: Score, shown: tuple[int, ...]) -> list[tuple[str, list[_Cell]]]:
    rows = []
    for true in shown:
        support = score.per_class[true].support
        counts = [score.confusion[true][given] for given in shown]
        cells = [_Cell(count, count / support if support else 0.0) for count in counts]
        rows.append((score.classes[true], cells))
    return rows


def _plots(report: SessionReport) -> dict[str, Markup]:
    """The SVG of each plot that has something to show; it is made here, so it is safe."""
    summary = report.summary
    plots = {}
    if report.stages:
        plots["latency"] = latency_plot(report.stages)
    if report.measures and summary.quality is not None:
        limits = {found.measure: (found.low, found.high) for found in summary.quality.measures}
        plots["quality"] = quality_plot(report.measures, limits)
    if any(summary.counts):
        plots["counts"] = counts_plot(summary.classes, summary.counts)
        plots["confidence"] = confidence_plot(summary.confidence_histogram)
    return {name: Markup(svg) for name, svg in plots.items()}
