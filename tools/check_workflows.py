"""Check of the CI workflows what their schema cannot say.

Every job has a time limit, every action is pinned, nothing may write, no checkout keeps its
credentials, every make target exists, and every Python is one that the project supports.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

log = structlog.get_logger()

WORKFLOWS = ".github/workflows"

_PINNED = re.compile(r"\./.*|[\w./-]+@([0-9a-f]{40}|v\d+(\.\d+)*)")
_TARGET_LINE = re.compile(r"^([a-z][\w -]*):(?!=)", re.MULTILINE)
_MAKE = re.compile(r"(?<![\w/.-])make((?:[ \t]+[^\s;&|]+)*)")
_MATRIX_NAME = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is not as it should be.

    Args:
        event: its kind, such as ``timeout-missing``.
        where: the workflow's file name and the job, with a slash between.
        found: what is there.
    """

    event: str
    where: str
    found: str


@dataclass(frozen=True, slots=True)
class Project:
    """What a workflow may name.

    Args:
        targets: the targets of the Makefile.
        pythons: ``requires-python`` of pyproject.toml.
    """

    targets: frozenset[str]
    pythons: SpecifierSet


def read_project(root: Path) -> Project:
    """The make targets and the supported Pythons of the project under ``root``.

    Raises:
        OSError: Makefile or pyproject.toml cannot be read.
    """
    lines = _TARGET_LINE.findall((root / "Makefile").read_text(encoding="utf-8"))
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    targets = frozenset(name for line in lines for name in line.split())
    return Project(targets, SpecifierSet(project["requires-python"]))


def check(root: Path) -> list[Problem]:
    """All problems of the workflows under ``root``, sorted; that there are none is one too.

    Raises:
        OSError: a file cannot be read.
        yaml.YAMLError: a workflow is not YAML.
    """
    project = read_project(root)
    files = sorted((root / WORKFLOWS).glob("*.y*ml"))
    if not files:
        return [Problem("workflow-missing", WORKFLOWS, "")]
    return sorted(problem for file in files for problem in _of_workflow(file, project))


def _of_workflow(file: Path, project: Project) -> Iterator[Problem]:
    workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
    rights = workflow.get("permissions", "not given")
    if not _reads_only(rights):
        yield Problem("may-write", file.name, str(rights))
    for name, job in workflow["jobs"].items():
        for event, found in _of_job(job, project):
            yield Problem(event, f"{file.name}/{name}", found)


def _of_job(job: dict[str, Any], project: Project) -> Iterator[tuple[str, str]]:
    if "timeout-minutes" not in job:
        yield "timeout-missing", "not given"
    if not _reads_only(job.get("permissions", {})):
        yield "may-write", str(job["permissions"])
    for step in job["steps"]:
        yield from _of_action(str(step.get("uses", "./none")), step.get("with", {}))
        for target in _unknown_targets(step.get("run", ""), project.targets):
            yield "make-target-unknown", target
    for version in _python_versions(job):
        if not _is_supported(version, project.pythons):
            yield "python-unsupported", version


def _of_action(action: str, options: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if not _PINNED.fullmatch(action):
        yield "action-not-pinned", action
    if action.startswith("actions/checkout@") and options.get("persist-credentials") is not False:
        yield "credentials-kept", action


def _reads_only(rights: object) -> bool:
    """Without a word on rights, the repository's own setting decides, which may be to write."""
    granted = rights.values() if isinstance(rights, dict) else [rights]
    return {*granted} <= {"read", "none", "read-all"}


def _unknown_targets(script: str, known: frozenset[str]) -> Iterator[str]:
    for words in _MAKE.findall(script):
        targets = [word for word in words.split() if "=" not in word and word[0] != "-"]
        yield from (target for target in targets if target not in known)


def _python_versions(job: dict[str, Any]) -> Iterator[str]:
    matrix = job.get("strategy", {}).get("matrix", {})
    named = {str(step.get("with", {}).get("python-version", "")) for step in job["steps"]}
    for value in named - {""}:
        name = _MATRIX_NAME.fullmatch(value)
        yield from (str(version) for version in (matrix.get(name[1], [value]) if name else [value]))


def _is_supported(version: str, pythons: SpecifierSet) -> bool:
    try:
        return Version(version) in pythons
    except InvalidVersion:
        return False


def main(
    root: Annotated[Path, typer.Option(help="The root of the repository.")] = Path("."),
) -> None:
    """Check the workflows; every problem is a line, and any ends with exit code 1."""
    problems = check(root)
    for problem in problems:
        log.error(problem.event, where=problem.where, found=problem.found)
    if problems:
        raise typer.Exit(1)
    log.info("workflows-checked", root=str(root))


if __name__ == "__main__":
    typer.run(main)
