"""Recorder: what a session leaves behind, from the first result to the last file."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from classifier_samples import card
from consumer_parts import CLASSES, SESSION, recalled, results, started
from message_examples import DIGEST
from quality_parts import Rows, measured, row, rows
from structlog.testing import capture_logs

from consumer.classifier.card import DoubtCard
from consumer.outcome import Outcome, Recorder
from consumer.results.drawing import decode_png
from consumer.settings import ConsumerSettings
from shared.balance import balance
from shared.errors import StoreError
from shared.messages import Accepted, Results, decode_consumer_message, encode_message
from shared.recording.reader import read_recording
from shared.reports import ConsumerCounts, ProducerCounts, Quantiles, QueueUse
from shared.scoring import score

LABELS = (0, 1, 2, -1, 0, 1)
QUEUE = QueueUse(capacity=8, high_water=2)
LAG = Quantiles(count=6, p50=1.0, p95=2.0, p99=3.0, max=4.0)


def _recorder(output: Path, *, classes: tuple[str, ...] = CLASSES) -> Recorder:
    return Recorder(ConsumerSettings(output=output), card(classes), started(frames=len(LABELS)))


def _recorded(recorder: Recorder, labels: tuple[int, ...] = LABELS) -> Results:
    for metric in recorder.metrics if labels else ():
        metric.update(results(0, labels))
    return recorder.results(_counts(labels), QUEUE, QueueUse(), LAG)


def _counts(labels: tuple[int, ...]) -> ConsumerCounts:
    rejected = labels.count(-1)
    return ConsumerCounts(
        received=len(labels),
        classified=len(labels) - rejected,
        unclassified=rejected,
        digest=DIGEST,
    )


def _accepted(posted: Results, *, stored: int, scored: bool = True) -> Accepted:
    counts = posted.counts
    producer = ProducerCounts(
        frames=counts.received,
        sent=counts.received,
        skipped=0,
        withdrawn=0,
        stored=stored,
        stored_classified=counts.classified,
        stored_unclassified=counts.unclassified,
        digest=DIGEST,
    )
    labels = np.array([0, 1, 2, 2, 0, 0], np.int16)
    return Accepted(
        session=SESSION,
        receipt=DIGEST,
        balance=balance(SESSION, producer, counts),
        score=score(labels, np.array(LABELS, np.int16), CLASSES) if scored else None,
    )


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_session_leaves_every_file_in_a_folder_of_its_own(tmp_path: Path) -> None:
    with capture_logs() as lines, _recorder(tmp_path) as recorder:
        posted = _recorded(recorder)
        outcome = recorder.finish(posted, _accepted(posted, stored=6))
    folder = tmp_path / SESSION
    assert outcome == Outcome("PASS", folder)
    assert _files(folder) == {
        "balance.json",
        "predictions.csv",
        "report.html",
        "samples.png",
        "score.json",
        "summary.json",
        *(f"samples/{name}" for name in ("00-shoe.png", "01-coat.png", "02-bag.png")),
        *(f"samples/{name}" for name in ("03-shoe.png", "04-coat.png")),
    }
    assert json.loads((folder / "balance.json").read_text())["verdict"] == "PASS"
    assert json.loads((folder / "score.json").read_text())["accuracy"] == pytest.approx(4 / 6)
    assert json.loads((folder / "summary.json").read_text())["counts"] == [2, 2, 1]
    with (folder / "predictions.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(int(line["label"]) for line in csv.DictReader(file)) == LABELS
    assert "PASS" in (folder / "report.html").read_text(encoding="utf-8")
    line = lines[0]
    assert len(lines) == 1
    assert (line["event"], line["verdict"], line["classified"]) == ("session-balanced", "PASS", 5)
    assert line["report"] == str(folder / "report.html")


def test_the_pictures_are_those_that_were_posted(tmp_path: Path) -> None:
    with _recorder(tmp_path) as recorder:
        posted = _recorded(recorder)
        recorder.finish(posted, _accepted(posted, stored=6))
    first = tmp_path / SESSION / "samples" / "00-shoe.png"
    assert first.read_bytes() == posted.samples[0].png
    sheet = decode_png((tmp_path / SESSION / "samples.png").read_bytes())
    height, width, _ = decode_png(first.read_bytes()).shape
    assert sheet.shape[0] > height and sheet.shape[1] > 5 * width


def test_what_is_posted_survives_the_post(tmp_path: Path) -> None:
    with _recorder(tmp_path) as recorder:
        posted = _recorded(recorder)
    assert decode_consumer_message(encode_message(posted)) == posted
    assert posted.summary.frames_queue == QUEUE
    assert posted.summary.latencies.send_lag == LAG
    assert posted.summary.model == "sample"
    assert [sample.name for sample in posted.samples[:3]] == list(CLASSES)


def test_a_session_taken_up_from_an_earlier_process_is_whole_but_for_its_samples(
    tmp_path: Path,
) -> None:
    with _recorder(tmp_path) as recorder:
        for metric in recorder.metrics:
            metric.recall(recalled(0, LABELS[:4]))
            metric.update(results(4, LABELS[4:]))
        recorder.acknowledge(6)
        posted = recorder.results(_counts(LABELS), QUEUE, QueueUse(), LAG)
        recorder.finish(posted, _accepted(posted, stored=6))
    assert (posted.summary.frames, posted.summary.counts) == (6, (2, 2, 1))
    assert posted.summary.rejected == {"not-readable": 1}
    assert [sample.sequence for sample in posted.samples] == [4, 5]
    with (tmp_path / SESSION / "predictions.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [int(line["sequence"]) for line in lines] == list(range(6))
    assert tuple(int(line["label"]) for line in lines) == LABELS


def test_an_unbalanced_session_fails_and_says_why(tmp_path: Path) -> None:
    with capture_logs() as lines, _recorder(tmp_path) as recorder:
        posted = _recorded(recorder)
        outcome = recorder.finish(posted, _accepted(posted, stored=5))
    assert outcome.verdict == "FAIL"
    reason = "producer: stored: expected 6 (sent), got 5"
    assert lines[0]["reasons"] == [reason]
    assert reason in (outcome.folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("labels", [(), (-1, -1)], ids=["no frame", "no label"])
def test_without_labels_there_are_no_samples_and_no_score(
    tmp_path: Path, labels: tuple[int, ...]
) -> None:
    with capture_logs() as lines, _recorder(tmp_path) as recorder:
        posted = _recorded(recorder, labels)
        accepted = _accepted(posted, stored=len(labels), scored=False)
        outcome = recorder.finish(posted, accepted)
    assert not posted.samples
    assert [line["event"] for line in lines[:-1]] == ["not-scored"] * bool(labels)
    assert lines[-1]["accuracy"] is None
    assert _files(outcome.folder) == {
        "balance.json",
        "predictions.csv",
        "report.html",
        "summary.json",
    }


def _line_of(tmp_path: Path, values: Rows, blank: set[int]) -> dict[str, object]:
    """What the last line says of a session whose frames measure this."""
    with capture_logs() as lines, _recorder(tmp_path) as recorder:
        for metric in recorder.metrics:
            metric.update(measured(values, blank=blank))
        posted = recorder.results(_counts((0,) * len(values)), QUEUE, QueueUse(), LAG)
        recorder.finish(posted, _accepted(posted, stored=len(values), scored=False))
    assert posted.summary.quality is not None
    kept = json.loads((tmp_path / SESSION / "summary.json").read_text())["quality"]
    assert kept["measured"] == len(values)
    return dict(lines[-1])


def test_frames_that_are_flagged_are_told_at_the_end(tmp_path: Path) -> None:
    values = np.concatenate([rows(300), rows(300, seed=1, brightness=118.0)])
    values[40] = row(contrast=1.0)
    line = _line_of(tmp_path, values, {30, 31})
    assert (line["event"], line["verdict"]) == ("session-balanced", "PASS")
    assert (line["blank"], line["outliers"], line["drifted"]) == (2, 1, ["brightness"])
    assert "saturated" not in line
    page = (tmp_path / SESSION / "report.html").read_text(encoding="utf-8")
    assert "Quality of the frames" in page and "Distribution of each measure" in page


def test_of_ordinary_frames_nothing_is_said_at_the_end(tmp_path: Path) -> None:
    line = _line_of(tmp_path, rows(60), set())
    assert not {"blank", "saturated", "outliers", "drifted"} & line.keys()


def test_the_models_doubt_is_in_every_file_that_tells_of_it(tmp_path: Path) -> None:
    coverage = DoubtCard(temperature=1.0, coverage=0.9, threshold=0.1, images=10)
    settings = ConsumerSettings(output=tmp_path)
    with Recorder(settings, card(CLASSES, doubt=coverage), started(frames=6)) as recorder:
        for metric in recorder.metrics:
            metric.recall(recalled(0, [1, -1], sets=((0, 1), ()), novelties=(0.75, 0.0)))
            metric.update(results(2, [2, 0], sets=[(2,), (0, 1, 2)], novelty=[0.5, 0.25]))
        posted = recorder.results(_counts((1, -1, 2, 0)), QUEUE, QueueUse(), LAG)
        recorder.finish(posted, _accepted(posted, stored=4))
    kept = json.loads((tmp_path / SESSION / "summary.json").read_text())["doubt"]
    assert (kept["coverage"], kept["frames"], kept["mean_set_size"]) == (0.9, 3, 2.0)
    assert (kept["set_sizes"], kept["novel"]) == ([1, 1, 1, 0], 2)
    page = (tmp_path / SESSION / "report.html").read_text(encoding="utf-8")
    assert "<h2>Doubt</h2>" in page and "Least certain" in page and "Most novel" in page
    with (tmp_path / SESSION / "predictions.csv").open(encoding="utf-8", newline="") as file:
        assert [line["set"] for line in csv.DictReader(file)] == ["0 1", "", "2", "0 1 2"]


def test_what_was_seen_is_kept_when_the_session_breaks(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="broken"), _recorder(tmp_path) as recorder:
        _recorded(recorder)
        raise RuntimeError("broken")
    assert _files(tmp_path / SESSION) == {"predictions.csv"}


def _recording(tmp_path: Path) -> Recorder:
    settings = ConsumerSettings(output=tmp_path, record=tmp_path / "mine.session")
    return Recorder(settings, card(CLASSES), started(frames=len(LABELS)))


def test_a_recording_is_kept_where_one_is_asked_for(tmp_path: Path) -> None:
    with _recording(tmp_path) as recorder:
        posted = _recorded(recorder)
        assert not (tmp_path / "mine.session").exists()
    recording = read_recording(tmp_path / "mine.session")
    assert recording.labels.tolist() == list(LABELS)
    assert posted.counts.received == len(LABELS)


def test_of_a_session_that_broke_no_recording_is_left(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="broken"), _recording(tmp_path) as recorder:
        _recorded(recorder)
        raise RuntimeError("broken")
    assert [path.name for path in tmp_path.iterdir()] == [SESSION]


def test_hostile_class_names_end_in_harmless_files(tmp_path: Path) -> None:
    classes = ("../../x", "<script>", "")
    with _recorder(tmp_path, classes=classes) as recorder:
        posted = _recorded(recorder)
        recorder.finish(posted, _accepted(posted, stored=6))
    folder = tmp_path / SESSION
    names = {name for name in _files(tmp_path) if "samples/" in name}
    assert names == {
        f"{SESSION}/samples/{name}.png"
        for name in ("00-x", "01-script", "02-class", "03-x", "04-script")
    }
    assert "<script" not in (folder / "report.html").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_made_is_named_before_the_session_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=f"cannot write at {tmp_path}/file/{SESSION}"):
        _recorder(tmp_path / "file")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with _recorder(tmp_path) as recorder:
        posted = _recorded(recorder)
        (tmp_path / SESSION / "report.html").mkdir()
        with pytest.raises(StoreError, match=f"cannot write at {tmp_path}/{SESSION}/report.html"):
            recorder.finish(posted, _accepted(posted, stored=6))


def test_the_library_for_plots_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, consumer.outcome; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
