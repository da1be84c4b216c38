"""refuse_name: what is said of a name that no honest file has."""

from __future__ import annotations

import pytest

from shared.intake.closed.names import refuse_name
from shared.intake.closed.refusal import Refused


@pytest.mark.parametrize(
    ("module", "name", "hint"),
    [
        ("os", "system", "do not open it with pickle.load either"),
        ("builtins", "eval", "do not open it with pickle.load either"),
        ("torch._utils", "_rebuild_tensor_v2", "it holds objects of PyTorch; save images as"),
        ("pandas.core.frame", "DataFrame", "it holds objects of pandas; save images as"),
        ("sklearn.utils", "Bunch", "it holds objects of scikit-learn; save images as"),
        ("pathlib._local", "PosixPath", "paths are not followed: put the images themselves in"),
        ("pathlib", "Path.touch", "do not open it with pickle.load either"),
        ("__main__", "Images", "save images as numpy arrays"),
        ("numpy", "load", "save images as numpy arrays"),
    ],
)
def test_a_name_is_refused_with_what_to_do(module: str, name: str, hint: str) -> None:
    with pytest.raises(Refused, match="forbidden name") as caught:
        refuse_name(module, name)
    assert caught.value.got == f"'{module}.{name}'"
    assert hint in str(caught.value.hint)


def test_a_long_name_is_cut_and_escaped() -> None:
    with pytest.raises(Refused) as caught:
        refuse_name("\u2603" * 10**6, "x\n")
    got = str(caught.value.got)
    assert got.startswith("'\\u2603")
    assert got.isascii()
    assert len(got) <= 100
