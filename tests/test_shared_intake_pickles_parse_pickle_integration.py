"""The corpus: what comes of each of its files, alone and in a process that is watched."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pickle_corpus import CORPUS, MARKER, VALID, Case
from pickle_same import assert_same, stock_value

from shared.errors import DataError, PickleRefused
from shared.intake.pickles import load_pickle, parse_pickle

FAMILIES = 12


@pytest.mark.parametrize("case", CORPUS, ids=str)
def test_every_file_of_the_corpus_comes_out_as_it_must(case: Case) -> None:
    if case.outcome == "valid":
        check_valid(case)
        return
    with pytest.raises(DataError, match=case.expected) as caught:
        load_pickle(io.BytesIO(case.data), where="f")
    assert caught.value.hint, "nothing says how to mend it"
    assert isinstance(caught.value, PickleRefused) == (case.outcome == "refused")
    if isinstance(caught.value, PickleRefused):
        assert 0 <= caught.value.offset <= len(case.data)
        assert caught.value.what != "unreadable pickle", "only the last net caught it"
        assert len(str(caught.value)) < 700
        assert str(caught.value).isascii()


def check_valid(case: Case) -> None:
    """Check images and labels of a valid file."""
    found = load_pickle(io.BytesIO(case.data), where="f")
    assert len(found) == len(case.images)
    for k, image in enumerate(case.images):
        np.testing.assert_array_equal(found.image(k), image)
    if case.labels is not None:
        assert found.labels is not None
        assert found.labels.tolist() == case.labels


def test_the_corpus_is_large_and_its_names_tell_its_files_apart() -> None:
    assert len(CORPUS) >= 120
    families = Counter(case.family for case in CORPUS)
    assert len(families) == FAMILIES
    assert min(families.values()) >= 10
    assert len({str(case) for case in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("case", VALID, ids=str)
def test_what_is_accepted_is_what_the_stock_pickle_reads(case: Case) -> None:
    assert_same(parse_pickle(case.data, where="f"), stock_value(case.data))


CHILD = """
import resource, sys
sys.path[:0] = {path!r}
import numpy as np
from pickle_corpus import CORPUS
from shared.errors import DataError
from shared.intake.pickles import load_pickle, parse_pickle
import io

# What reading honest files needs is imported; from here on nothing more may be.
for case in CORPUS:
    if case.outcome == "valid":
        load_pickle(io.BytesIO(case.data), where="f")
before = set(sys.modules)
state = (np.geterr(), np.get_printoptions(), sorted(vars(np)), np.dtype("u1").flags)
events = []
WATCHED = ("open", "os.", "subprocess.", "socket.", "ctypes.", "import", "exec", "pickle.")
sys.addaudithook(lambda name, _: name.startswith(WATCHED) and events.append(name))
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
events.clear()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, used + 2**28))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for case in CORPUS:
    try:
        parse_pickle(case.data, where="f")
        assert case.outcome != "refused", case
    except DataError:
        assert case.outcome == "refused", case
assert not events, events
assert set(sys.modules) == before, set(sys.modules) - before
assert state == (np.geterr(), np.get_printoptions(), sorted(vars(np)), np.dtype("u1").flags)
sys.stdout.write("unharmed")
"""


def test_no_file_executes_imports_or_writes_anything(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD.format(path=sys.path)]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "unharmed", done.stderr
    assert not list(tmp_path.iterdir())
    assert not Path(MARKER).exists()
