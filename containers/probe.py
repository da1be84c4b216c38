"""The HEALTHCHECK of both images: ask a service for its health, on the standard library alone.

``python probe.py http://127.0.0.1:7000/healthz`` (https where the service has a certificate) exits
0 where the service says that it makes progress; otherwise 1, with the service's own words on
standard error, where ``docker inspect`` shows them.

It is not the question that costs but the process that the engine starts for it in the container.
So the first probe that finds all well ends at once, for those who wait for the service; each later
one watches for a while, and ends at once when something is wrong.
"""

from __future__ import annotations

import http.client
import os
import sys
import time
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

TIMEOUT_S = 3.0
LOOK_S = 1.0
LOOKS = 20
MARK = os.path.join(os.environ.get("TMPDIR", "/tmp"), "healthy-before")
MAX_WORDS = 2000


def complaint(url: str, timeout: float = TIMEOUT_S) -> str | None:
    """Give what is wrong with the service, in words; None where nothing is.

    Args:
        url: ``http://HOST:PORT/PATH`` of its health, or ``https``, with any certificate.
        timeout: seconds that it may take to connect and to answer.
    """
    parts = urlsplit(url)
    connection = _connection(parts, timeout)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        words = answer.read(MAX_WORDS).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"no answer from {url}: {error or type(error).__name__}"
    finally:
        connection.close()
    return None if answer.status == http.client.OK else f"{answer.status} {words}"


def _connection(parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme != "https":
        return http.client.HTTPConnection(host, parts.port, timeout=timeout)
    # Imported here because most services have no certificate, and a probe comes each second.
    import ssl

    context = ssl.create_default_context()
    # It asks its own container, tells nothing, and no certificate is for 127.0.0.1.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)


def probe(
    look: Callable[[], str | None], mark: str, pause: Callable[[float], None] = time.sleep
) -> str | None:
    """Look once where the service was not well before, else again and again for about 20 s.

    Args:
        look: gives what is wrong, None where nothing is.
        mark: path of a file that says that the service was well before; made where it is.
        pause: waits for so many seconds.

    Returns:
        The first complaint, or None.
    """
    words = look()
    if words is None and not os.path.exists(mark):
        with open(mark, "wb"):
            return None
    for _ in range(LOOKS):
        if words is not None:
            break
        pause(LOOK_S)
        words = look()
    return words


if __name__ == "__main__":
    sys.exit(probe(lambda: complaint(sys.argv[1]), MARK))
