"""refuse_layout: images in files have none."""

from __future__ import annotations

from pathlib import Path

import intake_parts
import pytest

from producer.intake.formats import Kind
from producer.intake.readers.folder import refuse_layout
from shared.errors import DataError


def test_a_layout_is_refused_and_none_is_fine(tmp_path: Path) -> None:
    with intake_parts.job(Kind.FOLDER, tmp_path) as job:
        refuse_layout(job)
    with intake_parts.job(Kind.FOLDER, tmp_path, layout="NCHW") as job:
        with pytest.raises(DataError, match="got NCHW; leave --layout away"):
            refuse_layout(job)
