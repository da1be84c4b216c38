"""What each image installs, from pyproject.toml."""

from __future__ import annotations

from pathlib import Path

from containers.requirements import main, requirements

PYPROJECT = """
[project]
dependencies = ["numpy>=1.26", "rich"]
[project.optional-dependencies]
consumer = ["jinja2", "torch==1.2.3", "torchlike"]
dev = ["black"]
"""
ROOT = Path(__file__).parent.parent


def test_the_producer_gets_the_dependencies_and_the_consumer_its_extra_beside_them() -> None:
    files = requirements(PYPROJECT)
    assert files["producer.txt"] == ["numpy>=1.26", "rich"]
    assert files["consumer.txt"] == ["numpy>=1.26", "rich", "jinja2", "torch==1.2.3", "torchlike"]


def test_pytorch_stands_alone_in_its_file() -> None:
    assert requirements(PYPROJECT)["torch.txt"] == ["torch==1.2.3"]


def test_the_project_pins_one_pytorch_and_keeps_it_from_the_producer() -> None:
    files = requirements((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert len(files["torch.txt"]) == 1
    assert not any(name.startswith("torch") for name in files["producer.txt"])


def test_each_file_has_one_requirement_a_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    main(tmp_path)
    assert (tmp_path / "producer.txt").read_text(encoding="utf-8") == "numpy>=1.26\nrich\n"
    assert sorted(path.name for path in tmp_path.glob("*.txt")) == [
        "consumer.txt",
        "producer.txt",
        "torch.txt",
    ]
