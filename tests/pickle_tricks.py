"""Pickles that break the rules of the format, of memory, or of what is bearable."""

from __future__ import annotations

import struct

import pickle_assembler as asm
from pickle_case import HONEST, IMAGES, Case, attack, refused


def _forbidden_operations() -> dict[str, bytes]:
    return {
        "PERSID": b"P123\n.",
        "BINPERSID": asm.whole(b"K\x05Q"),
        "INST": b"(ios\nsystem\n.",
        "OBJ": asm.whole(b"(cnumpy\ndtype\no"),
        "NEWOBJ": asm.whole(b"cnumpy\nndarray\n)\x81"),
        "NEWOBJ_EX": asm.whole(b"cnumpy\nndarray\n)}\x92", 4),
        "EXT1": asm.whole(b"\x82\x01"),
        "EXT2": asm.whole(b"\x83\x01\x00"),
        "EXT4": asm.whole(b"\x84\x01\x00\x00\x00"),
        "DUP": asm.whole(b"N2"),
        "POP": asm.whole(b"NN0"),
        "POP_MARK": asm.whole(b"N(N1"),
        "EMPTY_SET": asm.whole(b"\x8f", 4),
        "ADDITEMS": asm.whole(b"\x8f(K\x01\x90", 4),
        "FROZENSET": asm.whole(b"(K\x01\x91", 4),
        "NEXT_BUFFER": asm.whole(b"\x97", 5),
        "READONLY_BUFFER": asm.whole(b"C\x01x\x98", 5),
        "LONG4": asm.whole(b"\x8b\x04\x00\x00\x00\x01\x00\x00\x00"),
        "an opcode that is none": asm.whole(b"\xff"),
        "a zero": asm.whole(b"\x00"),
    }


