"""Writes pickles operation by operation, as attackers and Python 2 do."""

from __future__ import annotations

import pickle


def value(thing: object) -> bytes:
    """The operations that push ``thing``, without the beginning and end of a pickle."""
    return pickle.dumps(thing, 3)[2:-1]


def name(module: str, attribute: str) -> bytes:
    """Push what a module calls ``attribute``."""
    return f"c{module}\n{attribute}\n".encode()


def call(function: bytes, *arguments: bytes) -> bytes:
    """Call a pushed function with pushed arguments."""
    return function + b"(" + b"".join(arguments) + b"tR"


def build(thing: bytes, state: bytes) -> bytes:
    """Set the state of a pushed object."""
    return thing + state + b"b"


def pack(*items: bytes) -> bytes:
    """Push a tuple of pushed items."""
    return b"(" + b"".join(items) + b"t"


def whole(operations: bytes) -> bytes:
    """A pickle of protocol 3 with these operations."""
    return b"\x80\x03" + operations + b"."


DTYPE_STATE = (3, "|", None, None, None, -1, -1, 0)
NDARRAY = name("numpy", "ndarray")
SHELL = call(name("numpy._core.multiarray", "_reconstruct"), NDARRAY, value((0,)), value(b"b"))


def dtype(code: object = "u1", state: object = DTYPE_STATE) -> bytes:
    """Push a dtype as numpy writes it."""
    bare = call(name("numpy", "dtype"), value(code), value(False), value(True))
    return build(bare, value(state))


def array(shape: object, raw: object, kind: bytes | None = None, fortran: object = False) -> bytes:
    """Push an array as numpy writes it, of uint8 unless ``kind`` says otherwise."""
    parts = (value(1), value(shape), kind or dtype(), value(fortran), value(raw))
    return build(SHELL, pack(*parts))
