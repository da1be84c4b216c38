"""Write what each image needs: producer.txt, consumer.txt, torch.txt, and constraints.txt for them.

Runs while the images are built, on the standard library alone. Files of their own, because a layer
is made anew when what is copied into it has changed: these change only with the images' packages.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

CONSTRAINTS = "constraints.txt"
DEVELOPMENT = "# ---- what only development needs"
"""The line of constraints.txt below which no image has any of the packages."""


def requirements(pyproject: str, constraints: str) -> dict[str, list[str]]:
    """Give the lines of each file by its name; PyTorch apart, as it is installed alone.

    Args:
        pyproject: the text of pyproject.toml.
        constraints: the text of constraints.txt.
    """
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"]
    return {
        "producer.txt": project["dependencies"] + extras["postgres"],
        "consumer.txt": project["dependencies"] + extras["consumer"],
        "torch.txt": [name for name in extras["consumer"] if name.startswith("torch==")],
        CONSTRAINTS: constraints.partition(DEVELOPMENT)[0].splitlines(),
    }


def main(source: Path, target: Path) -> None:
    """Write the files of the project in ``source`` to ``target``."""
    texts = [(source / name).read_text("utf-8") for name in ("pyproject.toml", CONSTRAINTS)]
    for name, lines in requirements(*texts).items():
        (target / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    (Path.cwd() / "needed").mkdir()
    main(Path.cwd(), Path.cwd() / "needed")
