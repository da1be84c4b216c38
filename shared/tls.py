"""What either side needs to speak TLS, made from files that are checked when it starts."""

from __future__ import annotations

import ssl
from pathlib import Path

from shared.errors import SettingsError

CERT = "--tls-cert or CATWALK_TLS_CERT"
KEY = "--tls-key or CATWALK_TLS_KEY"
CA = "--tls-ca or CATWALK_TLS_CA"
"""The options that the files come from."""


def server_context(cert: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer, with a certificate of our own.

    Args:
        cert: the certificate and those that signed it, PEM.
        key: its private key, PEM, without a passphrase.

    Raises:
        SettingsError: a file cannot be read, is no PEM, or the two do not belong together.
    """
    _check_readable(CERT, cert)
    _check_readable(KEY, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # Without a passphrase of ours OpenSSL would ask for one on the terminal.
        context.load_cert_chain(cert, key, password=lambda: b"")
    except (ssl.SSLError, ValueError) as error:
        raise SettingsError(
            "unusable certificate or key",
            where=f"options {CERT} and {KEY}",
            expected="a certificate and its own private key without a passphrase, both PEM",
            got=f"{cert} and {key} with {_reason(error)}",
        ) from None
    return context


def client_context(ca: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, with a peer whose certificate and name are checked.

    Args:
        ca: certificates to trust in place of the system's, PEM.

    Raises:
        SettingsError: the file cannot be read or holds no certificate.
    """
    if ca is not None:
        _check_readable(CA, ca)
    try:
        context = ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise SettingsError(
            "unusable certificate",
            where=f"option {CA}",
            expected="certificates, PEM",
            got=f"{ca} with {_reason(error)}",
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _check_readable(option: str, path: Path) -> None:
    try:
        with path.open("rb"):
            return
    except OSError as error:
        raise SettingsError(
            "cannot read the file",
            where=f"option {option}",
            expected="a PEM file",
            got=f"{path}: {error.strerror}",
        ) from None


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or str(error)
