"""Tests of faults.mutation.is_caught on a very small tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from faults.mutation import is_caught, read_mutant

CODE = "def two() -> int:\n    return 2\n"
TEST = "from code_of import two\n\n\ndef test_it_is_two() -> None:\n    assert two() == 2\n"
BLIND = "def test_it_is_anything() -> None:\n    pass\n"
PATCH = """Bug: it is three
Caught-by: {test}

--- a/code_of.py
+++ b/code_of.py
@@ -1,2 +1,2 @@
 def two() -> int:
-    return 2
+    return 3
"""


@pytest.mark.parametrize(("test", "caught"), [("test_seeing.py", True), ("test_blind.py", False)])
def test_a_bug_is_caught_by_a_test_that_turns_red(tmp_path: Path, test: str, caught: bool) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    for name, text in (
        ("code_of.py", CODE),
        ("test_seeing.py", TEST),
        ("test_blind.py", BLIND),
        ("x.patch", PATCH.format(test=test)),
    ):
        (root / name).write_text(text)

    assert is_caught(root, [read_mutant(root / "x.patch")]) is caught
    assert (root / "code_of.py").read_text() == CODE
