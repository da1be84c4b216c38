"""The tree of errors: what each says, and which code and exit code it has."""

from __future__ import annotations

import re

import pytest

from shared import errors
from shared.errors import (
    AuthorisationError,
    CatwalkError,
    ConnectionLost,
    DataError,
    DigestError,
    DownloadError,
    FrameError,
    LimitError,
    LocalError,
    MessageError,
    ModelError,
    NoSessionError,
    OwnerError,
    PeerError,
    PortError,
    ProducerUnavailable,
    RefusedError,
    SettingsError,
    StateError,
    StoppingError,
    StoreError,
    TakenOverError,
    WorkerError,
)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "wrong size"),
        ({"where": "f.pickle"}, "wrong size in f.pickle"),
        ({"expected": 3}, "wrong size: expected 3"),
        ({"got": 4}, "wrong size: got 4"),
        ({"expected": 3, "got": 4}, "wrong size: expected 3, got 4"),
        ({"where": "f", "expected": 3}, "wrong size in f: expected 3"),
        ({"at": "f", "expected": 3}, "wrong size at f: expected 3"),
        ({"where": "f", "got": 4}, "wrong size in f: got 4"),
        ({"where": "f", "expected": 3, "got": 4}, "wrong size in f: expected 3, got 4"),
        ({"where": "", "expected": 0, "got": False}, "wrong size in : expected 0, got False"),
        ({"where": "f", "at": "byte 3", "got": 4}, "wrong size in f at byte 3: got 4"),
        ({"hint": "cut it"}, "wrong size; cut it"),
        ({"expected": 3, "got": 4, "hint": "cut it"}, "wrong size: expected 3, got 4; cut it"),
    ],
)
def test_a_sentence_says_what_where_expected_and_got(
    fields: dict[str, object], sentence: str
) -> None:
    error = CatwalkError("wrong size", **fields)
    assert str(error) == sentence
    assert error.what == "wrong size"
    assert (error.where, error.at, error.expected, error.got) == (
        fields.get("where"),
        fields.get("at"),
        fields.get("expected"),
        fields.get("got"),
    )


@pytest.mark.parametrize(
    ("kind", "branch", "code", "exit_code"),
    [
        (CatwalkError, CatwalkError, "internal", 11),
        (LocalError, CatwalkError, "internal", 11),
        (SettingsError, LocalError, "bad-setting", 2),
        (ProducerUnavailable, LocalError, "unreachable", 3),
        (DataError, LocalError, "bad-data", 5),
        (ModelError, LocalError, "bad-model", 6),
        (PortError, LocalError, "port-unavailable", 7),
        (StoreError, LocalError, "store-failed", 8),
        (WorkerError, LocalError, "worker-failed", 9),
        (DownloadError, LocalError, "download-failed", 10),
        (PeerError, CatwalkError, "peer-error", 4),
        (FrameError, PeerError, "bad-frame", 4),
        (MessageError, PeerError, "bad-message", 4),
        (StateError, PeerError, "bad-state", 4),
        (DigestError, PeerError, "digest-mismatch", 4),
        (NoSessionError, PeerError, "no-session", 4),
        (OwnerError, PeerError, "not-yours", 4),
        (TakenOverError, PeerError, "taken-over", 4),
        (StoppingError, PeerError, "stopping", 4),
        (AuthorisationError, PeerError, "unauthorised", 4),
        (LimitError, PeerError, "limit", 4),
        (ConnectionLost, PeerError, "connection-lost", 4),
    ],
)
def test_each_error_has_its_branch_code_and_exit_code(
    kind: type[CatwalkError], branch: type[CatwalkError], code: str, exit_code: int
) -> None:
    error = kind("wrong")
    assert isinstance(error, branch)
    assert isinstance(error, LocalError) != isinstance(error, PeerError) or branch is CatwalkError
    assert (error.code, error.exit_code) == (code, exit_code)


def test_a_refusal_carries_the_peers_code_and_words() -> None:
    error = RefusedError("bad-state", "event not allowed")
    assert isinstance(error, PeerError)
    assert (error.code, error.exit_code) == ("bad-state", 4)
    assert str(error) == "the peer refused (bad-state): event not allowed"
    assert PeerError("x").code == "peer-error"


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    lines = r"^    [│├└─ ]*(\w+)(?: +(.+))?$"
    told: dict[str, str] = dict(re.findall(lines, errors.__doc__ or "", re.MULTILINE))
    kinds = {
        kind.__name__: kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, CatwalkError)
    }
    assert told.keys() == kinds.keys()
    for name, words in told.items():
        if name not in ("CatwalkError", "LocalError", "PeerError", "RefusedError"):
            assert words.split()[0] == kinds[name].code
