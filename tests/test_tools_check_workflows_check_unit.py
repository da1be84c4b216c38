"""The check of the CI workflows, on tiny trees and on the one that is committed."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from structlog.testing import capture_logs

from tools.check_workflows import Problem, check, main, read_project

ROOT = Path(__file__).parent.parent
MAKEFILE = (
    "BIN := bin\ntest check: dev ## Do\n\ttouch it\nfast slow: %: run-%\nclean:\n.PHONY: all\n"
)
PYPROJECT = '[project]\nrequires-python = ">=3.11"\n'
HASH = "0123456789abcdef0123456789abcdef01234567"
GOOD = f"""
permissions:
  contents: read
jobs:
  unit:
    timeout-minutes: 5
    strategy:
      matrix:
        python: ["3.11", "3.13"]
    steps:
      - uses: actions/checkout@{HASH} # v6.0.3
        with:
          persist-credentials: false
      - uses: actions/setup-python@v6.3.0
        with:
          python-version: ${{{{ matrix.python }}}}
      - uses: ./own/action
      - run: PYTHON=python make --silent test check JOBS=2 && make clean
"""


def _tree(root: Path, workflow: str) -> Path:
    for name, text in (
        ("Makefile", MAKEFILE),
        ("pyproject.toml", PYPROJECT),
        (".github/workflows/ci.yml", workflow),
    ):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def test_the_committed_workflows_have_no_problem() -> None:
    assert check(ROOT) == []


def test_targets_and_pythons_are_read_from_the_project(tmp_path: Path) -> None:
    project = read_project(_tree(tmp_path, GOOD))
    assert project.targets == {"test", "check", "fast", "slow", "clean"}
    assert "3.11" in project.pythons
    assert "3.10" not in project.pythons


def test_a_good_workflow_has_no_problem(tmp_path: Path) -> None:
    assert check(_tree(tmp_path, GOOD)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("    timeout-minutes: 5\n", "", Problem("timeout-missing", "ci.yml/unit", "not given")),
        ("permissions:\n  contents: read\n", "", Problem("may-write", "ci.yml", "not given")),
        ("\n  contents: read\n", " write-all\n", Problem("may-write", "ci.yml", "write-all")),
        (
            "contents: read",
            "packages: write",
            Problem("may-write", "ci.yml", "{'packages': 'write'}"),
        ),
        (
            "    timeout-minutes: 5\n",
            "    timeout-minutes: 5\n    permissions: {contents: write}\n",
            Problem("may-write", "ci.yml/unit", "{'contents': 'write'}"),
        ),
        (
            "setup-python@v6.3.0",
            "setup-python@main",
            Problem("action-not-pinned", "ci.yml/unit", "actions/setup-python@main"),
        ),
        (
            f"checkout@{HASH}",
            f"cache@{HASH[:-1]}",
            Problem("action-not-pinned", "ci.yml/unit", f"actions/cache@{HASH[:-1]}"),
        ),
        (
            "persist-credentials: false",
            "fetch-depth: 1",
            Problem("credentials-kept", "ci.yml/unit", f"actions/checkout@{HASH}"),
        ),
        ("make clean", "make cleen", Problem("make-target-unknown", "ci.yml/unit", "cleen")),
        ("make clean", "make all", Problem("make-target-unknown", "ci.yml/unit", "all")),
        ('"3.13"', '"3.10"', Problem("python-unsupported", "ci.yml/unit", "3.10")),
        ('"3.13"', "3.x", Problem("python-unsupported", "ci.yml/unit", "3.x")),
        ("${{ matrix.python }}", '"3.9"', Problem("python-unsupported", "ci.yml/unit", "3.9")),
        (
            "matrix.python",
            "matrix.pyton",
            Problem("python-unsupported", "ci.yml/unit", "${{ matrix.pyton }}"),
        ),
    ],
)
def test_each_fault_is_one_problem_that_names_it(
    tmp_path: Path, right: str, wrong: str, problem: Problem
) -> None:
    assert right in GOOD
    assert check(_tree(tmp_path, GOOD.replace(right, wrong))) == [problem]


def test_a_project_without_workflows_is_a_problem(tmp_path: Path) -> None:
    (_tree(tmp_path, GOOD) / ".github/workflows/ci.yml").unlink()
    assert check(tmp_path) == [Problem("workflow-missing", ".github/workflows", "")]


def test_what_is_right_ends_with_one_line(tmp_path: Path) -> None:
    with capture_logs() as lines:
        main(_tree(tmp_path, GOOD))
    assert lines == [{"event": "workflows-checked", "log_level": "info", "root": str(tmp_path)}]


def test_each_problem_is_a_line_and_the_exit_code_is_one(tmp_path: Path) -> None:
    tree = _tree(tmp_path, GOOD.replace("make clean", "make cleen"))
    with capture_logs() as lines, pytest.raises(typer.Exit) as caught:
        main(tree)
    assert caught.value.exit_code == 1
    assert lines == [
        {
            "event": "make-target-unknown",
            "log_level": "error",
            "where": "ci.yml/unit",
            "found": "cleen",
        }
    ]
