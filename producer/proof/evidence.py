"""What a session's rows say for themselves: runs, counts, skipped ranges, pixels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from producer.ledger.account import Account, KeptRun
from producer.ledger.records import Skip, positions_of
from producer.ledger.runs import CONFIDENCES, LABELS, NOVELTIES, TIMES
from shared.digests import NO_FRAMES, ContentDigest, pixel_crc, run_digest
from shared.intake.imageset import ImageSet
from shared.intake.limits import MAX_CLASSES
from shared.messages import MAX_RUN
from shared.sets import ClassSets

MOST_NAMED = 3
"""How many faults of one kind are named; of the others, how many there are."""
_DIGEST = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked.

    Args:
        name: what, in a few words.
        outcome: "ok", "wrong", or "unchecked" where something to check it by is missing.
        detail: why it is wrong or was not checked; for "ok", what was found, possibly nothing.
    """

    name: str
    outcome: Literal["ok", "wrong", "unchecked"]
    detail: str = ""


def compared(name: str, expected: object, got: object, detail: str = "") -> Check:
    """A check that is ok where both are the same."""
    if got == expected:
        return Check(name, "ok", detail)
    return Check(name, "wrong", f"expected {expected}, got {got}")


def judged(name: str, faults: Sequence[str], detail: str = "") -> Check:
    """A check that is ok where there are no faults, of which the first are named."""
    if not faults:
        return Check(name, "ok", detail)
    more = len(faults) - MOST_NAMED
    named = "; ".join(faults[:MOST_NAMED])
    return Check(name, "wrong", f"{named} (and {more} more)" if more > 0 else named)


def check_runs(account: Account) -> Check:
    """Whether the runs follow each other from frame 0 and each is whole and in range."""
    faults: list[str] = []
    frames, epoch = 0, 1
    for run in account.runs:
        if run.first != frames:
            faults.append(f"expected a run from frame {frames}, got one from {run.first}")
        if not epoch <= run.epoch <= account.epoch:
            faults.append(
                f"run {run.first}: expected epoch {epoch}..{account.epoch}, got {run.epoch}"
            )
        faults += [f"run {run.first}: {fault}" for fault in _run_faults(run)]
        frames, epoch = run.first + len(run.labels) // LABELS.itemsize, max(epoch, run.epoch)
    return judged("runs of predictions", faults, f"{len(account.runs)} runs, {frames} frames")


def check_counts(account: Account) -> Iterator[Check]:
    """Whether the session's own figures are those of its rows; only where its runs are sound."""
    labels = labels_of(account)
    unclassified = int(np.count_nonzero(labels < 0))
    skipped = sum(skip.count for skip in account.skips)
    frames = account.record.frames
    yield compared("frames stored", len(labels), account.stored, f"{account.stored}")
    yield compared(
        "frames without a label", unclassified, account.unclassified, f"{account.unclassified}"
    )
    yield judged("skipped ranges", _skip_faults(account), f"{skipped} frames")
    yield compared("frames skipped", skipped, account.skipped, f"{account.skipped}")
    if account.state in ("complete", "accepted"):
        yield compared("frames sent + skipped", frames, len(labels) + skipped, f"{frames}")
    else:
        faults = [] if len(labels) + skipped <= frames else [f"{len(labels)} + {skipped}"]
        yield judged(f"frames sent + skipped at most {frames}", faults)
    most = [] if frames <= account.planned else [f"planned {account.planned}, now {frames}"]
    yield judged("frames at most as planned", most, f"{frames} of {account.planned}")


def check_pixels(account: Account, images: ImageSet | None, missing: str) -> Iterator[Check]:
    """Whether the digests are those of the pixels.

    Args:
        account: the session.
        images: its data set, where it is at hand.
        missing: in words, why it is not.
    """
    if not account.runs:
        yield compared("content digest", NO_FRAMES, account.digest, "of no frames")
        return
    if images is None:
        yield Check("digests of the runs", "unchecked", missing)
        yield Check("content digest", "unchecked", missing)
        return
    crcs = _crcs(account, images)
    faults = [
        f"run {run.first}: expected {expected}, got {run.digest}"
        for run in account.runs
        if (expected := run_digest(crcs[run.first : run.first + _length(run)])) != run.digest
    ]
    yield judged("digests of the runs", faults, f"{len(account.runs)} recomputed from the pixels")
    if account.digest is None:
        yield Check("content digest", "unchecked", "an earlier version kept none of this kind")
        return
    chain = ContentDigest()
    chain.update(crcs)
    yield compared(
        "content digest", chain.hexdigest(), account.digest, "recomputed from the pixels"
    )


