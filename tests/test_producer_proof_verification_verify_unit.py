"""verify recomputes a session from its rows; every figure that was changed is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from databases import SQLITE, fresh_database
from ledger_parts import CLASSES, IMAGES, SESSION, Script, connected, record, write_session
from sqlalchemy import Connection

from producer.ledger.account import Account, KeptAnswer, KeptRun, read_account
from producer.ledger.records import Skip
from producer.ledger.runs import append
from producer.ledger.sessions import create
from producer.recorder import record_session
from producer.proof.verification import Verification, verify
from shared.intake.imageset import ImageSet
from shared.recording.reader import read_recording
from shared.recording.recording import Recording

OTHERS = ImageSet(255 - IMAGES.stack, IMAGES.labels, CLASSES)


@pytest.fixture(name="connection")
def connect(tmp_path: Path) -> Iterator[Connection]:
    """A connection to an empty ledger."""
    with fresh_database(SQLITE, tmp_path) as url, connected(url) as connection:
        yield connection


@pytest.fixture(name="account")
def settled(connection: Connection) -> Account:
    """A session whose accounts are right."""
    write_session(connection)
    return read_account(connection, SESSION)


def _outcomes(found: Verification, outcome: str) -> list[str]:
    return [check.name for check in found.checks if check.outcome == outcome]


def test_a_session_whose_accounts_are_right_passes_in_everything(account: Account) -> None:
    found = verify(account, IMAGES)
    assert (found.session, found.verdict, found.reasons) == (SESSION, "PASS", ())
    assert _outcomes(found, "ok") == [check.name for check in found.checks]
    assert len(found.checks) == 16


@pytest.mark.parametrize("images", [None, OTHERS])
def test_without_its_data_set_it_passes_and_says_what_was_not_checked(
    account: Account, images: ImageSet | None
) -> None:
    found = verify(account, images)
    assert found.verdict == "PASS"
    assert _outcomes(found, "unchecked") == ["digests of the runs", "content digest", "score"]
    details = {check.detail for check in found.checks if check.outcome == "unchecked"}
    assert details == {
        "no data set was given" if images is None else "the data set at hand is another"
    }


def test_a_session_without_results_is_unfinished(connection: Connection) -> None:
    create(connection, record())
    append(connection, Script().run([0, 1], Skip(0, 3)))
    found = verify(read_account(connection, SESSION), IMAGES)
    assert (found.verdict, found.reasons) == (
        "UNFINISHED",
        ("opened: 5 of 100 frames, no results yet",),
    )
    assert _outcomes(found, "wrong") == []


def test_a_session_without_frames_is_unfinished(connection: Connection) -> None:
    create(connection, record())
    assert verify(read_account(connection, SESSION)).verdict == "UNFINISHED"


def _with_run(account: Account, place: int, **changes: Any) -> Account:
    runs = list(account.runs)
    runs[place] = replace(runs[place], **changes)
    return replace(account, runs=tuple(runs))


def _answer(account: Account) -> KeptAnswer:
    assert account.answer is not None
    return account.answer


def _with_answer(account: Account, part: str, **changes: Any) -> Account:
    answer = _answer(account)
    changed: dict[str, Any] = {part: {**getattr(answer, part), **changes}}
    return replace(account, answer=replace(answer, **changed))


def _balance(account: Account, side: str, **changes: Any) -> Account:
    changed = {**_answer(account).balance[side], **changes}
    return _with_answer(account, "balance", **{side: changed})


def _other_label(account: Account) -> Account:
    return _with_run(account, 0, labels=np.array([2, 1, -1], "<i2").tobytes())


CHANGES: dict[str, tuple[Callable[[Account], Account], str]] = {
    "a run is missing": (
        lambda account: replace(account, runs=account.runs[1:]),
        "runs of predictions: expected a run from frame 0, got one from 3",
    ),
    "a run is there twice": (
        lambda account: replace(account, runs=(account.runs[0], *account.runs)),
        "runs of predictions: expected a run from frame 3, got one from 0",
    ),
    "a run is of a later epoch": (
        lambda account: _with_run(account, 1, epoch=2),
        "runs of predictions: run 3: expected epoch 1..1, got 2",
    ),
    "a run has half an element": (
        lambda account: _with_run(account, 1, confidences=b"12345"),
        "expected 4 bytes for each of 3 confidences, got 5 in all",
    ),
    "a run has too few times": (
        lambda account: _with_run(account, 1, sent_ns=bytes(8)),
        "expected 8 bytes for each of 3 times, got 8 in all",
    ),
    "a run is empty": (
        lambda account: _with_run(account, 1, labels=b"", confidences=b"", sent_ns=b""),
        "expected 1..256 frames, got 0",
    ),
    "a label is none": (
        lambda account: _with_run(account, 1, labels=np.array([2, 0, 1000], "<i2").tobytes()),
        "labels 0..1000",
    ),
    "a confidence is none": (
        lambda account: _with_run(
            account, 1, confidences=np.array([0.5, np.nan, 0.5], "<f4").tobytes()
        ),
        "a confidence outside 0..1",
    ),
    "a reason is missing": (
        lambda account: _with_run(account, 0, reasons={}),
        "not exactly the frames without a label have a reason",
    ),
    "a digest is none": (lambda account: _with_run(account, 0, digest="x" * 32), "no digest"),
    "fewer are stored than it says": (
        lambda account: replace(account, stored=7),
        "frames stored: expected 6, got 7",
    ),
    "more have a label than it says": (
        lambda account: replace(account, unclassified=2),
        "frames without a label: expected 1, got 2",
    ),
    "a skip is lost": (
        lambda account: replace(account, skips=account.skips[:-1]),
        "frames skipped: expected 2, got 3",
    ),
    "skips overlap": (
        lambda account: replace(account, skips=(Skip(3, 2), Skip(4, 1))),
        "skipped ranges: 1 from 4 on, after those before 5",
    ),
    "a skip is beyond the end": (
        lambda account: replace(account, skips=(*account.skips[:2], Skip(9, 1))),
        "skipped ranges: up to 10 of 9 frames",
    ),
    "something was skipped where nothing may be": (
        lambda account: replace(account, record=replace(account.record, delivery="every")),
        "skipped ranges: delivery every skips nothing",
    ),
    "frames are missing at the end": (
        lambda account: replace(account, record=replace(account.record, frames=10)),
        "frames sent + skipped: expected 10, got 9",
    ),
    "it has more frames than planned": (
        lambda account: replace(account, planned=8),
        "frames at most as planned: planned 8, now 9",
    ),
    "the digest of a run is another's": (
        lambda account: _with_run(account, 0, digest="a" * 32),
        "digests of the runs: run 0: expected ",
    ),
    "the content digest is another's": (
        lambda account: replace(account, digest="a" * 32),
        "content digest: expected ",
    ),
    "it is accepted without results": (
        lambda account: replace(account, answer=None),
        "accepted: expected True, got False",
    ),
    "it has results and is not accepted": (
        lambda account: replace(account, state="suspended"),
        "accepted: expected False, got True",
    ),
    "the balance sheet counts others": (
        lambda account: _balance(account, "producer", stored=7),
        "balance sheet: producer: expected ",
    ),
    "the balance sheet hides a failure": (
        lambda account: _balance(account, "consumer", received=7, classified=6),
        "balance sheet: verdict: expected FAIL, got PASS",
    ),
    "the summary counts others": (
        lambda account: _with_answer(account, "summary", counts=[2, 1, 2]),
        "summary metrics: counts: expected (2, 2, 1), got (2, 1, 2)",
    ),
    "the summary has another mean": (
        lambda account: _with_answer(account, "summary", mean_confidence=0.25),
        "summary metrics: mean confidence: expected 0.5, got 0.25",
    ),
    "a sample shows a frame that is not there": (
        lambda account: replace(account, samples=(replace(account.samples[0], sequence=6),)),
        "samples: frame 6 is not stored",
    ),
    "a sample has another label": (
        lambda account: replace(account, samples=(replace(account.samples[0], label=2),)),
        "samples: frame 4: expected label 0, got 2",
    ),
    "a sample shows another image": (
        lambda account: replace(account, samples=(replace(account.samples[0], index=4),)),
        "samples: frame 4 does not show image 4",
    ),
    "there are too many samples": (
        lambda account: replace(account, samples=account.samples * 6),
        "samples: expected at most 10, got 12",
    ),
    "a sample is lost": (
        lambda account: replace(account, samples=account.samples[:1]),
        "receipt: expected ",
    ),
    "a label was changed": (_other_label, "score: expected accuracy "),
    "the score is lost": (
        lambda account: replace(account, answer=replace(_answer(account), score=None)),
        "score: expected one, got none",
    ),
    "the summary is none": (
        lambda account: _with_answer(account, "summary", frames="six"),
        "form of the results: frames: ",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_was_changed_fails_with_the_reason(account: Account, change: str) -> None:
    make, reason = CHANGES[change]
    found = verify(make(account), IMAGES)
    assert found.verdict == "FAIL"
    assert any(reason in given for given in found.reasons), found.reasons


def test_a_balance_sheet_that_failed_makes_the_session_fail(connection: Connection) -> None:
    script = write_session(connection)
    account = read_account(connection, SESSION)
    posted = script.results().model_copy(
        update={"counts": script.results().counts.model_copy(update={"digest": "a" * 32})}
    )
    sheet = script.accepted(posted, 9).balance
    found = verify(_with_answer(account, "balance", **sheet.model_dump(mode="json")), IMAGES)
    assert found.verdict == "FAIL"
    assert found.reasons[0].startswith("verdict of the balance sheet: content digest: expected ")


def test_of_many_faults_of_one_kind_the_first_are_named(account: Account) -> None:
    bad = tuple(KeptRun(0, 1, b"", b"", b"", {}, "") for _ in range(3))
    found = verify(replace(account, runs=(*account.runs, *bad)), IMAGES)
    assert found.reasons[0].count(";") == 2
    assert found.reasons[0].endswith("(and 1 more)")
    assert found.checks[-1].name == "everything else"


@pytest.fixture(name="doubting")
def settled_with_doubt(connection: Connection) -> Account:
    """A session whose model told of its doubt, and whose accounts are right."""
    write_session(connection, doubts=True)
    return read_account(connection, SESSION)


def test_a_session_with_doubt_passes_in_everything(doubting: Account) -> None:
    found = verify(doubting, IMAGES)
    assert (found.verdict, found.reasons) == ("PASS", ())
    assert _outcomes(found, "ok") == [check.name for check in found.checks]


def _without_doubt(account: Account) -> Account:
    for place in range(len(account.runs)):
        account = _with_run(account, place, sets=None, novelties=None)
    return account


def _other_calibration(account: Account) -> Account:
    score = _answer(account).score
    assert score is not None
    return _with_answer(account, "score", calibration={**score["calibration"], "error": 0.125})


DOUBTS: dict[str, tuple[Callable[[Account], Account], str]] = {
    "there are too few sets": (
        lambda account: _with_run(account, 1, sets=b"\7\1"),
        "run 3: expected as many bytes for each of 3 sets, got 2 in all",
    ),
    "there are no sets at all": (
        lambda account: _with_run(account, 1, sets=b""),
        "expected as many bytes for each of 3 sets, got 0 in all",
    ),
    "a set has too many classes": (
        lambda account: _with_run(account, 1, sets=bytes(126) * 3),
        "sets of more than 1000 classes",
    ),
    "a set lacks the label": (
        lambda account: _with_run(account, 1, sets=b"\3\1\3"),
        "a set without its frame's label, or of a frame without one",
    ),
    "a frame without a label has a set": (
        lambda account: _with_run(account, 0, sets=b"\1\3\1"),
        "a set without its frame's label, or of a frame without one",
    ),
    "there are too few novelties": (
        lambda account: _with_run(account, 1, novelties=bytes(8)),
        "expected 4 bytes for each of 3 novelties, got 8 in all",
    ),
    "a novelty is none": (
        lambda account: _with_run(
            account, 1, novelties=np.array([0.5, np.nan, 0.5], "<f4").tobytes()
        ),
        "a novelty outside 0..1",
    ),
    "a novelty is beyond 1": (
        lambda account: _with_run(account, 1, novelties=np.array([0.5, 1.5, 0.5], "<f4").tobytes()),
        "a novelty outside 0..1",
    ),
    "a set has one class more": (
        lambda account: _with_run(account, 1, sets=b"\7\3\3"),
        "summary metrics: doubt: expected other mean_set_size, set_sizes",
    ),
    "a frame is more novel": (
        lambda account: _with_run(
            account, 1, novelties=np.array([0.5, 0.5, 0.25], "<f4").tobytes()
        ),
        "summary metrics: doubt: expected other novel, novelty_histogram",
    ),
    "all sets and novelties are lost": (
        _without_doubt,
        "summary metrics: doubt: expected none, got some",
    ),
    "the calibration is another": (_other_calibration, "score: expected accuracy "),
}


@pytest.mark.parametrize("change", DOUBTS)
def test_whatever_was_changed_of_the_doubt_fails_with_the_reason(
    doubting: Account, change: str
) -> None:
    make, reason = DOUBTS[change]
    found = verify(make(doubting), IMAGES)
    assert found.verdict == "FAIL"
    assert any(reason in given for given in found.reasons), found.reasons


@pytest.mark.parametrize("lost", ["sets", "novelties"])
def test_runs_with_and_without_doubt_are_counted_as_they_are(doubting: Account, lost: str) -> None:
    found = verify(_with_run(doubting, 0, **{lost: None}), IMAGES)
    (reason,) = [given for given in found.reasons if given.startswith("summary metrics: doubt")]
    assert ("set_sizes" in reason) == (lost == "sets")
    assert ("novelty_histogram" in reason) == (lost == "novelties")


def test_a_mean_size_that_was_rounded_is_the_same(doubting: Account) -> None:
    told = _answer(doubting).summary["doubt"]
    for off, faults in ((5e-7, 0), (5e-6, 1)):
        other = {**told, "mean_set_size": told["mean_set_size"] + off}
        found = verify(_with_answer(doubting, "summary", doubt=other), IMAGES)
        reasons = [given for given in found.reasons if given.startswith("summary metrics: doubt")]
        assert len(reasons) == faults


def test_a_summary_may_say_nothing_of_doubt(doubting: Account) -> None:
    quiet = _with_answer(doubting, "summary", doubt=None)
    assert [given for given in verify(quiet, IMAGES).reasons if "doubt" in given] == []


@pytest.fixture(name="recording")
def recorded(connection: Connection, tmp_path: Path) -> Recording:
    """A recording of a session of three frames, which is in the ledger as it was recorded."""
    create(connection, record(SESSION, frames=3))
    append(connection, Script(SESSION).run([0, 1, -1]))
    record_session(connection, SESSION, IMAGES, tmp_path / "a.session")
    return read_recording(tmp_path / "a.session")


def test_the_predictions_of_a_replay_must_be_those_recorded(
    connection: Connection, recording: Recording
) -> None:
    account = read_account(connection, SESSION)
    found = verify(account, IMAGES, recording)
    assert (found.verdict, found.checks[-1].name) == ("UNFINISHED", "predictions as recorded")
    others = replace(recording, labels=np.array([0, 2, -1], np.int16))
    found = verify(account, IMAGES, others)
    assert found.verdict == "FAIL"
    assert found.reasons[0].startswith("predictions as recorded: ")


def test_predictions_are_not_compared_where_the_data_set_at_hand_is_another(
    connection: Connection, recording: Recording
) -> None:
    found = verify(read_account(connection, SESSION), OTHERS, recording)
    assert "predictions as recorded" not in [check.name for check in found.checks]
