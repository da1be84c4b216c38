"""check_layout refuses what is no layout, and any where it would mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from producer.datasets.files import check_layout
from shared.errors import CatwalkError, DataError, SettingsError


@pytest.mark.parametrize("where", ["a.npy", "a.session", "builtin"])
def test_without_a_layout_nothing_is_refused(where: str) -> None:
    check_layout(where, None, is_file=where != "builtin")


def test_a_layout_of_a_file_or_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.session").mkdir()
    check_layout(tmp_path / "a.npy", "NHW")
    check_layout(tmp_path / "a.session", "NHW")


@pytest.mark.parametrize(
    ("where", "is_file", "layout", "kind"),
    [
        ("a.npy", True, "XX", SettingsError),
        ("a.session", True, "XX", SettingsError),
        ("builtin", False, "XX", SettingsError),
        ("a.session", True, "NHW", DataError),
        ("builtin", False, "NHW", DataError),
    ],
)
def test_what_means_nothing_is_refused(
    where: str, is_file: bool, layout: str, kind: type[CatwalkError]
) -> None:
    with pytest.raises(kind, match="unknown layout|leave --layout away"):
        check_layout(where, layout, is_file=is_file)
