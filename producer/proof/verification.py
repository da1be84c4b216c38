"""Recomputes everything that the ledger says of a session, and gives a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from producer.ledger.account import Account
from producer.proof.evidence import (
    Check,
    check_counts,
    check_pixels,
    check_runs,
    compared,
    confidences_of,
    judged,
    labels_of,
    positions_in,
)
from producer.proof.posted import check_answer
from shared.intake.imageset import ImageSet
from shared.recording.comparison import compare_predictions
from shared.recording.recording import Recording
from shared.states import SessionState

Verdict = Literal["PASS", "FAIL", "UNFINISHED"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it.

    Args:
        session: which one.
        verdict: "FAIL" where anything is wrong; otherwise "UNFINISHED" while no results are
            accepted, and "PASS" once they are, whatever could not be checked.
        checks: one by one.
        reasons: why it is not "PASS".
    """

    session: str
    verdict: Verdict
    checks: tuple[Check, ...]
    reasons: tuple[str, ...]


def verify(
    account: Account, images: ImageSet | None = None, recording: Recording | None = None
) -> Verification:
    """Check a session against its own rows and, where it is given, its data set.

    Args:
        account: all that the ledger has of it.
        images: a data set; another than the session's is not used.
        recording: the session that the data set is a recording of, if it is one: then the
            predictions must be those recorded.
    """
    missing = "no data set was given"
    if images is not None and images.digest() != account.record.dataset_digest:
        images, missing = None, "the data set at hand is another"
    checks = tuple(_checks(account, images, missing))
    if images is not None and recording is not None and checks[0].outcome == "ok":
        checks = (*checks, _replay(account, recording))
    session = account.record.session
    wrong = tuple(f"{check.name}: {check.detail}" for check in checks if check.outcome == "wrong")
    if wrong:
        return Verification(session, "FAIL", checks, wrong)
    if account.answer is None:
        done = account.stored + account.skipped
        reason = f"{account.state}: {done} of {account.record.frames} frames, no results yet"
        return Verification(session, "UNFINISHED", checks, (reason,))
    return Verification(session, "PASS", checks, ())


def _checks(account: Account, images: ImageSet | None, missing: str) -> Iterator[Check]:
    runs = check_runs(account)
    yield runs
    if runs.outcome == "wrong":
        yield Check("everything else", "unchecked", "the runs of predictions are not sound")
        return
    yield from check_counts(account)
    yield from check_pixels(account, images, missing)
    is_answered = account.answer is not None
    yield compared("accepted", account.state == SessionState.ACCEPTED, is_answered)
    if account.answer is None:
        return
    try:
        yield from check_answer(account, account.answer, images, missing)
    except ValidationError as error:
        faults = [f"{_place(fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        yield judged("form of the results", faults)


def _replay(account: Account, recording: Recording) -> Check:
    differences = compare_predictions(
        recording,
        labels_of(account),
        confidences_of(account),
        classes=account.record.classes,
        positions=positions_in(account),
    )
    return judged("predictions as recorded", differences, f"session {recording.about.session}")


def _place(parts: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in parts)
