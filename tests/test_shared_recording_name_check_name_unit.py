"""check_name refuses a file that nobody would know as a recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import SettingsError
from shared.recording.name import check_name


@pytest.mark.parametrize("name", ["a.session", "in/a.b.session", "A.SESSION"])
def test_a_name_of_a_recording_is_given_back(name: str) -> None:
    assert check_name(Path(name), "option --here") == Path(name)


def test_any_other_is_refused_with_where_it_came_from() -> None:
    with pytest.raises(SettingsError) as caught:
        check_name(Path("in/a.pickle"), "option --here")
    assert str(caught.value) == (
        "not the name of a recording in option --here: "
        "expected a file that ends in .session, got 'in/a.pickle'"
    )
