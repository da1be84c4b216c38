"""Fetch published files over HTTP: resumed where cut, verified before they get their name."""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import structlog
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TransferSpeedColumn

from shared.errors import DownloadError

TIMEOUT_S = 5.0
MAX_FILE_BYTES = 256 * 2**20
_ATTEMPTS = 3
_BLOCK = 64 * 1024

log = structlog.get_logger()


def fetch(
    file: str, md5: str, addresses: Sequence[str], cache_dir: Path, *, timeout: float = TIMEOUT_S
) -> Path:
    """Give the path of a verified copy of a published file, fetched where there is none yet.

    What a cut download left in ``<file>.part`` is continued where the server can. The file gets
    its own name only once its checksum is right.

    Args:
        file: its published name.
        md5: its checksum, in hexadecimal.
        addresses: base addresses ending in ``/``, tried in this order.
        cache_dir: the folder to keep it in; created where missing.
        timeout: seconds to wait for the name lookup, the connection, and each piece of data.

    Raises:
        DownloadError: no address gave the file (each is named with its reason), or the folder
            cannot be written.
    """
    path = cache_dir / file
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        if _is_verified(path, md5):
            return path
        _fetch_from_any(path, md5, [address + file for address in addresses], timeout)
    except OSError as error:
        if _is_verified(path, md5):
            return path  # another process was faster, and took the part away
        raise DownloadError(
            "cannot write the cache", at=cache_dir, got=error.strerror or error
        ) from error
    return path


def _fetch_from_any(path: Path, md5: str, addresses: Sequence[str], timeout: float) -> None:
    reasons = []
    for address in addresses:
        try:
            _fetch_from(address, path, md5, timeout)
        except _Failed as failure:
            log.debug("download-failed", address=address, reason=str(failure))
            reasons.append(f"{address}: {failure}")
        else:
            log.info("downloaded", address=address, file=str(path), bytes=path.stat().st_size)
            return
    raise DownloadError(f"cannot download {path.name}", got="; ".join(reasons) or "no address")


def _fetch_from(address: str, path: Path, md5: str, timeout: float) -> None:
    part = path.with_name(path.name + ".part")
    for attempt in range(_ATTEMPTS):
        before = _size(part)
        try:
            if before == 0 or _md5(part) != md5:
                _transfer(address, part, timeout)
            _verify(part, md5)
        except _Failed as failure:
            if _is_verified(path, md5):
                return  # another process was faster
            progressed = _size(part) > before
            stale = before > 0 and not part.exists()
            if attempt == _ATTEMPTS - 1 or not (progressed or stale):
                raise
            log.info("download-retried", address=address, have=_size(part), reason=str(failure))
        else:
            os.replace(part, path)
            return


class _Failed(Exception):
    """One address did not give the file; the text is the reason."""


def _is_verified(path: Path, md5: str) -> bool:
    return os.path.isfile(path) and _md5(path) == md5


def _verify(part: Path, md5: str) -> None:
    got = _md5(part)
    if got != md5:
        part.unlink()
        raise _Failed(f"wrong checksum, expected {md5}, got {got}")


def _transfer(address: str, part: Path, timeout: float) -> None:
    """Bring ``part`` to the full length, from where it ends if the server can."""
    with _network_errors():
        _look_up(address, timeout)
        response = _open(address, part, timeout)
    with response:
        offset = _accepted_offset(response, part)
        total = _total(response, offset)
        log.info("download-started", address=address, bytes=total, resumed_at=offset)
        with part.open("ab" if offset else "wb") as stream, _progress(part.stem, total) as meter:
            meter.advance(offset)
            _copy(response, stream, meter)
            os.fsync(stream.fileno())
    if total is not None and _size(part) < total:
        raise _Failed(f"the connection ended after {_size(part):,} of {total:,} bytes")


def _open(address: str, part: Path, timeout: float) -> http.client.HTTPResponse:
    offset = _size(part)
    headers = {"User-Agent": "catwalk"} | ({"Range": f"bytes={offset}-"} if offset else {})
    request = urllib.request.Request(address, headers=headers)
    opener = urllib.request.build_opener()
    try:
        response: http.client.HTTPResponse = opener.open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # longer than the file: something else
        raise
    return response


def _accepted_offset(response: http.client.HTTPResponse, part: Path) -> int:
    """From which byte on the server sends; anything but our own end means from the beginning."""
    if response.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0
    start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if start is None or int(start[1]) != _size(part):
        part.unlink()
        raise _Failed("the server sent another range than asked for")
    return int(start[1])


def _total(response: http.client.HTTPResponse, offset: int) -> int | None:
    if response.length is None:
        return None
    total = offset + response.length
    if total > MAX_FILE_BYTES:
        raise _Failed(f"file too large, expected at most {MAX_FILE_BYTES:,} bytes, got {total:,}")
    return total


def _copy(response: http.client.HTTPResponse, stream: BinaryIO, meter: _Meter) -> None:
    while True:
        with _network_errors():
            block = response.read(_BLOCK)
        if not block:
            return
        stream.write(block)
        meter.advance(len(block))
        if stream.tell() > MAX_FILE_BYTES:
            raise _Failed(f"file too large, expected at most {MAX_FILE_BYTES:,} bytes")


@contextmanager
def _network_errors() -> Iterator[None]:
    """Turn whatever the network raises into a reason, apart from what the disk raises."""
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        raise _Failed(f"HTTP status {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise _Failed(str(error.reason)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _Failed(str(error) or type(error).__name__) from error


def _look_up(address: str, timeout: float) -> None:
    """Resolve the host within ``timeout``, which the system's own lookup does not keep."""
    parts = urlsplit(address)
    target = (parts.hostname, parts.port or parts.scheme)
    if parts.scheme in urllib.request.getproxies():
        return  # the proxy resolves the name
    results: list[Exception | None] = []

    def resolve() -> None:
        try:
            socket.getaddrinfo(*target)
            results.append(None)
        except (OSError, ValueError) as error:
            results.append(error)

    # A daemon, because a lookup cannot be cancelled and must not hold up the end of the process.
    thread = threading.Thread(target=resolve, name="host-lookup", daemon=True)
    thread.start()
    thread.join(timeout)
    if not results:
        raise _Failed(f"the name lookup took longer than {timeout:g} s")
    if results[0] is not None:
        raise results[0]


class _Meter:
    """A progress bar, or where there is no terminal, nothing."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def advance(self, count: int) -> None:
        """Count further bytes."""
        self._progress.advance(self._task, count)


@contextmanager
def _progress(name: str, total: int | None) -> Iterator[_Meter]:
    console = Console(stderr=True)
    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield _Meter(progress, progress.add_task(name, total=total))


def _size(path: Path) -> int:
    return path.stat().st_size if os.path.exists(path) else 0


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
