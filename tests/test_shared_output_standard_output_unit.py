"""standard_output: what cannot be written there is an error, also when the interpreter ends."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shared.errors import StoreError
from shared.output import standard_output

CODE = """
import sys
from shared.errors import StoreError
from shared.output import standard_output
try:
    with standard_output():
        sys.stdout.write("a")
except StoreError as error:
    sys.stderr.write(str(error))
    sys.exit(error.exit_code)
"""


def test_what_can_be_written_is_written_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with standard_output():
        sys.stdout.write("a")
    assert capsys.readouterr().out == "a"


@pytest.mark.parametrize(
    ("where", "got"), [(">/dev/full", "No space left on device"), (">&-", "a closed one")]
)
def test_what_cannot_be_written_is_one_error(where: str, got: str) -> None:
    shell = ["sh", "-c", f'exec "$0" -c "$1" {where}', sys.executable, CODE]
    found = subprocess.run(shell, capture_output=True, check=False, text=True, timeout=60)
    assert found.returncode == StoreError.exit_code
    assert found.stderr == f"cannot write at standard output: got {got}"


def test_a_reader_that_has_gone_is_left_to_the_command() -> None:
    with pytest.raises(BrokenPipeError), standard_output():
        raise BrokenPipeError
