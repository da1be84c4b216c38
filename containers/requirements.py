"""Write what each image needs, as pyproject.toml has it: producer.txt, consumer.txt, torch.txt.

Runs while the images are built, on the standard library alone. Files of their own, because a layer
is made anew when what is copied into it has changed: these change only with the packages.
"""

from __future__ import annotations

import tomllib
from pathlib import Path


def requirements(pyproject: str) -> dict[str, list[str]]:
    """Give the requirements of each file by its name; PyTorch apart, as it is installed alone.

    Args:
        pyproject: the text of a pyproject.toml.
    """
    project = tomllib.loads(pyproject)["project"]
    extra = project["optional-dependencies"]["consumer"]
    return {
        "producer.txt": project["dependencies"],
        "consumer.txt": project["dependencies"] + extra,
        "torch.txt": [name for name in extra if name.startswith("torch==")],
    }


def main(folder: Path) -> None:
    """Write the files beside the folder's pyproject.toml."""
    pyproject = (folder / "pyproject.toml").read_text(encoding="utf-8")
    for name, lines in requirements(pyproject).items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path.cwd())
