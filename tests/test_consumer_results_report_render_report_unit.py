"""render_report: a page that is whole, harmless and says what happened."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import numpy as np
from message_examples import DIGEST, SCORE, SESSION
from quality_parts import SATURATED, Rows, judged, row, rows
from result_parts import HOSTILE_NAMES, candidate, noise

from consumer.results.doubtful import DoubtfulFrame, DoubtfulFrames
from consumer.results.drawing import draw_sample
from consumer.results.report import SessionReport, render_report
from shared.balance import balance
from shared.doubt import Calibration, Doubt
from shared.latency import LatencyHistogram
from shared.reports import (
    ConsumerCounts,
    ConsumerWire,
    Latencies,
    ProducerCounts,
    ProducerWire,
    Quantiles,
    QueueUse,
    Summary,
)
from shared.scoring import score

VOID = {"meta", "img", "br"}
CLASSES = tuple(f"class {k}" for k in range(10))


class Page(HTMLParser):
    """Reads a page strictly: every tag that opens must close, in order.

    Args:
        page: the HTML.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag without content."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost tag, which must be this one."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note what is to be read, not the style."""
        if self._open and self._open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All that can be read, with single spaces."""
        return " ".join(" ".join(self.texts).split())


def _report(
    *, classes: tuple[str, ...] = CLASSES, frames: int = 50, received: int | None = None
) -> SessionReport:
    got = frames if received is None else received
    labels = np.arange(frames) % len(classes)
    predicted = np.where(labels == 3 % len(classes), 0, labels)
    histogram = LatencyHistogram()
    histogram.update(np.arange(1, frames + 1, dtype=np.int64) * 1_000_000)
    bins = histogram.bins()
    stages = ("network", "queue", "classification", "end_to_end") if frames else ()
    counts = np.bincount(predicted, minlength=len(classes))
    return SessionReport(
        dataset="garments",
        origin="made here",
        fps=10.0,
        balance=balance(
            SESSION,
            ProducerCounts(
                frames=frames,
                sent=frames,
                skipped=0,
                withdrawn=0,
                stored=frames,
                stored_classified=frames,
                stored_unclassified=0,
                digest=DIGEST,
            ),
            ConsumerCounts(received=got, classified=got, digest=DIGEST),
        ),
        score=score(labels, predicted, classes) if frames else None,
        summary=Summary(
            model="net",
            classes=classes,
            frames=frames,
            counts=tuple(counts.tolist()),
            mean_confidence=0.75 if frames else None,
            confidence_histogram=(*[0] * 15, frames, *[0] * 4),
            latencies=Latencies(**dict.fromkeys(stages, histogram.compute())),
            frames_queue=QueueUse(capacity=1024, high_water=7, waits=2),
        ),
        samples=tuple(
            draw_sample(candidate(k, image=noise(28, 28, seed=k)), classes)
            for k in range(min(10, len(classes)) if frames else 0)
        ),
        stages={stage: bins for stage in stages if bins is not None},
    )


def _page(report: SessionReport) -> Page:
    """The report as read; it must do nothing and ask for nothing."""
    html = render_report(report)
    assert html.startswith("<!DOCTYPE html>")
    page = Page(html)
    assert not {"script", "iframe", "object", "embed", "link", "form", "base"} & set(page.tags)
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("src", "href", "xlink:href"):
            assert value.startswith(("data:image/png;base64,", "#"))
    assert not re.search(r"url\((?!#)|@import", html)
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert ("content", policy) in page.attributes
    return page


def test_a_balanced_session_says_pass_and_shows_everything() -> None:
    report = _report()
    page = _page(report)
    for words in (
        f"Session {SESSION} PASS",
        "garments (made here), classified by net",
        "Every frame is accounted for: both sides counted the same frames and the same pixels.",
        "90.00 % of 50 frames were given their true class.",
        "50 of 50",
        "10 fps",
        f"Content digest of all pixels {DIGEST} {DIGEST} yes",
        "class 3 5 – 0.0 %",
        "Network from the producer's send to the consumer's receipt 25.",
        "Frames queue: at most 7 of 1,024 waiting; 2 puts had to wait.",
        "Mean confidence 0.750 over 50 frames.",
    ):
        assert words in page.text
    assert "FAIL" not in page.text
    assert page.tags.count("img") == 10
    assert page.tags.count("svg") == 3


def test_an_unbalanced_session_says_fail_and_every_reason() -> None:
    report = _report(received=48)
    page = _page(report)
    assert f"Session {SESSION} FAIL" in page.text
    assert "Not every frame is accounted for:" in page.text
    assert "Every frame is accounted for" not in page.text
    assert len(report.balance.reasons) == 2
    for reason in report.balance.reasons:
        assert reason in page.text
    assert "Sent / received counted at each end of the wire 50 48 no" in page.text


