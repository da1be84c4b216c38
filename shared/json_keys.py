"""Objects that name a key twice, of which readers of JSON take now the first, now the last."""

from __future__ import annotations

import json

from shared.errors import MessageError


class _Repeated(Exception):
    """A key stands twice in one object."""


def check_keys(text: str, where: str) -> None:
    """Refuse a text in which an object has a key twice; otherwise the last would count unseen.

    Args:
        text: one value in JSON (RFC 8259), already known to be of a known form.
        where: what it is, for the error.

    Raises:
        MessageError: a key stands twice, or what does not count could not even be read.
    """
    try:
        _DECODER.decode(text)
    except _Repeated:
        raise MessageError("repeated key", where=where, expected="each key once") from None
    except (ValueError, RecursionError):
        raise MessageError("wrong content", where=where, expected="JSON") from None


def _once(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _Repeated


_DECODER = json.JSONDecoder(object_pairs_hook=_once)
