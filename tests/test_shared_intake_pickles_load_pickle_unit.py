"""load_pickle on hostile, damaged and useless files: one error each, and nothing has run."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pickle_assembler as asm
import pytest

from shared.errors import DataError
from shared.intake.pickles import load_pickle

GRAY = np.arange(2 * 4 * 4, dtype=np.uint8).reshape(2, 4, 4)
HONEST = pickle.dumps({"images": GRAY, "labels": [0, 1]}, 4)
FORBIDDEN = "pickle asks for a forbidden name in f: expected only numpy arrays .* got "

RUNNERS: list[tuple[str, str, tuple[object, ...]]] = [
    ("os", "system", ("touch {0}",)),
    ("posix", "system", ("touch {0}",)),
    ("subprocess", "check_call", (["touch", "{0}"],)),
    ("builtins", "eval", ("open('{0}', 'w')",)),
    ("builtins", "exec", ("open('{0}', 'w')",)),
    ("__builtin__", "open", ("{0}", "w")),
    ("builtins", "getattr", ("", "join")),
    ("builtins", "__import__", ("os",)),
    ("_io", "FileIO", ("{0}", "w")),
    ("pathlib", "Path.touch", ("{0}",)),
    ("numpy", "load", ("{0}",)),
    ("numpy", "memmap", ("{0}", "uint8", "w+", 0, (1,))),
    ("numpy", "save", ("{0}", 1)),
    ("numpy.lib.npyio", "load", ("{0}",)),
    ("numpy.testing._private.utils", "runstring", ("open('{0}', 'w')", {})),
    ("numpy.f2py.crackfortran", "myeval", ("open('{0}', 'w')",)),
    ("numpy", "ndarray.tofile", ("{0}",)),
    ("numpy.core.multiarray", "fromfile", ("{0}",)),
    ("numpy.matrixlib.defmatrix", "matrix", ("1",)),
    ("pickle", "loads", (b"cos\nsystem\n(S'touch {0}'\ntR.",)),
    ("_codecs", "decode", (b"x",)),
    ("codecs", "encode", ("x", "latin1")),
    ("copyreg", "_reconstructor", (1, 2, 3)),
    ("copyreg", "add_extension", ("os", "system", 1)),
    ("collections", "OrderedDict.__init__", ()),
    ("functools", "partial", (1,)),
    ("torch", "load", ("{0}",)),
    ("shared.intake.pickles", "pickle", ()),
]


def filled(thing: object, marker: Path) -> object:
    """The argument of an attack with the marker's path in its place."""
    if isinstance(thing, str):
        return thing.format(marker)
    if isinstance(thing, list):
        return [filled(item, marker) for item in thing]
    return thing


@pytest.mark.parametrize("place", ["alone", "as images", "as labels", "as array state"])
@pytest.mark.parametrize(("module", "attribute", "arguments"), RUNNERS)
def test_nothing_that_a_pickle_names_is_run(
    tmp_path: Path, module: str, attribute: str, arguments: tuple[object, ...], place: str
) -> None:
    marker = tmp_path / "marker"
    pushed = [asm.value(filled(argument, marker)) for argument in arguments]
    attack = asm.call(asm.name(module, attribute), *pushed)
    images = asm.array((2, 4, 4), GRAY.tobytes())
    operations = {
        "alone": attack,
        "as images": b"}(" + asm.value("images") + attack + b"u",
        "as labels": b"}(" + asm.value("images") + images + asm.value("labels") + attack + b"u",
        "as array state": asm.build(asm.SHELL, attack),
    }[place]
    with pytest.raises(DataError, match=f"{FORBIDDEN}'{module}.{attribute}'"):
        load_pickle(io.BytesIO(asm.whole(operations)), where="f")
    assert not marker.exists()


def reduced(*arguments: object, module: str = "numpy", attribute: str = "dtype") -> bytes:
    """A pickle that calls one name."""
    pushed = [asm.value(argument) for argument in arguments]
    return asm.whole(asm.call(asm.name(module, attribute), *pushed))


def shaped(shape: object, raw: object = b"x", fortran: object = False) -> bytes:
    """A pickle of one array with this state."""
    return asm.whole(asm.array(shape, raw, fortran=fortran))