def _stream_tricks() -> list[Case]:
    family = "stream tricks"
    damaged = {
        "nothing on the stack": (b"\x80\x04.", "leaves values behind"),
        "two values left": (asm.whole(b"NN"), "leaves values behind"),
        "a mark left": (asm.whole(b"N(N"), "leaves values behind"),
        "a tuple without a mark": (asm.whole(b"Nt"), "takes more values"),
        "a tuple below a mark": (asm.whole(b"N(\x85t"), "takes more values"),
        "a call below a mark": (asm.whole(asm.NDARRAY + b"(" + b"R"), "takes more values"),
        "nothing to append to": (asm.whole(b"Na"), "takes more values"),
        "append to a tuple": (asm.whole(b")Na"), "something else than a list"),
        "appends to an array": (asm.whole(IMAGES + b"(Ne"), "something else than a list"),
        "a key without a value": (asm.whole(b"}(K\x01u"), "key without a value"),
        "items of a list": (asm.whole(b"]K\x00Ns"), "something else than a dict"),
        "None as a key": (asm.whole(b"}NNs"), "wrong key"),
        "a tuple as a key": (asm.whole(b"})Ns"), "wrong key"),
        "a truth value as a key": (asm.whole(b"}\x88Ns"), "wrong key"),
        "an array as a key": (asm.whole(b"}" + IMAGES + b"Ns"), "wrong key"),
        "long bytes as a key": (asm.whole(b"}" + asm.value(b"k" * 300) + b"Ns"), "wrong key"),
        "a value never stored": (asm.whole(b"h\x07"), "never stored in the memo"),
        "a value never stored, protocol 0": (b"(g1\nt.", "never stored in the memo"),
        "a gap in the memo, protocol 0": (b"(Np1\ng0\nt.", "never stored in the memo"),
        "a gap in the memo": (asm.whole(b"Nq\x01h\x00\x86"), "never stored in the memo"),
        "a negative memo index": (asm.whole(b"Np-1\n"), "wrong memo index"),
        "an unfinished array fetched": (asm.whole(asm.SHELL + b"q\x00h\x00"), "without content"),
        "an unfinished array kept": (asm.whole(b"]" + asm.SHELL + b"a"), "without content"),
        "an unfinished dtype kept": (asm.whole(asm.bare_dtype()), "without (a state|content)"),
        "a function as a result": (asm.whole(asm.NDARRAY), "something else than data"),
        "a function in a list": (asm.whole(asm.row(asm.NDARRAY)), "something else than data"),
        "a dtype as a result": (asm.whole(asm.dtype()), "something else than data"),
        "a call of a number": (asm.whole(b"K\x01)R"), "something else than a function"),
        "a call without a tuple": (asm.whole(asm.NDARRAY + b"]R"), "else than a function"),
        "a name that is a number": (asm.whole(b"K\x01K\x02\x93", 4), "names something by no text"),
        "a state used twice": (
            asm.whole(asm.SHELL + asm.value(b"") + b"q\x00\x85q\x01bh\x01"),
            "wrong array state",
        ),
        "arguments used twice": (
            asm.whole(asm.name("_codecs", "encode") + asm.pack(*[asm.value("latin1")] * 2))[:-1]
            + b"q\x09Rh\x09.",
            "second time",
        ),
        "a protocol in the midst": (asm.whole(b"N\x80\x04"), "protocol named in the midst"),
        "protocol 6": (b"\x80\x06N.", "unknown pickle protocol"),
        "protocol 255": (b"\x80\xffN.", "unknown pickle protocol"),
        "a frame that is too long": (asm.framed(b"N", 10**6), "ends too early"),
        "a frame of 2**64 - 1 bytes": (asm.framed(b"N", 2**64 - 1), "ends too early"),
        "a frame in a frame": (
            asm.framed(b"\x95" + struct.pack("<Q", 1) + b"N"),
            "frame within another",
        ),
        "cut within a frame": (HONEST[:-5], "ends too early"),
        "cut within a length": (b"\x80\x04X\x01\x00", "ends too early"),
        "cut behind the protocol": (b"\x80\x04", "ends too early"),
        "one byte": (b"\x80", "ends too early"),
        "a byte behind the end": (HONEST + b"\n", "bytes after the pickle"),
        "a line without an end": (b"S'abc", "line without an end"),
        "a string without quotes": (b"Sabc\n.", "string without quotes"),
        "an unknown escape": (b"S'\\q'\n.", "unknown escape"),
        "half an escape": (b"S'\\x4'\n.", "unknown escape"),
        "half an escape before another": (b"S'\\x4\\\\1'\n.", "unknown escape"),
        "an escaped quote at the end": (b"S'abc\\'\n.", "unknown escape"),
        "a negative length": (asm.whole(b"T\xff\xff\xff\xff"), "negative length"),
        "text that is no UTF-8": (asm.whole(b"X\x01\x00\x00\x00\xff"), "damaged text"),
        "a name that is no UTF-8": (b"c\xff\n\xff\n.", "damaged text"),
        "half an escape of text": (b"V\\u12\n.", "damaged text"),
        "a number that is none": (b"Iabc\n.", "wrong number"),
        "a number with a zero before it": (b"L01L\n.", "wrong number"),
        "a number with underscores": (b"I1_0\n.", "wrong number"),
        "a real number that is none": (b"Fabc\n.", "wrong number"),
        "a long number that is none": (b"L0x10L\n.", "wrong number"),
        "rot13 by encode": (
            asm.whole(attack("_codecs", "encode", "x", "rot13")),
            "forbidden encoding",
        ),
        "encode of bytes": (asm.whole(attack("_codecs", "encode", b"x")), "forbidden encoding"),
        "encode beyond latin1": (
            asm.whole(attack("_codecs", "encode", "\u2603", "latin1")),
            "damaged text",
        ),
        "an ordered dict of a dict": (
            asm.whole(attack("collections", "OrderedDict", {"images": 1})),
            "dict of something else in f at byte .*: expected no arguments, or a list of pairs",
        ),
        "an ordered dict of triples": (
            asm.whole(attack("collections", "OrderedDict", [("images", 1, 2)])),
            "dict of something else",
        ),
        "an ordered dict of two things": (
            asm.whole(attack("collections", "OrderedDict", [], [])),
            "dict of something else",
        ),
        "an ordered dict with an array as a key": (
            asm.whole(
                asm.call(asm.name("collections", "OrderedDict"), _pairs(asm.array((1,), b"x")))
            ),
            "wrong key in a dict",
        ),
    }
    return refused(family, "forbidden operation in f at byte", _forbidden_operations()) + [
        Case(family, name, data, expected=expected) for name, (data, expected) in damaged.items()
    ]