def labels_of(account: Account) -> NDArray[np.int16]:
    """int16 (n,): the labels of all runs."""
    joined = b"".join(run.labels for run in account.runs)
    return np.frombuffer(joined, LABELS).astype(np.int16)


def confidences_of(account: Account) -> NDArray[np.float32]:
    """float32 (n,): the confidences of all runs."""
    joined = b"".join(run.confidences for run in account.runs)
    return np.frombuffer(joined, CONFIDENCES).astype(np.float32)


def sets_of(account: Account) -> ClassSets | None:
    """The prediction sets of all runs, empty in a run without; None where no run has any."""
    if all(run.sets is None for run in account.runs):
        return None
    parts = [ClassSets.read(run.sets or bytes(_length(run)), _length(run)) for run in account.runs]
    return ClassSets.joined(parts)


def novelties_of(account: Account) -> NDArray[np.float32] | None:
    """float32 (n,): the same of novelties; not a number in a run without."""
    if all(run.novelties is None for run in account.runs):
        return None
    parts = [
        (
            np.full(_length(run), np.nan, np.float32)
            if run.novelties is None
            else np.frombuffer(run.novelties, NOVELTIES).astype(np.float32)
        )
        for run in account.runs
    ]
    return np.concatenate(parts)


def positions_in(account: Account) -> NDArray[np.int64]:
    """int64 (n,): the place of each stored frame in the schedule."""
    return positions_of(np.arange(len(labels_of(account)), dtype=np.int64), account.skips)


def _length(run: KeptRun) -> int:
    return len(run.labels) // LABELS.itemsize


def _run_faults(run: KeptRun) -> Iterator[str]:
    count = _length(run)
    sizes = {
        "labels": (len(run.labels), LABELS.itemsize),
        "confidences": (len(run.confidences), CONFIDENCES.itemsize),
        "times": (
            count * TIMES.itemsize if run.sent_ns is None else len(run.sent_ns),
            TIMES.itemsize,
        ),
    }
    if run.novelties is not None:
        sizes["novelties"] = (len(run.novelties), NOVELTIES.itemsize)
    faults = [
        f"expected {each} bytes for each of {count} {name}, got {size} in all"
        for name, (size, each) in sizes.items()
        if size != count * each
    ]
    if faults or not 1 <= count <= MAX_RUN:
        yield from faults or [f"expected 1..{MAX_RUN} frames, got {count}"]
        return
    labels = np.frombuffer(run.labels, LABELS)
    confidences = np.frombuffer(run.confidences, CONFIDENCES)
    if labels.min() < -1 or labels.max() >= MAX_CLASSES:
        yield f"labels {labels.min()}..{labels.max()}"
    # Not a number is neither.
    if not ((confidences >= 0) & (confidences <= 1)).all():
        yield "a confidence outside 0..1"
    if {str(run.first + k) for k in np.flatnonzero(labels < 0)} != set(run.reasons):
        yield "not exactly the frames without a label have a reason"
    if not _DIGEST.fullmatch(run.digest):
        yield "no digest"
    yield from _doubt_faults(run, labels)


def _doubt_faults(run: KeptRun, labels: NDArray[np.int16]) -> Iterator[str]:
    if run.novelties is not None:
        novelties = np.frombuffer(run.novelties, NOVELTIES)
        if not ((novelties >= 0) & (novelties <= 1)).all():
            yield "a novelty outside 0..1"
    if run.sets is None:
        return
    if not run.sets or len(run.sets) % len(labels):
        yield f"expected as many bytes for each of {len(labels)} sets, got {len(run.sets)} in all"
        return
    sets = ClassSets.read(run.sets, len(labels))
    if sets.bits.shape[1] > MAX_CLASSES // 8:
        yield f"sets of more than {MAX_CLASSES} classes"
    if (sets.hold(labels) != (labels >= 0)).any() or sets.sizes()[labels < 0].any():
        yield "a set without its frame's label, or of a frame without one"


def _skip_faults(account: Account) -> list[str]:
    faults: list[str] = []
    if account.skips and account.record.delivery == "every":
        faults.append("delivery every skips nothing")
    end = 0
    for skip in account.skips:
        if skip.count < 1 or skip.first < end:
            faults.append(f"{skip.count} from {skip.first} on, after those before {end}")
        end = _end(skip)
    if end > account.record.frames:
        faults.append(f"up to {end} of {account.record.frames} frames")
    return faults


def _end(skip: Skip) -> int:
    return skip.first + skip.count


def _crcs(account: Account, images: ImageSet) -> NDArray[np.uint32]:
    """uint32 (n,): of the pixels that each stored frame showed; each image is digested once."""
    shown, places = np.unique(positions_in(account) % len(images), return_inverse=True)
    crcs = np.array([pixel_crc(images.image(k).tobytes()) for k in shown], np.uint32)
    return crcs[places]
