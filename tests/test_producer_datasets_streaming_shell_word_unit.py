"""shell_word, streaming_command, chosen_limits: what a shell reads is what was meant."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from producer.datasets.streaming import chosen_limits, shell_word, streaming_command
from producer.settings import ProducerSettings
from shared.intake.limits import Limits
from shared.settings import load_settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.pkl", "a.pkl"),
        ("my set.pkl", "'my set.pkl'"),
        ("it's", "'it'\"'\"'s'"),
        ("$HOME;`x`", "'$HOME;`x`'"),
        ("Größe", "'Größe'"),
        ("two\nlines", "$'two\\012lines'"),
        ("it's\t\\", "$'it\\'s\\011\\\\'"),
        ("\x1b[31m", "$'\\033[31m'"),
        ("\u202eö", "$'\\342\\200\\256ö'"),
        ("\udcff", "$'\\377'"),
    ],
)
def test_a_text_is_one_word_on_one_line(text: str, expected: str) -> None:
    assert shell_word(text) == expected
    assert shell_word(text).isprintable()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")
@pytest.mark.parametrize("text", ["my set", "it's\n\x1b\\", "\udcff\t7", "\x017", "\u202e$x"])
def test_a_shell_reads_the_word_as_it_was(text: str) -> None:
    command = os.fsencode(f"printf %s {shell_word(text)}")
    read = subprocess.run(["bash", "-c", command], capture_output=True, check=True).stdout
    assert read == os.fsencode(text)


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (None, "producer serve --dataset 'my set.npy'"),
        ("NCHW", "producer serve --dataset 'my set.npy' --layout NCHW"),
        ("images=a b", "producer serve --dataset 'my set.npy' --layout 'images=a b'"),
    ],
)
def test_the_command_names_the_layout_where_it_was_asked_for(
    layout: str | None, expected: str
) -> None:
    assert streaming_command("my set.npy", layout) == expected


@pytest.mark.parametrize(
    ("limits", "options"),
    [
        ({}, ""),
        ({"max_file_mib": 700}, " --max-file-mib 700"),
        ({"max_load_s": 90}, " --max-load-s 90"),
        ({"max_load_mib": 4096}, " --max-load-mib 4096"),
    ],
)
def test_limits_that_were_chosen_are_those_of_the_server_and_in_the_command(
    limits: dict[str, int], options: str
) -> None:
    chosen = chosen_limits(**limits)
    assert chosen == load_settings(ProducerSettings, limits).limits
    assert streaming_command("a.npy", None, chosen) == f"producer serve --dataset a.npy{options}"


def test_no_choice_means_the_default_limits() -> None:
    assert chosen_limits() == Limits()
