"""What a session comes to: gathered while it runs, posted and written when it ends."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import structlog

from consumer.classifier.card import ModelCard
from consumer.progress import ProgressDisplay
from consumer.results.doubt import DoubtMetric
from consumer.results.doubtful import DoubtfulSelector
from consumer.results.drawing import contact_sheet, decode_png, draw_sample, encode_png
from consumer.results.folder import PART, PredictionsWriter, ResultsFolder, slug
from consumer.results.quality import QualityMetric
from consumer.results.recording import SessionRecording
from consumer.results.selection import SampleSelector
from consumer.results.summary import SummaryMetric
from consumer.session.accounts import Metric
from consumer.settings import ConsumerSettings
from shared.messages import Accepted, Results, Started
from shared.quality import Quality
from shared.reports import ConsumerCounts, Quantiles, QueueUse

log = structlog.get_logger()

MAX_SHEET_BYTES = 4 * 1024 * 1024
"""Nobody receives the sheet of all samples; it need only be quick to open."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a session ended.

    Args:
        verdict: of the balance sheet.
        folder: where its files are.
    """

    verdict: Literal["PASS", "FAIL"]
    folder: Path


class Recorder:
    """Keeps what a session leaves behind; a context manager while the session runs.

    Args:
        settings: where to write, and the seed of the choice of samples.
        card: the model's card.
        started: the session.
    """

    def __init__(self, settings: ConsumerSettings, card: ModelCard, started: Started) -> None:
        self._started = started
        self._classes = card.classes
        self._folder = ResultsFolder(settings.output / started.session)
        self._summary = SummaryMetric(card.name, card.classes)
        self._quality = QualityMetric()
        self._selector = SampleSelector(seed=settings.seed)
        self._doubt = DoubtMetric(None if card.doubt is None else card.doubt.coverage)
        self._doubtful = DoubtfulSelector()
        self._predictions = PredictionsWriter(
            self._folder.path / "predictions.csv", card.classes, part=f"{started.epoch}.{PART}"
        )
        self._display = ProgressDisplay(started.frames, card.classes)
        self._recording = None
        if settings.record is not None:
            self._recording = SessionRecording(
                settings.record, started, model=card.name, classes=card.classes
            )
        self._open = ExitStack()

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What wants to see every result that is stored."""
        metrics = (
            self._summary,
            self._quality,
            self._selector,
            self._doubt,
            self._doubtful,
            self._predictions,
            self._display,
        )
        return metrics if self._recording is None else (*metrics, self._recording)

    def __enter__(self) -> Self:
        """Begin to record."""
        self._open.enter_context(self._predictions)
        self._open.enter_context(self._display)
        if self._recording is not None:
            self._open.enter_context(self._recording)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what is open; the lines written so far stay, a recording only if it is whole."""
        with self._open:
            if kind is None and self._recording is not None:
                self._recording.finish()
        if kind is None:
            self._folder.tidy()

    def acknowledge(self, stored: int) -> None:
        """Show how many frames the producer has stored."""
        self._display.acknowledge(stored)

    def results(
        self,
        counts: ConsumerCounts,
        frames_queue: QueueUse,
        results_queue: QueueUse,
        send_lag: Quantiles | None,
    ) -> Results:
        """What is posted to the producer."""
        return Results(
            session=self._started.session,
            counts=counts,
            summary=self._summary.compute(
                frames_queue=frames_queue,
                results_queue=results_queue,
                send_lag=send_lag,
                quality=self._quality.compute(),
                doubt=self._doubt.compute(),
            ),
            samples=tuple(
                draw_sample(candidate, self._classes) for candidate in self._selector.select()
            ),
        )

    def finish(self, results: Results, accepted: Accepted) -> Outcome:
        """Write every file of the session's folder.

        Raises:
            StoreError: the folder cannot be written.
        """
        folder = self._folder
        folder.write("summary.json", results.summary.model_dump_json(indent=2) + "\n")
        folder.write("balance.json", accepted.balance.model_dump_json(indent=2) + "\n")
        if accepted.score is not None:
            folder.write("score.json", accepted.score.model_dump_json(indent=2) + "\n")
        elif results.counts.received:
            log.info(
                "not-scored", reason="the data set has no labels, or classes that the model lacks"
            )
        self._write_samples(results)
        folder.write("report.html", self._report(results, accepted))
        log.info(
            "session-balanced",
            verdict=accepted.balance.verdict,
            reasons=list(accepted.balance.reasons),
            accuracy=accepted.score and accepted.score.accuracy,
            classified=results.counts.classified,
            report=str(folder.path / "report.html"),
            **_flags(results.summary.quality),
        )
        return Outcome(accepted.balance.verdict, folder.path)

    def _write_samples(self, results: Results) -> None:
        for place, sample in enumerate(results.samples):
            self._folder.write(f"samples/{place:02d}-{slug(sample.name)}.png", sample.png)
        if results.samples:
            pictures = [decode_png(sample.png) for sample in results.samples]
            sheet = encode_png(contact_sheet(pictures), limit=MAX_SHEET_BYTES)
            self._folder.write("samples.png", sheet)

    def _report(self, results: Results, accepted: Accepted) -> str:
        # Imported here because the plots' library takes its time, and the session is over by now.
        from consumer.results.report import SessionReport, render_report

        return render_report(
            SessionReport(
                dataset=self._started.dataset,
                origin=self._started.origin,
                fps=self._started.fps,
                balance=accepted.balance,
                score=accepted.score,
                summary=results.summary,
                samples=results.samples,
                stages=self._summary.latency_bins(),
                measures=self._quality.bins(),
                doubtful=self._doubtful.select(),
            )
        )


def _flags(quality: Quality | None) -> dict[str, int | list[str]]:
    """What is to be said of the frames' quality: only what is wrong with it."""
    if quality is None:
        return {}
    counts = {name: getattr(quality, name) for name in ("blank", "saturated", "outliers")}
    flags: dict[str, int | list[str]] = {name: count for name, count in counts.items() if count}
    return flags | ({"drifted": list(quality.drifted)} if quality.drifted else {})
