"""settle balances both sides, scores where it can, and gives a receipt."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from message_examples import png
from producer_parts import CLASSES, SESSION, crc_of, crcs_of, image_set, plan, predictions, results
from structlog.testing import capture_logs

from producer.ledger.records import StoredPredictions
from producer.sessions.plan import Standing
from producer.sessions.session import SessionCore
from producer.sessions.settlement import settle
from shared.errors import MessageError
from shared.intake.imageset import ImageSet
from shared.messages import Accepted, Results, receipt
from shared.reports import ProducerWire, Sample
from shared.sets import ClassSets

IMAGES = image_set(6)


def _core(images: ImageSet, labels: Sequence[int], *, sent: int | None = None) -> SessionCore:
    """A session of which as many frames were stored as there are labels."""
    core = SessionCore(plan(sent or len(labels), images=len(images)))
    core.attach()
    for crc in crcs_of(images, range(sent or len(labels))):
        core.frame_sent(crc, 0)
    core.predict(predictions(crcs_of(images, range(len(labels))), labels=labels))
    core.run_stored(len(labels))
    if sent:
        core.stop(len(labels))
    return core


def _stored(labels: Sequence[int], positions: Sequence[int]) -> StoredPredictions:
    """Predictions of frames that stand at these places of the schedule."""
    return StoredPredictions(
        labels=np.array(labels, np.int16),
        confidences=np.full(len(labels), 0.5, np.float32),
        positions=np.array(positions, np.int64),
        sent_ns=np.zeros(len(labels), np.int64),
        reasons={k: "too-large" for k, label in enumerate(labels) if label < 0},
    )


def _settle(
    labels: Sequence[int],
    *,
    images: ImageSet = IMAGES,
    classes: tuple[str, ...] = CLASSES,
    posted: Results | None = None,
    sent: int | None = None,
) -> Accepted:
    core = _core(images, labels, sent=sent)
    fitting = results(
        crcs_of(images, range(len(labels))), unclassified=sum(label < 0 for label in labels)
    )
    stored = _stored(labels, range(len(labels)))
    return settle(core, posted or fitting, stored, images=images, classes=classes)


def _sample(sequence: int) -> Sample:
    return Sample(
        sequence=sequence,
        index=0,
        label=0,
        name="shoe",
        confidence=0.5,
        png=base64.b64encode(png(2, 1)),
    )


def test_both_sides_agree_and_all_labels_are_right() -> None:
    accepted = _settle([0, 1, 2, 0, 1, 2])
    assert accepted.session == SESSION
    assert (accepted.balance.verdict, accepted.balance.reasons) == ("PASS", ())
    assert accepted.balance.producer.stored == 6
    assert accepted.score is not None
    assert (accepted.score.accuracy, accepted.score.scored) == (1.0, 6)


def test_unclassified_frames_are_stored_with_a_reason_and_count_as_wrong() -> None:
    accepted = _settle([0, 1, -1, 0, 1, -1])
    producer = accepted.balance.producer
    assert (producer.stored_classified, producer.stored_unclassified) == (4, 2)
    assert accepted.balance.verdict == "PASS"
    assert accepted.score is not None
    assert accepted.score.accuracy == pytest.approx(4 / 6)


def test_a_consumer_that_counts_otherwise_gets_fail_with_every_reason() -> None:
    short = results(crcs_of(IMAGES, range(6)), received=5)
    sheet = _settle([0, 1, 2, 0, 1, 2], posted=short).balance
    assert sheet.verdict == "FAIL"
    assert sheet.reasons == (
        "consumer: received: expected 6 (sent), got 5",
        "producer: stored with a label: expected 5 (classified), got 6",
    )


def test_a_consumer_with_another_digest_gets_fail() -> None:
    other = results([1, 2, 3, 4, 5, 6])
    (reason,) = _settle([0, 1, 2, 0, 1, 2], posted=other).balance.reasons
    assert reason.startswith("content digest: expected ")


def test_a_stopped_session_balances_over_the_frames_that_are_left() -> None:
    accepted = _settle([0, 1, 2], sent=5)
    producer = accepted.balance.producer
    assert (producer.frames, producer.sent, producer.withdrawn, producer.stored) == (3, 3, 2, 3)
    assert accepted.balance.verdict == "PASS"


def test_classes_in_another_order_are_matched_by_name() -> None:
    accepted = _settle([1, 0, 2, 1, 0, 2], classes=("coat", "shoe", "bag"))
    assert accepted.score is not None
    assert (accepted.score.accuracy, accepted.score.classes) == (1.0, CLASSES)


def test_a_model_without_class_names_is_scored_by_number() -> None:
    accepted = _settle([0, 1, 2, 0, 1, 1], classes=())
    assert accepted.score is not None
    assert accepted.score.accuracy == pytest.approx(5 / 6)


def test_a_session_longer_than_the_data_set_is_scored_over_its_repetitions() -> None:
    images = image_set(4)
    accepted = _settle([0, 1, 2, 0] * 2 + [0, 1], images=images)
    assert accepted.score is not None
    assert (accepted.score.accuracy, accepted.score.scored) == (1.0, 10)


def test_a_data_set_without_labels_gives_no_score() -> None:
    accepted = _settle([0, 1, 2], images=image_set(labels=False))
    assert accepted.score is None
    assert accepted.balance.verdict == "PASS"


def test_a_model_with_other_classes_gives_no_score_and_a_line_in_the_log() -> None:
    with capture_logs() as logs:
        accepted = _settle([0, 1, 2], classes=("cat", "dog", "bag"))
    assert accepted.score is None
    assert logs == [
        {
            "event": "not-scored",
            "log_level": "warning",
            "session": SESSION,
            "reason": "the model and the data set have different classes",
            "model": ["cat", "dog", "bag"],
            "dataset": list(CLASSES),
        }
    ]


def test_the_same_content_has_the_same_receipt_and_other_content_another() -> None:
    first, again = _settle([0, 1, 2]), _settle([0, 1, 2])
    assert first.receipt == again.receipt == receipt(results(crcs_of(IMAGES, range(3))))
    with_sample = results(crcs_of(IMAGES, range(3)), samples=(_sample(0),))
    assert _settle([0, 1, 2], posted=with_sample).receipt != first.receipt


@pytest.mark.parametrize("shown", [(3,), (0, 7), (1, 1)])
def test_samples_of_frames_that_are_not_or_are_shown_twice_are_refused(
    shown: tuple[int, ...],
) -> None:
    samples = tuple(_sample(sequence) for sequence in shown)
    posted = results(crcs_of(IMAGES, range(3)), samples=samples)
    with pytest.raises(
        MessageError, match="wrong samples .*expected different frames below 3"
    ) as e:
        _settle([0, 1, 2], posted=posted)
    assert e.value.got == f"frames {list(shown)}"


def test_with_skips_each_frame_is_scored_by_the_image_it_showed() -> None:
    core = SessionCore(plan(9, fps=10.0, delivery="newest"))
    core.attach()
    shown = [0, 1, 4, 7]
    for place in range(9):
        if place in shown:
            core.frame_sent(crc_of(IMAGES, place), 0)
        else:
            core.frame_skipped()
    crcs = [crc_of(IMAGES, place) for place in shown]
    labels = [0, 1, 1, 1]
    core.predict(predictions(crcs, labels=labels))
    core.run_stored(4)
    stored = _stored(labels, shown)
    accepted = settle(core, results(crcs), stored, images=IMAGES, classes=CLASSES)
    producer = accepted.balance.producer
    assert (producer.frames, producer.sent, producer.skipped) == (9, 4, 5)
    assert accepted.balance.verdict == "PASS"
    # Places 1, 4 and 7 show the images 1, 4 and 1, whose labels are all 1.
    assert accepted.score is not None and accepted.score.accuracy == 1.0


def test_what_crossed_the_wire_stands_on_the_sheet_and_decides_nothing() -> None:
    wire = ProducerWire(frames=20, connections=1, mismatches=3, injected={"drop": 2})
    core = SessionCore(plan(3, epoch=4), standing=Standing(wire=wire))
    core.attach()
    crcs = crcs_of(IMAGES, range(3))
    for crc in crcs:
        core.frame_sent(crc, 0)
    core.predict(predictions(crcs, epoch=4))
    core.run_stored(3)
    sheet = settle(
        core, results(crcs), _stored([0, 1, 2], range(3)), images=IMAGES, classes=CLASSES
    ).balance
    assert (sheet.verdict, sheet.producer.sent) == ("PASS", 3)
    assert sheet.producer.wire == ProducerWire(
        frames=23, connections=4, mismatches=3, injected={"drop": 2}
    )


def test_who_tells_of_doubt_gets_its_calibration() -> None:
    labels = [0, 1, 1, 0, 1, 2]
    stored = dataclasses.replace(
        _stored(labels, range(6)), sets=ClassSets.of([(k, 2) if k < 2 else (k,) for k in labels])
    )
    core, posted = _core(IMAGES, labels), results(crcs_of(IMAGES, range(6)))
    found = settle(core, posted, stored, images=IMAGES, classes=CLASSES).score
    assert found is not None and found.calibration is not None
    # Five of six are right at confidence 0.5; the wrong one has the true class in its set.
    assert found.calibration.error == pytest.approx(5 / 6 - 0.5)
    assert (found.calibration.frames, found.calibration.coverage) == (6, 1.0)
    assert found.calibration.mean_set_size == pytest.approx(11 / 6)


def test_novelties_alone_are_doubt_and_have_no_sets() -> None:
    stored = dataclasses.replace(_stored([0, 1], range(2)), novelties=np.zeros(2, np.float32))
    posted = results(crcs_of(IMAGES, range(2)))
    core = _core(IMAGES, [0, 1])
    found = settle(core, posted, stored, images=IMAGES, classes=CLASSES).score
    assert found is not None and found.calibration is not None
    assert (found.calibration.sets, found.calibration.coverage) == (0, None)


def test_who_tells_nothing_of_doubt_gets_the_score_that_earlier_versions_gave() -> None:
    found = _settle([0, 1, 2]).score
    assert found is not None and found.calibration is None
