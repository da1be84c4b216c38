"""The commands ``sessions list``, ``show`` and ``verify`` read a ledger for people and machines."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from databases import KINDS, SQLITE, execute, fresh_database
from ledger_parts import IMAGES, OTHER, SESSION, Script, connected, record, write_session
from ledger_version_1 import ACCEPTED, write_version_1
from typer.testing import CliRunner, Result

from producer.commands import list_sessions, sessions_app, show, verify
from producer.datasets.create import write_dataset
from producer.datasets.resolve import ResolvedDataset
from producer.ledger.runs import append
from producer.ledger.sessions import create
from shared.errors import CatwalkError, DataError, DownloadError, NoSessionError, StoreError
from shared.intake.imageset import ImageSet
from shared.logs import configure_logging


@pytest.fixture(name="store", params=KINDS)
def written_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A ledger of each kind with one session accepted and a newer one just opened."""
    with fresh_database(request.param, tmp_path) as url:
        with connected(url) as connection:
            write_session(connection)
            create(connection, record(OTHER, created=2.0))
            connection.commit()
        yield url


@pytest.fixture(name="dataset")
def written_images(tmp_path: Path) -> str:
    """The data set of those sessions, as a file."""
    write_dataset(IMAGES, tmp_path / "images.pickle")
    return str(tmp_path / "images.pickle")


def _run(*arguments: str, store: str) -> Result:
    configure_logging()
    found = CliRunner().invoke(sessions_app, [*arguments, "--store", store])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def test_sessions_are_listed_newest_first(store: str) -> None:
    found = _run("list", store=store)
    assert found.exit_code == 0
    lines = found.stdout.splitlines()
    assert lines[0].split()[:3] == ["session", "created", "(UTC)"]
    assert lines[1].split() == f"{OTHER} 1970-01-01 00:00:02 me a.pickle opened 10 100 0".split()
    assert lines[2].split()[-4:] == ["10", "9", "6", "PASS"]


def test_at_most_so_many_are_listed_for_machines_as_one_array(store: str) -> None:
    found = json.loads(_run("list", "--json", "--limit", "1", store=store).stdout)
    assert [one["session"] for one in found] == [OTHER]


def test_a_session_is_shown_with_all_its_figures(store: str) -> None:
    shown = json.loads(_run("show", SESSION, "--json", store=store).stdout)
    assert (shown["state"], shown["skipped"], shown["balance"]["verdict"]) == (
        "accepted",
        3,
        "PASS",
    )
    words = _run("show", SESSION, store=store).stdout
    lines = [" ".join(line.split()) for line in words.splitlines()]
    assert {"delivery newest", "score accuracy 0.6667", "data set a.pickle"} <= set(lines)
    assert "None" not in _run("show", OTHER, store=store).stdout


def test_a_session_whose_accounts_are_right_passes(store: str, dataset: str) -> None:
    found = _run("verify", SESSION, "--dataset", dataset, store=store)
    assert found.exit_code == 0
    assert f"session {SESSION}" in found.stdout and "PASS" in found.stdout
    assert "unchecked" not in found.stdout


def test_machines_get_each_check(store: str, dataset: str) -> None:
    found = json.loads(_run("verify", SESSION, "--json", "--dataset", dataset, store=store).stdout)
    assert (found["verdict"], found["reasons"]) == ("PASS", [])
    assert {"name": "frames stored", "outcome": "ok", "detail": "6"} in found["checks"]


def test_a_session_whose_rows_were_changed_fails_with_the_reason(store: str) -> None:
    execute(store, f"update sessions set unclassified = 2 where id = '{SESSION}'")
    found = _run("verify", SESSION, store=store)
    assert found.exit_code == 1
    assert "frames without a label: expected 1, got 2" in found.stdout


def test_a_session_that_is_not_accepted_is_unfinished(store: str) -> None:
    found = _run("verify", OTHER, store=store)
    assert found.exit_code == 1
    assert "UNFINISHED" in found.stdout
    assert "opened: 0 of 100 frames, no results yet" in found.stdout


def test_without_the_data_set_that_is_said(store: str) -> None:
    found = _run("verify", SESSION, store=store)
    assert found.exit_code == 0
    assert "unchecked  no data set was given" in found.stdout


