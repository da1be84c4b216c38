"""What all tests share."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from compose import BUILD_S, ROOT, compose_command
from hypothesis import settings

# Property tests must not fail because a machine is slow.
settings.register_profile("catwalk", deadline=None, print_blob=True)
settings.load_profile("catwalk")

DATA_DIR = "CATWALK_DATA_DIR"
REQUIRE_DATA = "CATWALK_REQUIRE_DATA"
_folder = os.environ.get(DATA_DIR)
_required = os.environ.get(REQUIRE_DATA)


@pytest.fixture
def real_data_dir() -> Path:
    """The folder with the real data sets; the test is skipped where there is none."""
    if _folder is None:
        if _required:
            pytest.fail(f"{DATA_DIR} is not set, but {REQUIRE_DATA} is")
        pytest.skip(f"{DATA_DIR} is not set: no real data sets on this machine")
    return Path(_folder)


@pytest.fixture(scope="session")
def images() -> None:
    """Both images, built from this checkout as a user builds them."""
    command = (*compose_command(), "build")
    built = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=BUILD_S, check=False
    )
    if built.returncode:
        pytest.fail(f"{' '.join(command)}: {built.stdout[-2000:]}{built.stderr[-2000:]}")


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No CATWALK_* variable of the environment reaches a test's settings."""
    for name in list(os.environ):
        if name.startswith("CATWALK_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a test loads is converted into a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(autouse=True)
def default_logging() -> Iterator[None]:
    """Each test starts and ends with unconfigured logging."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
