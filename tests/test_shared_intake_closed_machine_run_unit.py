"""run: which operations the machine knows, what it is given, and how much it takes."""

from __future__ import annotations

import mmap
import pickle
import pickletools
import tempfile
from dataclasses import replace

import numpy as np
import pickle_assembler as asm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.intake.closed.machine import run
from shared.intake.closed.refusal import Refused
from shared.intake.limits import Limits

LIMITS = Limits()
REFUSED = """
    ADDITEMS BINPERSID DUP EMPTY_SET EXT1 EXT2 EXT4 FROZENSET INST LONG4 NEWOBJ NEWOBJ_EX
    NEXT_BUFFER OBJ PERSID POP POP_MARK READONLY_BUFFER
""".split()
GRAY = np.arange(2 * 20 * 20, dtype=np.uint16).astype(np.uint8).reshape(2, 20, 20)


def refusal(data: bytes, limits: Limits = LIMITS) -> Refused:
    """How a pickle is refused."""
    with pytest.raises(Refused) as caught:
        run(data, limits)
    return caught.value


def test_plain_values_are_read_in_every_protocol() -> None:
    value = {"a": [1, 2.5, None, True], b"b": ("text", b"bytes", -(2**40), 300, 2**17), 3: {}}
    for protocol in range(6):
        assert run(pickle.dumps(value, protocol), LIMITS) == value


@pytest.mark.parametrize("name", REFUSED)
def test_operations_that_honest_files_do_not_use_are_refused_by_name(name: str) -> None:
    found = refusal(b"\x80\x05(K\x01" + getattr(pickle, name) + b"1\n" * 8)
    assert (found.what, found.got) == ("pickle uses a forbidden operation", name)
    assert found.offset == 5


def test_every_operation_of_the_format_is_either_used_or_refused() -> None:
    used = set()
    for opcode in pickletools.opcodes:
        code = opcode.code.encode("latin1")
        found = refusal(b"(" + code)
        if found.what != "pickle uses a forbidden operation":
            used.add(opcode.name)
    assert used | set(REFUSED) == {opcode.name for opcode in pickletools.opcodes}
    assert not used & set(REFUSED)


def test_all_other_bytes_are_unknown_operations() -> None:
    known = {opcode.code.encode("latin1")[0] for opcode in pickletools.opcodes}
    for code in set(range(256)) - known:
        assert refusal(bytes([code])).got == f"unknown opcode 0x{code:02x}"


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_are_views_of_the_file_that_cannot_be_written(protocol: int) -> None:
    data = pickle.dumps(GRAY, protocol)
    found = run(data, LIMITS)
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, GRAY)
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0, 0] = 1
    is_view = np.shares_memory(found, np.frombuffer(data, np.uint8))
    assert is_view == (protocol >= 3)


def test_any_buffer_is_read() -> None:
    data = pickle.dumps([GRAY, "text", 7.5, b"x" * 1000], 2)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        for buffer in (data, bytearray(data), memoryview(data), mapped):
            found = run(buffer, LIMITS)
            assert isinstance(found, list)
            np.testing.assert_array_equal(found[0], GRAY)
            assert not found[0].flags.writeable
            assert found[1:] == ["text", 7.5, b"x" * 1000]


def test_two_million_labels_are_read() -> None:
    labels = [k % 300 for k in range(2_000_000)]
    assert run(pickle.dumps(labels, 4), LIMITS) == labels


def test_seventy_thousand_pairs_are_read() -> None:
    images = [np.full((2, 2), k % 256, np.uint8) for k in range(70_000)]
    found = run(pickle.dumps([(image, k % 10) for k, image in enumerate(images)], 4), LIMITS)
    assert isinstance(found, list)
    assert len(found) == 70_000
    assert [int(image[0, 0]) for image, _ in found] == [k % 256 for k in range(70_000)]
    assert [label for _, label in found] == [k % 10 for k in range(70_000)]


def test_short_names_are_referred_to_once_for_each_of_two_million_images() -> None:
    for name in ("Sneaker", "golden retriever", "a" * 32):
        assert run(pickle.dumps([name] * 2_000_000, 4), LIMITS) == [name] * 2_000_000
    found = refusal(pickle.dumps(["a" * 40] * 2_000_000, 4))
    assert found.what == "pickle holds its values too often"


def test_names_of_files_are_read() -> None:
    names = [f"images/of/the/{k % 10}/{k:06}.png" for k in range(70_000)]
    assert run(pickle.dumps({"filenames": names}, 4), LIMITS) == {"filenames": names}


def test_more_operations_than_the_images_need_are_refused() -> None:
    limits = replace(LIMITS, images=1)
    assert refusal(b"N\x85" * 2**20 + b".", limits).what == "too many operations in the pickle"


def test_more_memory_than_the_limit_is_refused() -> None:
    limits = replace(LIMITS, memory_bytes=2**20)
    for part in (b"}", b"]", b"J\xff\xff\xff\x00", b"X\x01\x00\x00\x00a", b"C\x01a", b"N\x85"):
        found = refusal(b"\x80\x03(" + part * 20_000 + b"t.", limits)
        assert found.what == "pickle needs too much memory"
        assert "--max-load-mib" in str(found.hint)


