"""Runs the command ``consumer``."""

from __future__ import annotations

from typing import NoReturn

from consumer.cli import app
from shared.command import run_command


def main() -> NoReturn:
    """Run the command and end the process with its exit code."""
    run_command(app)


if __name__ == "__main__":
    main()
