"""server_context makes TLS of a certificate and its key, or says what is wrong with them."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest
from certificates import other_certificate, own_certificate

from shared.errors import SettingsError
from shared.tls import server_context


def test_a_certificate_and_its_key_make_tls_1_2_or_newer(tmp_path: Path) -> None:
    context = server_context(*own_certificate().write(tmp_path))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_NONE


@pytest.mark.parametrize(
    ("cert", "key", "words"),
    [
        (
            None,
            b"",
            "cannot read the file in option --tls-cert or CATWALK_TLS_CERT: .*cert.pem: No such",
        ),
        (
            b"",
            None,
            "cannot read the file in option --tls-key or CATWALK_TLS_KEY: .*key.pem: No such",
        ),
        (
            b"nonsense",
            b"nonsense",
            "unusable certificate or key in options --tls-cert or .* --tls-key",
        ),
        (own_certificate().cert, b"", "unusable certificate or key"),
        (own_certificate().key, own_certificate().key, "unusable certificate or key"),
        (
            own_certificate().cert,
            other_certificate().key,
            "got .*cert.pem and .*key.pem with KEY_VALUES_MISMATCH",
        ),
    ],
    ids=["no certificate", "no key", "no PEM", "empty key", "key twice", "mismatch"],
)
def test_files_that_cannot_be_used_are_named(
    cert: bytes | None, key: bytes | None, words: str, tmp_path: Path
) -> None:
    for name, content in (("cert.pem", cert), ("key.pem", key)):
        if content is not None:
            (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        server_context(tmp_path / "cert.pem", tmp_path / "key.pem")


def test_a_key_with_a_passphrase_is_refused_without_a_question(tmp_path: Path) -> None:
    cert, key = own_certificate().write(tmp_path)
    locked = tmp_path / "locked.pem"
    command = "openssl pkey -aes128 -passout pass:word -in".split()
    subprocess.run([*command, str(key), "-out", str(locked)], check=True, capture_output=True)
    with pytest.raises(SettingsError, match="without a passphrase"):
        server_context(cert, locked)
