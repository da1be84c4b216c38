"""is_file tells the names of files from those that are known by themselves."""

from __future__ import annotations

import pytest

from shared.intake.catalog import CATALOG, is_file


@pytest.mark.parametrize("name", ["builtin", *CATALOG, "mnist:train", "fashion-mnist:test"])
def test_a_name_that_is_known_is_no_file(name: str) -> None:
    assert not is_file(name)


@pytest.mark.parametrize("name", ["a.pickle", "mnist.pickle", "builtin.session", "monday.session"])
def test_any_other_name_is_a_files(name: str) -> None:
    assert is_file(name)