@pytest.mark.parametrize("name", ["builtin", "mnist:test"])
def test_a_data_set_that_has_a_name_is_looked_for_and_not_downloaded(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(dataset: str, *, download: bool, **_: object) -> ResolvedDataset:
        assert not download
        if dataset != "builtin":
            raise DownloadError("not here")
        return ResolvedDataset(IMAGES, dataset, "made")

    monkeypatch.setattr("producer.datasets.played.resolve", look)
    with fresh_database(SQLITE, tmp_path) as url:
        with connected(url) as connection:
            create(connection, record(dataset=name))
            append(connection, Script().run([0]))
            connection.commit()
        checks = json.loads(_run("verify", SESSION, "--json", store=url).stdout)["checks"]
    (digests,) = [check for check in checks if check["name"] == "digests of the runs"]
    assert digests["outcome"] == ("ok" if name == "builtin" else "unchecked")


def test_a_data_set_of_the_environment_may_be_another(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_dataset(ImageSet(255 - IMAGES.stack), tmp_path / "others.pickle")
    monkeypatch.setenv("CATWALK_DATASET", str(tmp_path / "others.pickle"))
    found = _run("verify", SESSION, store=store)
    assert found.exit_code == 0
    assert "unchecked  the data set at hand is another" in found.stdout


def test_another_data_set_than_the_sessions_is_refused(store: str, tmp_path: Path) -> None:
    others = ImageSet(255 - IMAGES.stack, IMAGES.labels, IMAGES.classes)
    write_dataset(others, tmp_path / "others.pickle")
    with pytest.raises(DataError, match="another data set .*expected a.pickle with digest"):
        _run("verify", SESSION, "--dataset", str(tmp_path / "others.pickle"), store=store)


def test_layout_and_limits_say_how_the_data_set_is_read(store: str, tmp_path: Path) -> None:
    path = tmp_path / "images.pickle"
    train = {"images": IMAGES.stack, "labels": IMAGES.labels, "classes": list(IMAGES.classes)}
    path.write_bytes(pickle.dumps({"train": train, "test": {"images": 255 - IMAGES.stack}}))
    arguments = ["verify", SESSION, "--dataset", str(path)]
    with pytest.raises(DataError, match="--layout"):
        _run(*arguments, store=store)
    assert _run(*arguments, "--layout", "train", store=store).exit_code == 0
    wide = path.with_suffix(".npy")
    np.save(wide, np.zeros((2, 1024, 1024), np.uint8))
    with pytest.raises(DataError, match="--max-file-mib"):
        _run("verify", SESSION, "--dataset", str(wide), "--max-file-mib", "1", store=store)


@pytest.mark.parametrize("command", ["show", "verify"])
def test_an_unknown_session_is_named(command: str, store: str) -> None:
    with pytest.raises(NoSessionError, match=f"no such session in the ledger: got {'a' * 16}"):
        _run(command, "a" * 16, store=store)


def test_the_store_comes_from_the_environment_as_for_serve(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATWALK_STORE", store)
    assert SESSION in CliRunner().invoke(sessions_app, ["list"]).stdout


def test_a_ledger_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such database"):
        _run("list", store=f"sqlite:///{tmp_path / 'a.db'}")
    assert not list(tmp_path.iterdir())


def test_names_in_the_ledger_are_no_markup_and_control_no_terminal(tmp_path: Path) -> None:
    with fresh_database(SQLITE, tmp_path) as url:
        with connected(url) as connection:
            create(connection, record(dataset="[red]a\x1b[31mb"))
            connection.commit()
        words = _run("list", store=url).stdout
    assert "[red]a" in words
    assert "\x1b" not in words


def test_sessions_of_version_1_can_be_verified_once_a_producer_has_started(tmp_path: Path) -> None:
    with fresh_database(SQLITE, tmp_path) as url:
        write_version_1(url)
        with pytest.raises(CatwalkError, match="version 3, which the producer makes at start"):
            _run("verify", ACCEPTED, store=url)
        with connected(url):
            pass
        assert _run("verify", ACCEPTED, store=url).exit_code == 0


def test_the_commands_are_the_functions() -> None:
    named = {command.name: command.callback for command in sessions_app.registered_commands}
    assert named == {"list": list_sessions, "show": show, "verify": verify}