def test_what_crossed_the_wire_is_told_apart_from_what_counts() -> None:
    report = _report()
    producer = report.balance.producer.model_copy(
        update={
            "wire": ProducerWire(
                frames=61, connections=4, mismatches=2, injected={"reset": 1, "corrupt": 3}
            )
        }
    )
    consumer = report.balance.consumer.model_copy(
        update={"wire": ConsumerWire(frames=57, duplicates=5, corrupt=3, gaps=6, connections=2)}
    )
    page = _page(dataclasses.replace(report, balance=balance(SESSION, producer, consumer)))
    for words in (
        f"Session {SESSION} PASS",
        "On the wire",
        "The producer counts over the whole session, the consumer since its start",
        "Connections of the session at the producer, since its start at the consumer 4 2",
        "Frames on the wire, repeated ones too 61 57",
        "Duplicates of a number that had come before 5",
        "Corrupt with a wrong checksum or header 3",
        "Gaps frames missing before the one that came 6",
        "Mismatches runs whose digest did not fit 2",
        "Injected: corrupt made on request, by --chaos 3",
        "Injected: reset made on request, by --chaos 1",
    ):
        assert words in page.text


def test_ten_real_sized_samples_keep_the_page_small() -> None:
    smooth = np.add.outer(np.arange(28), np.arange(28)).astype(np.uint8)
    samples = tuple(draw_sample(candidate(k, image=smooth + 9 * k), CLASSES) for k in range(10))
    html = render_report(dataclasses.replace(_report(), samples=samples))
    assert len(html) < 600_000


def test_without_labels_it_says_so() -> None:
    page = _page(dataclasses.replace(_report(), score=None))
    assert "Not scored: the data set has no labels" in page.text
    assert "not scored" in page.text
    assert "Confusion matrix" not in page.text


def test_a_session_without_frames_has_a_report() -> None:
    page = _page(_report(frames=0))
    assert "PASS" in page.text
    assert "No frame was received." in page.text
    assert not {"img", "svg"} & set(page.tags)


def test_a_session_without_labelled_frames_shows_causes_and_latency() -> None:
    report = _report()
    summary = report.summary.model_copy(
        update={"counts": (0,) * 10, "mean_confidence": None, "rejected": {"too-large": 50}}
    )
    page = _page(dataclasses.replace(report, summary=summary, samples=()))
    assert "Frames that could not be classified Cause Frames too-large 50" in page.text
    assert page.tags.count("svg") == 1


def test_latency_is_a_table_where_there_is_no_distribution() -> None:
    report = dataclasses.replace(_report(), stages={})
    assert "Network from" in _page(report).text


def test_full_speed_and_send_lag_are_named() -> None:
    report = _report()
    lag = Quantiles(count=1, p50=1.25, p95=2.0, p99=3.0, max=4.0)
    latencies = report.summary.latencies.model_copy(update={"send_lag": lag})
    summary = report.summary.model_copy(update={"latencies": latencies})
    page = _page(dataclasses.replace(report, fps=0.0, summary=summary))
    assert "full speed" in page.text
    assert "sent later than the schedule asked 1.250 2.000 3.000 4.000" in page.text


def test_hostile_names_are_shown_and_do_nothing() -> None:
    report = dataclasses.replace(
        _report(classes=HOSTILE_NAMES), dataset=HOSTILE_NAMES[0], origin=HOSTILE_NAMES[-1]
    )
    html, page = render_report(report), _page(report)
    assert "<script" not in html
    for name in (HOSTILE_NAMES[0], HOSTILE_NAMES[1], HOSTILE_NAMES[2], HOSTILE_NAMES[-1]):
        assert page.texts.count(name) >= 3
    assert f"{HOSTILE_NAMES[0]} ({HOSTILE_NAMES[-1]}), classified by net" in page.text


def test_of_a_thousand_classes_the_twenty_most_confused_are_shown() -> None:
    names = tuple(f"class {k}" for k in range(1000))
    page = _page(_report(classes=names, frames=2000))
    assert "The 20 most confused of 1,000 classes." in page.text
    assert "Frames given each class: the 20 most frequent of 1,000" in page.text
    assert "Each of 1,000 classes" in page.text
    assert page.attributes.count(("class", "hit")) == 20
    # The confused ones are in the table of classes, a row and a column; class 0 is in a plot too.
    assert page.texts.count("class 3") == 3
    assert page.texts.count("class 0") == 4


def test_a_class_that_never_occurs_has_an_empty_row() -> None:
    report = _report()
    assert report.score is not None
    rare = score(np.array([0]), np.array([1]), CLASSES)
    page = _page(dataclasses.replace(report, score=rare))
    assert "class 9 0 – –" in page.text