STATE = (1, (1,), asm.DTYPE_STATE, False, b"x")
MANY_COPIES = (
    b"\x80\x03("
    + asm.value("a" * 2**16)
    + b"q\x05"
    + asm.call(asm.name("_codecs", "encode"), b"h\x05", asm.value("latin1")) * 40
    + b"t."
)
KEYS = b"".join(asm.value(str(number)) + b"N" for number in range(1001))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        # Not pickles at all.
        (b"", "empty file in f: expected a pickle"),
        (b"<!DOCTYPE html>", "not a pickle in f: .* got a text such as HTML"),
        (b'{"images": []}', "not a pickle in f: .* got a text such as JSON"),
        (b"PK\x03\x04....", "not a pickle in f: .* got a zip or .npz archive"),
        (b"\x1f\x8b\x08", "not a pickle in f: .* got a gzip file"),
        (b"\x93NUMPY\x01", "not a pickle in f: .* got a .npy file"),
        (b"\x89PNG\r\n", "not a pickle in f: .* got a PNG image"),
        (b"hello world", "unreadable pickle in f: expected a complete pickle"),
        (b"\xff" * 50, "pickle uses a forbidden operation in f: .* got opcode 0xff"),
        # Cut or damaged.
        (HONEST[:-1], "unreadable pickle in f: expected a complete pickle"),
        (HONEST[:100], "unreadable pickle in f: expected a complete pickle"),
        (HONEST[:1], "unreadable pickle in f"),
        (HONEST + b"N.", "bytes after the pickle in f: expected none, got 2 more"),
        (b"\x80\x09N.", "unreadable pickle in f: .* ValueError: unsupported pickle protocol: 9"),
        (b"\x80\x04b.", "unreadable pickle in f: .* IndexError"),
        (b"\x80\x04\x8e" + b"\xff" * 8, "unreadable pickle in f: .* exceeds system's maximum"),
        (b"\x80\x05\x96" + b"\xff\xff\xff\xff\xff\0\0\0.", "unreadable pickle in f"),
        (b"\x80\x04h\x07.", "unreadable pickle in f: .* Memo value not found at index 7"),
        (b"I" + b"9" * 5000 + b"\n.", "unreadable pickle in f: .* ValueError"),
        # Doors of the pickle format.
        (b"P123\n.", "pickle asks for a persistent id in f: .* got str"),
        (b"\x80\x02K\x05Q.", "pickle asks for a persistent id in f: .* got int"),
        (b"(ios\nsystem\n.", "forbidden operation in f: .* opcode 0x69"),
        (b"\x80\x02(cnumpy\ndtype\no.", "forbidden operation in f: .* opcode 0x6f"),
        (b"\x80\x02cnumpy\nndarray\n)\x81.", "forbidden operation in f: .* opcode 0x81"),
        (b"\x80\x02\x82\x01.", "forbidden operation in f: .* opcode 0x82"),
        (b"\x80\x05\x97.", "forbidden operation in f: .* opcode 0x97"),
        (b"\x80\x04\x8f.", "forbidden operation in f: .* opcode 0x8f"),
        (b"\x80\x04N2.", "forbidden operation in f: .* opcode 0x32"),
        (b"\x80\x02}}b.", "pickle changes the state of an object in f: .* got dict"),
        (b"\x80\x02cnumpy\ndtype\n}b.", "changes the state of an object in f: .* got Builder"),
        (b"\x80\x02]NNs.", "sets items of something else than a dict in f|wrong key"),
        (b"\x80\x02](K\x00Nu.", "sets items of something else than a dict in f|unreadable"),
        (b"\x80\x02}NNs.", "wrong key in a dict of the pickle in f: .* got NoneType"),
        (b"\x80\x02(NNd.", "wrong key in a dict of the pickle in f: .* got NoneType"),
        (b"\x80\x04})" + b"\x85" * 2_000_000 + b"Ns.", "wrong key in a dict .* got tuple"),
        (b"\x80\x04}(" + KEYS + b"u.", "too many keys in a dict of the pickle in f: .* 1,001"),
        (MANY_COPIES, "pickle holds its arrays too often in f"),
        # Dtypes.
        (reduced("O8", False, True), "forbidden dtype in f: .* got 'O8'"),
        (pickle.dumps(np.array([None])), "forbidden dtype in f: .* got 'O8'"),
        (pickle.dumps(np.array(["a"])), "forbidden dtype in f: .* got 'U1'"),
        (pickle.dumps(np.zeros(2, "u1,u1")), "forbidden dtype in f: .* got 'V2'"),
        (pickle.dumps(np.zeros(2, "M8[s]")), "forbidden dtype in f: .* got 'M8'"),
        (pickle.dumps(np.zeros(2, complex)), "forbidden dtype in f: .* got 'c16'"),
        (reduced("u1,u1"), "forbidden dtype in f: .* got 'u1,u1'"),
        (reduced(["u1"], False, True), "forbidden dtype in f: .* got list"),
        (reduced("u1", True, True), "forbidden dtype in f"),
        (reduced("u1", False, True, {}), "unreadable pickle in f: .* TypeError"),
        (asm.whole(asm.dtype("u1", (4, *asm.DTYPE_STATE[1:]))), "wrong dtype state in"),
        (asm.whole(asm.dtype("u1", (*asm.DTYPE_STATE[:7], 63))), "wrong dtype state in"),
        (asm.whole(asm.dtype("u1", "state")), "wrong dtype state in .* got str"),
        (asm.whole(asm.dtype("u1", (3, "x", *asm.DTYPE_STATE[2:]))), "wrong byte order in"),
        # Arrays.
        (shaped((2**31, 2**31)), r"does not fit its bytes .* 4,611,686,018,427,387,904 bytes"),
        (shaped((2**39,) * 4), "array size does not fit its bytes in the pickle in f"),
        (shaped((0, 2**39)), "array size does not fit its bytes in the pickle in f: .* got 1"),
        (shaped((2**64,)), "wrong array shape in the pickle in f: .* whole numbers from 0"),
        (shaped((-1,)), r"wrong array shape in the pickle in f: .* got \(-1,\)"),
        (shaped((True,)), r"wrong array shape in the pickle in f: .* got \(True,\)"),
        (shaped((1.0,)), "wrong array shape in the pickle in f: .* whole numbers"),
        (shaped((1,) * 5), "wrong array shape in the pickle in f: expected at most 4 sizes"),
        (shaped([1]), "wrong array shape in the pickle in f: .* got list"),
        (shaped((1,), [1]), "array without bytes in the pickle in f: expected bytes, got list"),
        (shaped((1,), "\u2603"), "unreadable pickle in f: .* UnicodeEncodeError"),
        (shaped((2,)), r"expected 2 bytes for shape \(2,\), got 1"),
        (asm.whole(asm.build(asm.SHELL, asm.value(STATE))), "array without a dtype .* got tuple"),
        (asm.whole(asm.build(asm.SHELL, asm.value((2, 3)))), "wrong array state .* got tuple"),
        (asm.whole(asm.build(asm.SHELL, asm.value({"a": 1}))), "wrong array state .* got dict"),
        (asm.whole(asm.SHELL), "array without content in the pickle in f"),
        (
            asm.whole(asm.build(asm.array((1,), b"x"), asm.pack(*[b"K\x01"] * 5))),
            "pickle changes an array that is complete in f",
        ),
        (reduced((1,), module="numpy", attribute="ndarray"), "pickle calls numpy.ndarray in f"),
        (
            reduced(1, (0,), b"b", module="numpy.core.multiarray", attribute="_reconstruct"),
            "forbidden kind of array in f: expected numpy.ndarray, got int",
        ),
        (
            asm.whole(
                asm.call(
                    asm.name("numpy.core.multiarray", "_reconstruct"),
                    asm.NDARRAY,
                    asm.value((5,)),
                    asm.value(b"b"),
                )
            ),
            "forbidden kind of array in f",
        ),
        (
            asm.whole(
                asm.call(
                    asm.name("numpy.core.numeric", "_frombuffer"),
                    asm.value(b"x"),
                    asm.dtype(),
                    asm.value((1,)),
                    asm.value("K"),
                )
            ),
            "wrong memory order of an array in the pickle in f: expected C or F, got str",
        ),
        (
            asm.whole(
                asm.call(
                    asm.name("numpy.core.multiarray", "scalar"), asm.dtype("u2"), asm.value(b"x")
                )
            ),
            r"expected 2 bytes for shape \(\), got 1",
        ),
        # Other builders.
        (reduced(b"x", module="_codecs", attribute="encode"), "forbidden encoding in f"),
        (
            reduced("x", "rot13", module="_codecs", attribute="encode"),
            "forbidden encoding in f: expected latin1 text, got str",
        ),
        (
            reduced(10**9, module="builtins", attribute="bytearray"),
            "pickle builds bytes from something else in f: .* got int",
        ),
        (
            reduced([("images", 1)], module="collections", attribute="OrderedDict"),
            "pickle builds a dict from something else in f: .* got list",
        ),
        # Readable, but no image set.
        (pickle.dumps(None), "no images found in f: .* got NoneType"),
        (pickle.dumps({"weights": [1.5]}), "no images found in f: .* got keys 'weights'"),
        (pickle.dumps({"images": GRAY / 255}), "dtype of images in f: .* got float64"),
        (pickle.dumps({"images": [[[[0]]]]}), "image 0 is no array in f: .* got list"),
        (b"]q\x00h\x00a.", "no images found in f: .* got a list of list"),
        (b"\x80\x04" + b"]" * 9 + b"a" * 8 + b".", "no images found in f: .* a list of list"),
    ],
)
def test_a_useless_file_gives_one_clear_error(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_pickle(io.BytesIO(data), where="f")


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.intake.pickles.MAX_PICKLE_BYTES", len(HONEST) - 1)
    with pytest.raises(DataError, match="file too large in f: expected at most .* bytes"):
        load_pickle(io.BytesIO(HONEST), where="f")


def test_shared_references_do_not_multiply_the_work() -> None:
    inner = b"]q\x01(" + b"N" * 20_000 + b"e"
    outer = b"\x80\x02](" + inner + b"h\x01" * 20_000 + b"e."
    with pytest.raises(DataError, match="no images found in f: .* got a list of list"):
        load_pickle(io.BytesIO(outer), where="f")


def test_a_huge_memo_index_takes_no_memory() -> None:
    data = asm.whole(asm.array((2, 4, 4), GRAY.tobytes()) + b"r\xff\xff\xff\xff")
    np.testing.assert_array_equal(load_pickle(io.BytesIO(data), where="f").images, GRAY)
