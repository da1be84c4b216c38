"""Whether a session predicted what a recording holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.recording.recording import Recording

TOLERANCE = 1.5e-4
"""By how much confidences may differ: one step of the four decimals with which they travel.

A network in bfloat16 gives the same image in batches of other sizes confidences that differ by up
to 2e-5, and in float32 by up to 1e-6; rounding makes of it one step at most. Labels never differed
(measured on 9,000 images in batches of 1 to 256).
"""


def compare_predictions(
    recording: Recording,
    labels: NDArray[np.int16],
    confidences: NDArray[np.float32],
    *,
    classes: tuple[str, ...],
    positions: NDArray[np.int64] | None = None,
) -> tuple[str, ...]:
    """Compare a session that played a recording with what was predicted when it was made.

    Frames of the recording that the session did not play are not compared.

    Args:
        recording: what was played.
        labels: int16 (n,), of the session's frames, -1 where unclassified.
        confidences: float32 (n,), the same.
        classes: what the session's labels index.
        positions: int64 (n,), each frame's place in the schedule, where some were skipped; None
            for 0, 1, 2 and so on. Beyond its end a recording begins again.

    Returns:
        What differs, in words: nothing where the predictions are identical.
    """
    if classes != recording.about.classes:
        return ("the session's model has other classes than the recording's",)
    places = (np.arange(len(labels)) if positions is None else positions) % len(recording)
    difference = np.abs(
        recording.confidences[places].astype(np.float64) - confidences.astype(np.float64)
    )
    wrong = recording.labels[places] != labels
    # Written so that a confidence which is none does not pass.
    unsure = ~(difference <= TOLERANCE) & ~wrong
    findings = []
    if wrong.any():
        k = int(wrong.argmax())
        findings.append(
            f"{np.count_nonzero(wrong)} of {len(labels)} labels differ, first in frame {k}: "
            f"expected {recording.labels[places[k]]}, got {labels[k]}"
        )
    if unsure.any():
        k = int(unsure.argmax())
        findings.append(
            f"{np.count_nonzero(unsure)} of {len(labels)} confidences differ by more than "
            f"{TOLERANCE:g}, first in frame {k}: "
            f"expected {recording.confidences[places[k]]:.4f}, got {confidences[k]:.4f}"
        )
    return tuple(findings)
