"""The HEALTHCHECK of both images: ask a service for its health, on the standard library alone.

``python probe.py http://127.0.0.1:7000/healthz`` exits 0 where the service says that it makes
progress; otherwise 1, with the service's own words on standard error, where ``docker inspect``
shows them. It runs every few seconds beside the service, so it must start in no time.
"""

from __future__ import annotations

import http.client
import sys
from urllib.parse import urlsplit

TIMEOUT_S = 3.0
MAX_WORDS = 2000


def complaint(url: str, timeout: float = TIMEOUT_S) -> str | None:
    """Give what is wrong with the service, in words; None where nothing is.

    Args:
        url: ``http://HOST:PORT/PATH`` of its health.
        timeout: seconds that it may take to connect and to answer.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        words = answer.read(MAX_WORDS).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"no answer from {url}: {error or type(error).__name__}"
    finally:
        connection.close()
    return None if answer.status == http.client.OK else f"{answer.status} {words}"


if __name__ == "__main__":
    sys.exit(complaint(sys.argv[1]))
