"""The page on image metadata: what is generated of it is what the program does today."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from structlog.testing import capture_logs

from consumer.metadata.describe import ORIENTATION_WORDS
from consumer.metadata.model import ImageMetadata
from tools.inspect_page import PARTS, main
from tools.parts import filled

PAGE = Path(__file__).parent.parent / "docs" / "inspect.md"
_BLOCK = re.compile(r"```json\n(.*?)```", re.DOTALL)


def _near(left: Any, right: Any) -> bool:
    """Equal, but for what another processor rounds differently."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-3, abs_tol=1e-3)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_near(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_near, left, right))
    return bool(left == right)


def test_the_examples_are_what_the_program_writes() -> None:
    text = PAGE.read_text(encoding="utf-8")
    committed = [json.loads(block) for block in _BLOCK.findall(text)]
    today = [json.loads(block) for block in _BLOCK.findall(filled(text, PARTS))]
    assert len(committed) == 4
    for old, new in zip(committed, today, strict=True):
        assert _near(old, new), (old, new)


def test_the_rest_of_the_page_is_not_stale() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert _BLOCK.sub("", filled(text, PARTS)) == _BLOCK.sub("", text)
    assert text.count("<!-- begin ") == len(PARTS)


def test_every_field_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in ImageMetadata.model_json_schema()["properties"])
    assert len(ORIENTATION_WORDS) == 8


def test_a_stale_page_is_one_clear_line_and_is_mended(tmp_path: Path) -> None:
    page = tmp_path / "x.md"
    page.write_text("# x\n<!-- begin thresholds -->\nOLD\n<!-- end thresholds -->\n")
    with capture_logs() as lines:
        with pytest.raises(typer.Exit) as caught:
            main(page, check=True)
        main(page)
        main(page, check=True)
    assert caught.value.exit_code == 1
    assert [line["event"] for line in lines] == [
        "page-stale",
        "page-written",
        "page-current",
    ]
    text = page.read_text()
    assert "OLD" not in text and "`blurry_below` | 100" in text and text.startswith("# x\n")
