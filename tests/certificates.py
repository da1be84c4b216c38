"""Certificates for tests, made by the openssl command once for all of them."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

COMMAND = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    " -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
)


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself, for this machine, and its key; both PEM."""

    cert: bytes
    key: bytes

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Files with the certificate and the key."""
        paths = folder / "cert.pem", folder / "key.pem"
        for path, content in zip(paths, (self.cert, self.key), strict=True):
            path.write_bytes(content)
        return paths


def _made() -> Certificate:
    with tempfile.TemporaryDirectory() as folder:
        cert, key = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        command = [*COMMAND.split(), "-out", str(cert), "-keyout", str(key)]
        subprocess.run(command, check=True, capture_output=True)
        return Certificate(cert.read_bytes(), key.read_bytes())


@cache
def own_certificate() -> Certificate:
    """The one that the tests' producers have."""
    return _made()


@cache
def other_certificate() -> Certificate:
    """One that nobody trusts."""
    return _made()
