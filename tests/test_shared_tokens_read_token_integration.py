"""The token of a file: it opens the door, and no output of either process ever shows it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from certificates import own_certificate
from services import environment, producer, random_images, write_pickle

TOKEN = "the-secret-0123456789"
OTHER = "another-secret-0123456789"
DEBUG = ("--log-level", "debug")


@pytest.fixture(name="token_file")
def file_with_the_token(tmp_path: Path) -> Path:
    """As a user writes it."""
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n", encoding="utf-8")
    return path


def _run(*command: str, **variables: str) -> tuple[int, str]:
    """The exit code and all output of a command."""
    ended = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        env=environment(**variables),
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def _consume(address: str, folder: Path, *options: str, **variables: str) -> tuple[int, str]:
    command = ("-m", "consumer", "run", "--producer", address, "--output", str(folder / "out"))
    return _run(*command, "--fps", "0", "--count", "5", *DEBUG, *options, **variables)


def test_the_token_opens_the_door_and_is_shown_nowhere(tmp_path: Path, token_file: Path) -> None:
    dataset = write_pickle(tmp_path / "mine.pickle", random_images(5))
    cert, key = own_certificate().write(tmp_path)
    options = ("--token-file", str(token_file), "--tls-cert", str(cert), "--tls-key", str(key))
    with producer(tmp_path, "--dataset", str(dataset), *options, *DEBUG) as running:
        address = f"wss://localhost:{running.session_port}"
        trust = ("--tls-ca", str(cert))
        ended = [
            _consume(address, tmp_path, *trust, "--token-file", str(token_file)),
            _consume(address, tmp_path, *trust, CATWALK_TOKEN=OTHER),
            _consume(address, tmp_path, CATWALK_TOKEN=TOKEN),
        ]
        commands = Path(f"/proc/{running.process.pid}/cmdline").read_text(encoding="utf-8")
    assert [code for code, _ in ended] == [0, 4, 4]
    assert json.loads(ended[1][1].splitlines()[-1])["code"] == "unauthorised"
    assert "no producer to trust" in ended[2][1]
    files = [tmp_path / "producer.log", *(tmp_path / "out").rglob("*.*")]
    written = [path.read_text("latin-1") for path in files] + [text for _, text in ended]
    assert not any(secret in text for secret in (TOKEN, OTHER) for text in [*written, commands])


@pytest.mark.parametrize(
    ("service", "place"), [("producer", "Producer.serve"), ("consumer", "run_session")]
)
def test_a_crash_shows_where_and_not_with_what(
    service: str, place: str, tmp_path: Path, token_file: Path
) -> None:
    dataset = write_pickle(tmp_path / "mine.pickle", random_images(2))
    program = f"""
import runpy, sys
from {service} import app
async def crash(*given):
    raise RuntimeError(repr([vars(one) if hasattr(one, "_settings") else one for one in given]))
app.{place} = crash
sys.argv = {{arguments}}
runpy.run_module("{service}", run_name="__main__")
"""
    options = ["--token-file", str(token_file), *DEBUG]
    if service == "producer":
        arguments = ["producer", "serve", "--dataset", str(dataset), *options]
        arguments += ["--store", f"sqlite:///{tmp_path}/ledger.db"]
    else:
        arguments = ["consumer", "run", "--output", str(tmp_path / "out"), *options]
    code, text = _run("-c", program.format(arguments=arguments))
    assert code == 11
    assert "Traceback" in text and "SecretStr('**********')" in text
    assert TOKEN not in text


@pytest.mark.parametrize("service", ["producer", "consumer"])
def test_a_token_that_is_none_is_refused_and_not_quoted(service: str, tmp_path: Path) -> None:
    command = ("-m", service, "serve" if service == "producer" else "run")
    (tmp_path / "token").write_text("too-secret", encoding="utf-8")
    for code, text in (
        _run(*command, CATWALK_TOKEN="too-secret"),
        _run(*command, "--token-file", str(tmp_path / "token")),
    ):
        assert code == 2
        assert json.loads(text)["code"] == "bad-setting"
        assert "too-secret" not in text
