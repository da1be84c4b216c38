"""docs/door.md and docs/datasets.md say what the code does: tables, options, commands."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from websockets import http11

from consumer.settings import ConsumerSettings
from producer.ports.slots import COURTESY
from producer.ports.wire import OPEN_TIMEOUT_S, TRY_AGAIN_LATER
from producer.settings import ProducerSettings
from shared.settings import load_settings
from shared.tokens import MIN_TOKEN

DOCS = Path(__file__).parent.parent / "docs"
TEXT = (DOCS / "door.md").read_text(encoding="utf-8")
LOADING = {"max_file_mib", "max_load_s", "max_load_mib"}
COMMANDS = [
    line
    for block in re.findall(r"^```\n(.*?)^```", TEXT, re.M | re.S)
    for line in block.splitlines()
]


def _rows(head: str, text: str = TEXT) -> list[list[str]]:
    after = text[text.index(f"\n| {head} |") + 1 :]
    lines = after[: after.index("\n\n")].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_the_limits_are_the_settings_with_their_defaults() -> None:
    told = {option.removeprefix("--").replace("-", "_"): int(n) for option, n, _ in _rows("option")}
    limits = {
        name for name in sorted(ProducerSettings.model_fields.keys()) if name.startswith("max_")
    } - LOADING
    assert told == {name: getattr(ProducerSettings(), name) for name in limits}
    refusing = [beyond for option, _, beyond in _rows("option") if option != "--max-rate"]
    assert all(f"{TRY_AGAIN_LATER}" in beyond for beyond in refusing)


def test_the_limits_of_loading_are_the_settings_with_their_defaults() -> None:
    rows = _rows("option", (DOCS / "datasets.md").read_text(encoding="utf-8"))
    told = {option.removeprefix("--").replace("-", "_"): int(n) for option, n, _ in rows}
    assert told == {name: getattr(ProducerSettings(), name) for name in LOADING}


def test_the_fixed_limits_are_those_of_the_code() -> None:
    assert [limit for _, limit, _ in _rows("what")] == [
        f"{COURTESY}",
        f"{OPEN_TIMEOUT_S:g} s",
        f"{OPEN_TIMEOUT_S:g} s",
        f"{http11.MAX_LINE_LENGTH // 1024} KiB",
        f"{http11.MAX_NUM_HEADERS}",
    ]
    assert f"at least {MIN_TOKEN} characters" in TEXT


def test_every_option_that_is_named_exists() -> None:
    known = {*ProducerSettings.model_fields, *ConsumerSettings.model_fields}
    for option in re.findall(r"(?<![\w-])--([a-z][a-z-]+)", TEXT):
        assert option.replace("-", "_") in known, option


def test_the_commands_work_as_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        if command.startswith("openssl"):
            subprocess.run(command, shell=True, check=True, capture_output=True)
            continue
        service, _, *words = shlex.split(command)
        options = dict(zip(words[::2], words[1::2], strict=True))
        given = {
            name.removeprefix("--").replace("-", "_"): value for name, value in options.items()
        }
        kind = ProducerSettings if service == "producer" else ConsumerSettings
        settings = load_settings(kind, given)
        assert settings.token is not None
        assert getattr(settings, "host", "0.0.0.0") == "0.0.0.0"
