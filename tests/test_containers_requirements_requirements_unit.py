"""What each image installs, from pyproject.toml and constraints.txt."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from containers.requirements import main, requirements

PYPROJECT = """
[project]
dependencies = ["numpy>=1.26", "rich"]
[project.optional-dependencies]
postgres = ["psycopg"]
consumer = ["jinja2", "torch==1.2.3", "torchlike"]
dev = ["black"]
"""
CONSTRAINTS = """# All versions
numpy==1.27
rich==2

# ---- what only development needs
black==3
"""
ROOT = Path(__file__).parent.parent


def _project() -> dict[str, list[str]]:
    texts = [(ROOT / name).read_text("utf-8") for name in ("pyproject.toml", "constraints.txt")]
    return requirements(*texts)


def _names(lines: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in lines if line[:1] not in "#"}


def test_the_producer_gets_the_dependencies_and_the_consumer_its_extra_beside_them() -> None:
    files = requirements(PYPROJECT, CONSTRAINTS)
    assert files["producer.txt"] == ["numpy>=1.26", "rich", "psycopg"]
    assert files["consumer.txt"] == ["numpy>=1.26", "rich", "jinja2", "torch==1.2.3", "torchlike"]


def test_pytorch_stands_alone_in_its_file() -> None:
    assert requirements(PYPROJECT, CONSTRAINTS)["torch.txt"] == ["torch==1.2.3"]


def test_no_version_that_only_development_needs_reaches_an_image() -> None:
    files = requirements(PYPROJECT, CONSTRAINTS)
    assert files["constraints.txt"] == ["# All versions", "numpy==1.27", "rich==2", ""]


def test_the_project_pins_one_pytorch_and_keeps_it_from_the_producer() -> None:
    files = _project()
    assert len(files["torch.txt"]) == 1
    assert not any(name.startswith("torch") for name in files["producer.txt"])


def test_the_images_packages_and_all_that_they_need_stand_above_those_of_development() -> None:
    files = _project()
    needed = set(_closure([Requirement(line) for line in files["consumer.txt"]]))
    # Compared one way: what only another Python needs may stand there as well.
    assert needed <= _names(files["constraints.txt"])


def _closure(wanted: list[Requirement]) -> Iterator[str]:
    """The names of these packages and of all that they need here, as they are installed."""
    seen: set[str] = set()
    while wanted:
        requirement = wanted.pop()
        if requirement.name in seen:
            continue
        seen.add(requirement.name)
        yield canonicalize_name(requirement.name)
        for line in requires(requirement.name) or ():
            found = Requirement(line)
            if found.marker is None or found.marker.evaluate({"extra": ""}):
                wanted.append(found)


def test_each_file_has_one_requirement_a_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (tmp_path / "constraints.txt").write_text(CONSTRAINTS, encoding="utf-8")
    target = tmp_path / "needed"
    target.mkdir()
    main(tmp_path, target)
    assert (target / "producer.txt").read_text(encoding="utf-8") == "numpy>=1.26\nrich\npsycopg\n"
    assert sorted(path.name for path in target.iterdir()) == [
        "constraints.txt",
        "consumer.txt",
        "producer.txt",
        "torch.txt",
    ]
