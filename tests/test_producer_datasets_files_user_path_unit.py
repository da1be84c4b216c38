"""user_path: what a user's ``~`` means."""

from __future__ import annotations

from pathlib import Path

import pytest

from producer.datasets.files import user_path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.pkl", "a.pkl"),
        ("~/a.pkl", "/home/me/a.pkl"),
        ("~nobody-is-called-so/a.pkl", "~nobody-is-called-so/a.pkl"),
        ("~x.pkl", "~x.pkl"),
    ],
)
def test_only_a_home_that_there_is_takes_its_place(
    name: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert user_path(name) == Path(path)
