"""The example consumer, which shares no code with Catwalk, against a real producer."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from services import environment, producer, random_images, write_pickle

EXAMPLE = Path(__file__).parent.parent / "examples" / "minimal_client.py"


@pytest.mark.parametrize("count", [1, 64, 300])
def test_the_example_gets_a_balance_sheet_that_says_pass(tmp_path: Path, count: int) -> None:
    dataset = write_pickle(tmp_path / "mine.pickle", random_images(100))
    with producer(tmp_path, "--dataset", str(dataset)) as running:
        ended = subprocess.run(
            [sys.executable, str(EXAMPLE), running.address, str(count)],
            capture_output=True,
            env=environment(),
            check=True,
        )
    answer = json.loads(ended.stdout)
    assert answer["balance"]["verdict"] == "PASS"
    assert answer["balance"]["producer"]["stored"] == count


def test_the_example_imports_websockets_and_the_standard_library_alone() -> None:
    source = EXAMPLE.read_text(encoding="utf-8")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }
    assert imported - sys.stdlib_module_names == {"websockets"}
    assert len(source.splitlines()) <= 60
