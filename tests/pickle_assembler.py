"""Writes pickles operation by operation, as attackers and Python 2 do."""

from __future__ import annotations

import pickle
import struct


def value(thing: object) -> bytes:
    """The operations that push ``thing``, without the beginning and end of a pickle."""
    return pickle.dumps(thing, 3)[2:-1]


def name(module: str, attribute: str) -> bytes:
    """Push what a module calls ``attribute``."""
    return f"c{module}\n{attribute}\n".encode()


def stack_name(module: str, attribute: str) -> bytes:
    """The same as protocol 4 does it: from two texts on the stack."""
    return short_text(module) + short_text(attribute) + b"\x93"


def short_text(text: str) -> bytes:
    """Push text of at most 255 bytes, as protocol 4 does."""
    encoded = text.encode()
    return b"\x8c" + bytes([len(encoded)]) + encoded


def call(function: bytes, *arguments: bytes) -> bytes:
    """Call a pushed function with pushed arguments."""
    return function + b"(" + b"".join(arguments) + b"tR"


def build(thing: bytes, state: bytes) -> bytes:
    """Set the state of a pushed object."""
    return thing + state + b"b"


def pack(*items: bytes) -> bytes:
    """Push a tuple of pushed items."""
    return b"(" + b"".join(items) + b"t"


def row(*items: bytes) -> bytes:
    """Push a list of pushed items."""
    return b"](" + b"".join(items) + b"e"


def fields(**items: bytes) -> bytes:
    """Push a dict of pushed items."""
    return b"}(" + b"".join(value(key) + item for key, item in items.items()) + b"u"


def whole(operations: bytes, protocol: int = 3) -> bytes:
    """A pickle with these operations."""
    return b"\x80" + bytes([protocol]) + operations + b"."


def framed(operations: bytes, length: int | None = None) -> bytes:
    """A pickle of protocol 4 in one frame, of another length than it has where one is given."""
    body = operations + b"."
    return b"\x80\x04\x95" + struct.pack("<Q", len(body) if length is None else length) + body


DTYPE_STATE = (3, "|", None, None, None, -1, -1, 0)
NDARRAY = name("numpy", "ndarray")
SHELL = call(name("numpy._core.multiarray", "_reconstruct"), NDARRAY, value((0,)), value(b"b"))


def bare_dtype(code: object = "u1") -> bytes:
    """Push a dtype that has no state yet."""
    return call(name("numpy", "dtype"), value(code), value(False), value(True))


def dtype(code: object = "u1", state: object = DTYPE_STATE) -> bytes:
    """Push a dtype as numpy writes it."""
    return build(bare_dtype(code), value(state))


def array(shape: object, raw: object, kind: bytes | None = None, fortran: object = False) -> bytes:
    """Push an array as numpy writes it, of uint8 unless ``kind`` says otherwise."""
    parts = (value(1), value(shape), kind or dtype(), value(fortran), value(raw))
    return build(SHELL, pack(*parts))


def python2_text(text: bytes) -> bytes:
    """Push what Python 2 called a str, as its protocol 2 does."""
    return b"U" + bytes([len(text)]) + text if len(text) < 256 else _long_python2_text(text)


def _long_python2_text(text: bytes) -> bytes:
    return b"T" + struct.pack("<i", len(text)) + text


def python2_array(shape: tuple[int, ...], raw: bytes, code: bytes = b"u1") -> bytes:
    """Push an array as numpy wrote it under Python 2."""
    bare = call(name("numpy", "dtype"), python2_text(code), b"K\x00", b"K\x01")
    order = b"|" if code.endswith(b"1") else b"<"
    ends = b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00"
    kind = build(bare, pack(b"K\x03", python2_text(order), ends))
    core = name("numpy.core.multiarray", "_reconstruct")
    shell = call(core, NDARRAY, value((0,)), python2_text(b"b"))
    return build(shell, pack(b"K\x01", value(shape), kind, b"\x89", python2_text(raw)))


def as_numpy_1(data: bytes, protocol: int) -> bytes:
    """A pickle of this numpy with the module names of numpy 1; frames are taken away."""
    if protocol >= 4 and data[2:3] == b"\x95":
        data = data[:2] + data[11:]
    for module in ("multiarray", "numeric"):
        old, new = f"numpy._core.{module}".encode(), f"numpy.core.{module}".encode()
        if protocol >= 4:
            old, new = bytes([len(old)]) + old, bytes([len(new)]) + new
        data = data.replace(old, new)
    return data