def _with_quality(values: Rows, blank: set[int], *, frames: int) -> Page:
    metric = judged(values, blank=blank)
    report = _report(frames=frames)
    summary = report.summary.model_copy(update={"quality": metric.compute()})
    return _page(dataclasses.replace(report, summary=summary, measures=metric.bins()))


def test_flagged_frames_and_drift_are_told_and_drawn() -> None:
    values = np.concatenate([rows(300), rows(300, seed=1, brightness=118.0)])
    values[40], values[50] = row(**SATURATED), row(contrast=1.0)
    page = _with_quality(values, {30}, frames=600)
    for words in (
        "3 of 600 measured frames are flagged : 1 blank, 1 saturated, 1 far from the others.",
        "Drifted: brightness.",
        "Every frame was classified and counted all the same.",
        "30 30 blank",
        "40 40 saturated clipped bright 0.45 below 0.3",
        "50 50 outlier contrast 1",
        "clipped dark 0.",
        "from frame 344",
    ):
        assert words in page.text
    assert "are not measured" not in page.text
    assert page.tags.count("svg") == 4


def test_ordinary_frames_are_said_to_be_so() -> None:
    page = _with_quality(rows(40), set(), frames=50)
    assert "None of 40 measured frames is blank, saturated or far from the others." in page.text
    assert "Frames that an earlier process has received, or that could not be" in page.text
    assert "Flagged frames" not in page.text
    assert "Drifted" not in page.text


def test_of_many_flagged_frames_it_is_said_how_many_are_shown() -> None:
    page = _with_quality(rows(50), set(range(25)), frames=50)
    assert "The first 20 of 25" in page.text


def test_of_few_frames_there_are_no_limits() -> None:
    page = _with_quality(rows(5), set(), frames=5)
    assert "None of 5 measured frames" in page.text


def test_a_session_that_was_not_measured_has_no_such_section() -> None:
    assert "Quality of the frames" not in _page(_report()).text


def _with_doubt(doubt: Doubt, calibration: Calibration | None, frames: DoubtfulFrames) -> Page:
    report = _report()
    assert report.score is not None
    return _page(
        dataclasses.replace(
            report,
            summary=report.summary.model_copy(update={"doubt": doubt}),
            score=report.score.model_copy(update={"calibration": calibration}),
            doubtful=frames,
        )
    )


def test_doubt_is_told_compared_drawn_and_shown() -> None:
    doubt = Doubt(
        coverage=0.99,
        frames=50,
        mean_set_size=1.25,
        set_sizes=(40, 8, 1, 1),
        novel=2,
        novelty_histogram=(48, *[0] * 18, 2),
    )
    uncertain = DoubtfulFrame(candidate(3), (2, 3), 0.125)
    frames = DoubtfulFrames((uncertain,), (DoubtfulFrame(candidate(1), (), 0.975),))
    page = _with_doubt(doubt, SCORE.calibration, frames)
    for words in (
        "50 frames have a set of classes that they may show; 99.0 % of such sets are to hold",
        "A set has 1.25 classes on average.",
        "2 of 50 frames are novel : less like what the model was trained on than 99 % of",
        "true classes of 2 frames, 100.0 % of 2 sets hold the true one, and confidence and",
        "25.00 percentage points apart on average (expected calibration error of 15 bins)",
        "Frames by the size of their set",
        "Frames by novelty",
        "Share of right labels by confidence",
        "Least certain frame 5, image 1005, novelty 0.12: class 2, class 3",
        "Most novel frame 5, image 1005, novelty 0.97",
    ):
        assert words in page.text
    assert page.tags.count("svg") == 6
    assert page.tags.count("img") == 12


def test_of_doubt_only_what_there_is_is_told() -> None:
    sets = Doubt(frames=3, mean_set_size=1.0, set_sizes=(3, 0, 0, 0))
    page = _with_doubt(sets, None, DoubtfulFrames())
    assert "3 frames have a set of classes that they may show. A set has 1.00" in page.text
    assert "novel" not in page.text and "Compared with the true classes" not in page.text
    novelties = Doubt(frames=3, novelty_histogram=(3, *[0] * 19))
    assert SCORE.calibration is not None
    blind = SCORE.calibration.model_copy(update={"sets": 0, "coverage": None})
    page = _with_doubt(novelties, blind, DoubtfulFrames())
    assert "None of 3 frames is novel." in page.text
    assert "true classes of 2 frames, confidence and accuracy are 25.00" in page.text
    assert "have a set" not in page.text


def test_a_model_that_says_nothing_of_doubt_has_no_such_section() -> None:
    assert "Doubt" not in _page(_report()).text