def test_arrays_of_objects_count_as_memory() -> None:
    limits = replace(LIMITS, memory_bytes=2**20)
    objects = asm.dtype("O8", (3, "|", None, None, None, -1, -1, 63))
    parts = asm.pack(b"K\x01", asm.value((100_000,)), objects, b"\x89", b"h\x64")
    nones, array = b"(" + b"N" * 100_000 + b"lq\x64", asm.build(asm.SHELL, parts)
    once = asm.whole(asm.row(nones, b"Nq\x70", array))
    assert run(once, limits) == [[None] * 100_000, None, [None] * 100_000]
    twice = asm.whole(asm.row(nones, b"Nq\x70", array, array))
    assert refusal(twice, limits).what == "pickle needs too much memory"


def test_the_gap_of_a_memo_counts_as_memory() -> None:
    limits = replace(LIMITS, memory_bytes=2**20)
    data = b"\x80\x02C\x01aB" + (2**19).to_bytes(4, "little") + bytes(2**19)
    assert refusal(data + b"r\xff\xff\x04\x00.", limits).what == "pickle needs too much memory"


def test_long_text_of_pixels_is_read_and_other_long_text_is_not() -> None:
    pixels = bytes(range(256)) * 2**13
    for protocol in (0, 1, 2):
        assert run(pickle.dumps(pixels, protocol), LIMITS) == pixels
    assert refusal(pickle.dumps("\u20ac" * 2**20, 2)).what == "text too long in the pickle"
    assert run(pickle.dumps("\u20ac" * 2**10, 2), LIMITS) == "\u20ac" * 2**10
    narrow = replace(LIMITS, memory_bytes=2**22)
    assert run(pickle.dumps("a" * 2**21, 0), narrow) == "a" * 2**21
    wide = refusal(pickle.dumps("\u20ac" * 2**20, 0), narrow)
    assert wide.what == "pickle needs too much memory"


@pytest.mark.parametrize(
    "text", [b"", b"'", b'"', b"\\", b"\n\r\t", bytes(range(256)), b"\\x41", b"\\\\'\\\\x"]
)
def test_strings_of_python_2_are_bytes(text: bytes) -> None:
    written = repr(text)[1:].encode()
    assert run(b"S" + written + b"\n.", LIMITS) == text
    assert run(asm.whole(asm.python2_text(text), 2), LIMITS) == text


@pytest.mark.parametrize("number", [0, -1, 255, 256, 2**31 - 1, -(2**31), 2**63, 2**255 - 1])
def test_whole_numbers_are_read_in_every_protocol(number: int) -> None:
    for protocol in range(6):
        assert run(pickle.dumps(number, protocol), LIMITS) == number


@pytest.mark.parametrize("number", [0.0, -1.5, 1e300, 5e-324, float("inf"), float("-inf")])
def test_real_numbers_are_read_in_every_protocol(number: float) -> None:
    for protocol in range(6):
        assert run(pickle.dumps(number, protocol), LIMITS) == number


def test_lists_and_dicts_of_protocol_0_are_read() -> None:
    assert run(b"(I1\nI2\nl.", LIMITS) == [1, 2]
    assert run(b"(S'a'\nI1\nd.", LIMITS) == {b"a": 1}
    assert run(b"(lp0\nI5\na(dp1\nS'k'\nI7\nsa.", LIMITS) == [5, {b"k": 7}]


def test_the_memo_is_used_in_all_three_widths() -> None:
    for put, get in ((b"p0\n", b"g0\n"), (b"q\0", b"h\0"), (b"r\0\0\0\0", b"j\0\0\0\0")):
        assert run(asm.whole(b"K\x07" + put + get + b"\x86"), LIMITS) == (7, 7)
    assert run(asm.whole(b"K\x07q\0K\x08q\0h\0\x87"), LIMITS) == (7, 8, 8)


def test_an_array_is_found_again_in_the_memo() -> None:
    image = asm.array((2,), b"ab")
    shared = asm.build(asm.SHELL + b"q\x20", image[len(asm.SHELL) : -1])
    found = run(asm.whole(asm.row(b"K\x01q\x00K\x02q\x01", shared, b"h\x20")), LIMITS)
    assert isinstance(found, list)
    assert found[2] is found[3]
    assert found[2].tolist() == [97, 98]


OPERATIONS = st.sampled_from(
    [bytes([code]) for code in range(256)]
    + [asm.name("numpy", "ndarray"), asm.name("numpy", "dtype"), asm.name("_codecs", "encode")]
    + [asm.value(0), asm.value("u1"), asm.value(b"x"), asm.value((1,)), asm.dtype(), asm.SHELL]
    + [asm.array((1,), b"x"), b"q\x00", b"h\x00", b")", b"(", b"t", b"R", b"b"]
)


@given(operations=st.lists(OPERATIONS, max_size=20))
def test_operations_at_random_are_refused_or_give_data(operations: list[bytes]) -> None:
    data = asm.whole(b"".join(operations))
    try:
        found = run(data, LIMITS)
    except Refused as refused:
        assert refused.offset is not None
        assert 0 <= refused.offset <= len(data)
    else:
        kinds = bool, bytes, dict, float, int, list, str, tuple, type(None), np.ndarray
        assert isinstance(found, kinds)


@given(data=st.binary(min_size=1, max_size=60))
def test_noise_is_refused_or_gives_data(data: bytes) -> None:
    try:
        run(data, LIMITS)
    except Refused as refused:
        assert refused.offset is not None