def _pairs(key: bytes) -> bytes:
    return asm.row(asm.row(key, asm.value(1)))


def _shaped(shape: object, raw: object = b"x", fortran: object = False) -> bytes:
    return asm.whole(asm.array(shape, raw, fortran=fortran))


def _memory_safety() -> list[Case]:
    def typed(code: str, state: object, raw: bytes = b"abcd") -> bytes:
        return asm.whole(asm.array((1,), raw, asm.dtype(code, state)))

    plain = asm.DTYPE_STATE
    objects = (3, "|", None, None, None, -1, -1, 63)
    files = {
        "one byte too few": (_shaped((2,)), r"expected 2 bytes for shape \(2,\), got 1"),
        "one byte too many": (_shaped((1,), b"xy"), "does not fit its bytes"),
        "a shape that overflows 64 bits": (_shaped((2**31 - 1,) * 3), "does not fit its bytes"),
        "a product of 0 by overflow": (_shaped((2**16,) * 4), "does not fit its bytes"),
        "a size of 0 and a huge one": (_shaped((0, *[2**31 - 1] * 3), b""), "array too large"),
        "a size of 2**64": (_shaped((2**64,)), "wrong array shape"),
        "a negative size": (_shaped((-1,)), "wrong array shape"),
        "two negative sizes": (_shaped((-1, -1)), "wrong array shape"),
        "a truth value as a size": (_shaped((True,)), "wrong array shape"),
        "a real number as a size": (_shaped((1.0,)), "wrong array shape"),
        "nine sizes": (_shaped((1,) * 9), "wrong array shape"),
        "a list as a shape": (_shaped([1]), "wrong array shape"),
        "a number as a shape": (_shaped(1), "wrong array shape"),
        "a number as its bytes": (_shaped((1,), 5), "array without bytes"),
        "a list as its bytes": (_shaped((1,), [1]), "array without bytes"),
        "text as its bytes": (_shaped((1,), "x"), "array without bytes"),
        "an array as its bytes": (
            asm.whole(asm.build(asm.SHELL, asm.pack(b"K\x01", b"K\x01\x85", asm.dtype(), b"\x89")))
            + b"",
            "wrong array state",
        ),
        "an order of 2": (_shaped((1,), fortran=2), "wrong memory order"),
        "an order that is text": (_shaped((1,), fortran="C"), "wrong memory order"),
        "a state of version 2": (
            asm.whole(asm.build(asm.SHELL, asm.pack(*[b"K\x02"] * 5))),
            "wrong version of an array",
        ),
        "a state of four parts": (
            asm.whole(asm.build(asm.SHELL, asm.pack(*[b"K\x01"] * 4))),
            "wrong array state",
        ),
        "a dict as a state": (asm.whole(asm.build(asm.SHELL, b"}")), "wrong array state"),
        "no dtype": (
            asm.whole(asm.build(asm.SHELL, asm.pack(*[b"K\x01"] * 5))),
            "wrong memory order|without a dtype",
        ),
        "a dtype without a state": (
            asm.whole(asm.array((1,), b"x", asm.bare_dtype())),
            "without a dtype",
        ),
        "a dtype state of version 4": (typed("u1", (4, *plain[1:])), "wrong dtype state"),
        "a dtype state that is text": (typed("u1", "state"), "wrong dtype state"),
        "a dtype with fields": (
            typed("u1", (3, "|", None, ("a",), {"a": 1}, -1, -1, 0)),
            "wrong dtype state",
        ),
        "a dtype with a subarray": (
            typed("u1", (3, "|", ("u1", (9,)), None, None, -1, -1, 0)),
            "wrong dtype state",
        ),
        "a dtype with object flags": (typed("u1", (*plain[:7], 63)), "wrong dtype state"),
        "a dtype of another item size": (
            typed("u1", (3, "|", None, None, None, 64, 1, 0)),
            "wrong dtype state",
        ),
        "text with a longer item size": (
            typed("S4", (3, "|", None, None, None, 4096, 1, 0)),
            "wrong dtype state",
        ),
        "text with a negative item size": (
            typed("S4", (3, "|", None, None, None, -4, 1, 0)),
            "wrong dtype state",
        ),
        "an unknown byte order": (typed("i4", (3, "x", *plain[2:])), "wrong byte order"),
        "no byte order": (typed("i4", (3, None, *plain[2:])), "wrong byte order"),
        "a byte order for single bytes": (typed("i4", plain), "wrong byte order"),
        "a truth value of 2": (typed("b1", plain, b"\x02"), "wrong truth value"),
        "a character of 2**31": (
            typed("U1", (3, "<", None, None, None, 4, 4, 8), b"\0\0\0\x80"),
            "wrong character",
        ),
        "pointers from bytes": (typed("O8", objects, b"12345678"), "does not fit|without"),
        "objects of two dimensions": (
            asm.whole(asm.array((1, 1), [b"x"], asm.dtype("O8", objects))),
            "array of objects of several axes",
        ),
        "more objects than there are": (
            asm.whole(asm.array((9,), [b"x"], asm.dtype("O8", objects))),
            "array of objects that does not fit",
        ),
        "objects in an object": (
            asm.whole(asm.array((1,), [[b"x"]], asm.dtype("O8", objects))),
            "array of other objects",
        ),
    }
    return [
        Case("memory safety", name, data, expected=expected)
        for name, (data, expected) in files.items()
    ]


