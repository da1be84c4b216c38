"""The measures of ``consumer inspect`` through plain OpenCV calls in a loop, as anyone writes it.

python -m benchmarks.plain_inspect FOLDER OUTPUT.json: one JSON list, one object an image.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

COLOURS = 5
STEP = 32
_CRITERIA = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1.0)


def describe(path: Path) -> dict[str, object]:
    """All measures of one colour image."""
    data = path.read_bytes()
    image: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    mean, deviation = cv2.meanStdDev(image)
    extremes = [cv2.minMaxLoc(channel)[:2] for channel in cv2.split(image)]
    histogram = cv2.calcHist([gray], [0], None, [256], [0, 256]).ravel() / gray.size
    filled = histogram[histogram > 0]
    small = cv2.resize(gray, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8]
    return {
        "path": str(path),
        "sha256": hashlib.sha256(data).hexdigest(),
        "shape": image.shape,
        "extremes": extremes,
        "mean": mean.ravel().tolist(),
        "deviation": deviation.ravel().tolist(),
        "brightness": float(gray.mean()),
        "contrast": float(gray.std()),
        "sharpness": float(cv2.Laplacian(gray, cv2.CV_64F).var()),
        "entropy": float(-(filled * np.log2(filled)).sum()),
        "saturation": cv2.mean(cv2.cvtColor(image, cv2.COLOR_BGR2HSV))[1] / 255,
        "clipped": (float(histogram[0]), float(histogram[-1])),
        "hash": (low > np.median(low)).ravel().tolist(),
        "colours": _colours(image),
    }


def _colours(image: Any) -> object:
    """Five colours and their shares, of at most 32 x 32 pixels."""
    rows, columns = (-(-side // STEP) for side in image.shape[:2])
    points = image[::rows, ::columns].reshape(-1, 3).astype(np.float32)
    groups = np.empty((len(points), 1), np.int32)
    _, labels, centres = cv2.kmeans(points, COLOURS, groups, _CRITERIA, 1, cv2.KMEANS_PP_CENTERS)
    shares = np.bincount(np.asarray(labels).ravel(), minlength=COLOURS) / len(points)
    return np.column_stack([np.asarray(centres), shares]).tolist()


def main(folder: str, output: str) -> None:
    """Describe every file of a folder that ends like a photograph."""
    paths = sorted(Path(folder).rglob("*.jpg"))
    Path(output).write_text(json.dumps([describe(path) for path in paths], indent=2), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
