"""default_cache_dir: the rules of the XDG base directory specification."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.places import default_cache_dir


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"CATWALK_CACHE_DIR": "/c", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/c"),
        ({"CATWALK_CACHE_DIR": "here"}, "here"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/catwalk"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/catwalk"),
        ({"CATWALK_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": "/h"}, "/h/.cache/catwalk"),
        ({}, str(Path.home() / ".cache/catwalk")),
    ],
)
def test_the_cache_is_where_the_environment_says(
    environment: dict[str, str], expected: str
) -> None:
    assert default_cache_dir(environment) == Path(expected)
