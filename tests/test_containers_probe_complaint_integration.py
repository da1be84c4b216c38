"""The health check as the engine runs it, against a real producer."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from services import environment, producer, random_images, write_pickle

PROBE = Path(__file__).parent.parent / "containers" / "probe.py"


def _probe(url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    # As in the Dockerfile: isolated and without site-packages.
    command = [sys.executable, "-I", "-S", str(PROBE), url]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=environment(TMPDIR=str(folder)),
        timeout=30,
        check=False,
    )


def test_it_ends_with_0_while_the_producer_serves_and_with_1_and_a_reason_after(
    tmp_path: Path,
) -> None:
    dataset = write_pickle(tmp_path / "mine.pickle", random_images(2))
    with producer(tmp_path, "--dataset", str(dataset)) as running:
        url = f"http://127.0.0.1:{running.session_port}/healthz"
        serving = _probe(url, tmp_path)
    gone = _probe(url, tmp_path)
    assert (serving.returncode, serving.stdout, serving.stderr) == (0, "", "")
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr.startswith(f"no answer from {url}: ")
    assert gone.stderr.count("\n") == 1


def test_it_imports_the_standard_library_alone() -> None:
    tree = ast.parse(PROBE.read_text(encoding="utf-8"))
    imported = {
        name.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    } | {
        (node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert imported <= sys.stdlib_module_names