def _billion() -> bytes:
    lists = (b"](" + b"h%c" % k * 10 + b"eq%c" % (k + 1) for k in range(12))
    return asm.whole(b"(](K\x01eq\x00" + b"".join(lists) + b"t")


def _rebuilt(part: bytes, kind: bytes) -> bytes:
    """A part of 100,000 items, stored in the memo, that becomes the content of 100 arrays."""
    state = asm.pack(b"K\x01", asm.value((100_000,)), kind, b"\x89", b"h\x64")
    # What was stored last is forgotten where an array is made of it.
    return asm.whole(asm.row(part + b"q\x64", b"Nq\x70", asm.build(asm.SHELL, state) * 100))


def _bombs() -> list[Case]:
    encoded = asm.call(asm.name("_codecs", "encode"), b"h\x05", asm.value("latin1"))
    keys = b"".join(asm.value(str(number)) + b"N" for number in range(65_537))
    collisions = b"".join(asm.value(k * (2**61 - 1)) + b"N" for k in range(1, 1001))
    inner = b"]q\x01(" + b"N" * 20_000 + b"e"
    image = asm.array((64, 64), bytes(4096))
    big = 2**22
    objects = (3, "|", None, None, None, -1, -1, 63)
    files = {
        "a list in itself": (b"]q\x00h\x00a.", "nested too deeply"),
        "a list in itself twice": (b"]q\x00(h\x00h\x00e.", "nested too deeply|too often"),
        "a dict in itself": (b"}q\x00K\x01h\x00s.", "nested too deeply"),
        "a tuple in itself": (b"]q\x00h\x00\x85a.", "nested too deeply|too often"),
        "lists nested 100,000 deep": (
            b"\x80\x04" + b"]" * 100_000 + b"a" * 99_999 + b".",
            "nested too deeply",
        ),
        "tuples nested 1,000,000 deep": (
            asm.whole(b")" + b"\x85" * 1_000_000),
            "nested too deeply",
        ),
        "deep tuples as a key": (asm.whole(b"})" + b"\x85" * 1_000_000 + b"Ns"), "wrong key"),
        "deep tuples as a shape": (
            asm.whole(asm.build(asm.SHELL, asm.pack(b"K\x01", b")" + b"\x85" * 100_000))),
            "wrong array state",
        ),
        "dicts nested 1,000 deep": (
            asm.whole(b"}" + b"K\x01}" * 999 + b"s" * 999),
            "nested too deeply",
        ),
        "marks without an end": (b"\x80\x02" + b"(" * 1_000_000 + b".", "too many marks"),
        "lists that hold each other ten times": (_billion(), "too often|nested too deeply"),
        "one list 20,000 times": (
            b"\x80\x02](" + inner + b"h\x01" * 20_000 + b"e.",
            "too often",
        ),
        "one image 10,000 times": (
            asm.whole(asm.row(image + b"q\x20", b"h\x20" * 10_000)),
            "too often",
        ),
        "one long bytes 10,000 times": (
            asm.whole(asm.row(asm.value(bytes(4096)) + b"q\x20", b"h\x20" * 10_000)),
            "too often",
        ),
        "one text encoded 4,000 times": (
            b"\x80\x03(" + asm.value("a" * 2**12) + b"q\x05" + encoded * 4_000 + b"t.",
            "uses the same parts too often",
        ),
        "one list as 100 arrays of objects": (
            _rebuilt(b"(" + b"N" * 100_000 + b"l", asm.dtype("O8", objects)),
            "uses the same parts too often",
        ),
        "one content of 100 arrays of truth values": (
            _rebuilt(asm.value(bytes(100_000)), asm.dtype("b1")),
            "uses the same parts too often",
        ),
        "one content of 100 arrays of text": (
            _rebuilt(asm.value(bytes(400_000)), asm.dtype("U1", (3, "<", *[None] * 3, 4, 4, 8))),
            "uses the same parts too often",
        ),
        "one text of 255 characters 400,000 times": (
            asm.whole(asm.row(asm.value("a" * 255) + b"q\x20", b"h\x20" * 400_000)),
            "too often",
        ),
        "65,537 keys": (asm.whole(b"}(" + keys + b"u"), "too many keys"),
        "keys of one hash": (asm.whole(b"}(" + collisions + b"u"), "number too large as a key"),
        "a number of 5,000 digits": (b"I" + b"9" * 5000 + b"\n.", "line without an end"),
        "a number of 1,000,000 digits": (b"L" + b"9" * 10**6 + b"L\n.", "line without an end"),
        "a number of 81 digits": (b"I" + b"9" * 81 + b"\n.", "wrong number"),
        "a number of 255 bytes": (asm.whole(b"\x8a\xff" + b"\x7f" * 255), "number too large"),
        "a memo index of 2**32 - 1": (asm.whole(b"Nr\xff\xff\xff\xff"), "memo index too large"),
        "a memo index of 10 digits": (b"Np9999999999\n.", "memo index too large"),
        "a memo index of 5,000 digits": (b"Np" + b"9" * 5000 + b"\n.", "line without an end"),
        "text of 2**63 bytes": (b"\x80\x04\x8d" + struct.pack("<Q", 2**63), "ends too early"),
        "bytes of 2**64 - 1 bytes": (b"\x80\x04\x8e" + b"\xff" * 8, "ends too early"),
        "a bytearray of 2**40 bytes": (
            b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b"x.",
            "ends too early",
        ),
        "bytes of 4 GiB": (b"\x80\x03B\xff\xff\xff\xffx.", "ends too early"),
        "a name of 1,000,000 bytes": (b"c" + b"a" * 10**6 + b"\nb\n.", "line without an end"),
        "a name of protocol 4 with 1,000,000 bytes": (
            asm.whole(asm.value("a" * 10**6) + asm.value("b") + b"\x93", 4),
            "forbidden name",
        ),
        "a bytearray of a size": (
            asm.whole(attack("builtins", "bytearray", 10**12)),
            "builds bytes of something else",
        ),
        "wide text of 4 MiB": (
            asm.whole(b"X" + struct.pack("<I", big) + b"a" * (big - 4) + "\U0001f600".encode()),
            "text too long",
        ),
        "text of 4 MiB named as a function": (
            asm.whole(b"X" + struct.pack("<I", big) + b"a" * big + asm.value("b") + b"\x93", 4),
            "forbidden name",
        ),
    }
    return [Case("bombs", name, data, expected=text) for name, (data, text) in files.items()]


TRICKS: tuple[Case, ...] = (
    *_stream_tricks(),
    *_memory_safety(),
    *_bombs(),
)
