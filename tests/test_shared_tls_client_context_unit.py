"""client_context trusts the system's certificates or those of one file, and checks names."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from certificates import own_certificate

from shared.errors import SettingsError
from shared.tls import client_context


@pytest.mark.parametrize("own", [True, False])
def test_the_peer_has_to_prove_who_it_is(own: bool, tmp_path: Path) -> None:
    context = client_context(own_certificate().write(tmp_path)[0] if own else None)
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_one_file_takes_the_place_of_the_systems(tmp_path: Path) -> None:
    context = client_context(own_certificate().write(tmp_path)[0])
    (trusted,) = context.get_ca_certs()
    assert trusted["subject"] == ((("commonName", "localhost"),),)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            None,
            "cannot read the file in option --tls-ca or CATWALK_TLS_CA: .* .*ca.pem: No such",
        ),
        (b"", "unusable certificate in option --tls-ca or .*: .*, PEM, got .*ca.pem with NO_CERT"),
        (b"nonsense", "unusable certificate in option --tls-ca or .*, got .*ca.pem with NO_CERT"),
    ],
    ids=["missing", "empty", "no PEM"],
)
def test_a_file_that_cannot_be_used_is_named(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        client_context(path)
