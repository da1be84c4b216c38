"""Check that tests are named after what they test, and that every public symbol has a unit test.

A test file is ``tests/test_<folder>_<file>_<function or class>_(unit|integration).py``: the package
path joined with underscores, the module, and a top-level function or class of it in snake_case.
A script of tools, examples, benchmarks, containers or faults without any is tested as ``main``. A
service of docker-compose.yml, or a part that its services share (``x-...``), is a symbol of the
module ``docker_compose``; a stage of the Dockerfile is one of ``dockerfile``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import structlog
import typer
import yaml

log = structlog.get_logger()

PACKAGES = ("producer", "consumer", "shared")
SCRIPTS = ("tools", "examples", "benchmarks", "containers", "faults")
PATTERN = "test_<folder>_<file>_<function or class>_(unit|integration).py"

_TEST_NAME = re.compile("test_(?P<symbol>.+)_(?:unit|integration)")
_STAGE = re.compile("^FROM .+ AS (?P<name>.+)$", re.MULTILINE)
_WORD_STARTS = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is not as it should be.

    Args:
        event: ``test-name-wrong`` or ``unit-test-missing``.
        where: the test file, or the dotted name of the symbol.
        expected: what would have been right.
    """

    event: str
    where: str
    expected: str


@dataclass(frozen=True, slots=True)
class Module:
    """What a module defines at its top level.

    Args:
        path: its parts, such as ``("shared", "intake", "idx")``.
        symbols: names of its functions and classes, methods not among them.
    """

    path: tuple[str, ...]
    symbols: tuple[str, ...]

    def test_names(self) -> Iterator[str]:
        """What stands between ``test_`` and ``_unit`` for each symbol."""
        place = "_".join(part.strip("_") for part in self.path)
        for symbol in self.symbols or (("main",) if self.path[0] in SCRIPTS else ()):
            yield f"{place}_{snake_case(symbol)}"

    def public_names(self) -> Iterator[str]:
        """The dotted names of the symbols that need a unit test."""
        if self.path[0] in PACKAGES:
            package = self.path[:-1] if self.path[-1] == "__init__" else self.path
            yield from (".".join((*package, name)) for name in self.symbols if name[0] != "_")


def snake_case(name: str) -> str:
    """A CamelCase name in snake_case; a name in snake_case stays as it is."""
    return _WORD_STARTS.sub("_", name).lower()


def read_modules(root: Path) -> list[Module]:
    """Every module of the packages and script folders under ``root``, and the containers' files.

    Raises:
        SyntaxError: a file is not Python.
    """
    files = [
        file for folder in PACKAGES + SCRIPTS for file in sorted((root / folder).rglob("*.py"))
    ]
    modules = [
        Module(file.relative_to(root).with_suffix("").parts, _symbols(file)) for file in files
    ]
    return [*modules, *_read_containers(root)]


def _read_containers(root: Path) -> Iterator[Module]:
    """The containers' files as modules, where there are any."""
    stages, services = root / "Dockerfile", root / "docker-compose.yml"
    if stages.exists():
        names = _STAGE.findall(stages.read_text(encoding="utf-8"))
        yield Module(("dockerfile",), tuple(name.replace("-", "_") for name in names))
    if services.exists():
        content = yaml.safe_load(services.read_text(encoding="utf-8"))
        shared = (key.removeprefix("x-") for key in content if key.startswith("x-"))
        yield Module(("docker_compose",), (*content["services"], *shared))


def used_names(tree: ast.Module) -> set[str]:
    """The dotted names that a test imports, or reaches through a module that it imports."""
    local: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            local |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            for name in node.names:
                # Without `as`, `import a.b` binds only `a`.
                top = name.name.partition(".")[0]
                local[name.asname or top] = name.name if name.asname else top
    attributes = (_dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    reached = {(local[first], rest) for first, rest in attributes if first in local}
    return {*local.values()} | {f"{first}.{rest}" for first, rest in reached}


def check(root: Path) -> list[Problem]:
    """All problems of the tree under ``root``, sorted.

    Raises:
        SyntaxError: a file is not Python.
    """
    modules = read_modules(root)
    tests = sorted((root / "tests").glob("test_*.py"))
    known = {name for module in modules for name in module.test_names()}
    used: set[str] = set()
    for test in tests:
        if test.stem.endswith("_unit"):
            used |= used_names(_parse(test))
    misnamed = (test.name for test in tests if not _is_known(test.stem, known))
    untested = (name for module in modules for name in module.public_names() if name not in used)
    return sorted(
        [
            *(Problem("test-name-wrong", name, PATTERN) for name in misnamed),
            *(Problem("unit-test-missing", name, "an import in a unit test") for name in untested),
        ]
    )


def _is_known(stem: str, known: set[str]) -> bool:
    match = _TEST_NAME.fullmatch(stem)
    return match is not None and match["symbol"] in known


def _symbols(file: Path) -> tuple[str, ...]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return tuple(node.name for node in _parse(file).body if isinstance(node, kinds))


def _parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def _dotted(node: ast.expr) -> tuple[str, str]:
    """First part and rest of a chain such as ``a.b.c``; ("", "") for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, ".".join(reversed(parts))) if isinstance(node, ast.Name) else ("", "")


def main(
    root: Annotated[Path, typer.Option(help="The root of the repository.")] = Path("."),
) -> None:
    """Check names and presence of tests; every problem is a line, and any ends with exit code 1."""
    try:
        problems = check(root)
    except SyntaxError as error:
        log.error("not-python", file=error.filename, line=error.lineno, reason=error.msg)
        raise typer.Exit(1) from None
    for problem in problems:
        log.error(problem.event, where=problem.where, expected=problem.expected)
    if problems:
        raise typer.Exit(1)
    log.info("test-names-checked", root=str(root))


if __name__ == "__main__":
    typer.run(main)
