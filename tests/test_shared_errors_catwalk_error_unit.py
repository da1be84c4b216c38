"""The tree of errors: what each says, and which code and exit code it has."""

from __future__ import annotations

import pytest

from shared.errors import (
    CatwalkError,
    ConnectionLost,
    DataError,
    DigestError,
    DownloadError,
    FrameError,
    LocalError,
    MessageError,
    ModelError,
    PeerError,
    PortError,
    ProducerUnavailable,
    RefusedError,
    SettingsError,
    StateError,
    StoreError,
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
