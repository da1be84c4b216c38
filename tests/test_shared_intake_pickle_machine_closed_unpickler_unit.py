"""ClosedUnpickler: which operations it knows, and what it keeps them from."""

from __future__ import annotations

import io
import pickle
import pickletools

import pickle_assembler as asm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import DataError
from shared.intake.pickle_machine import MAX_KEYS, ClosedUnpickler
from shared.intake.pickle_parts import BUILDERS, Refused
from shared.intake.pickles import load_pickle

REFUSED = """
    ADDITEMS BINPERSID DUP EMPTY_SET EXT1 EXT2 EXT4 FROZENSET INST LONG4 NEWOBJ NEWOBJ_EX
    NEXT_BUFFER OBJ PERSID POP POP_MARK READONLY_BUFFER
""".split()


def machine(data: bytes) -> ClosedUnpickler:
    """The unpickler at the beginning of a pickle."""
    return ClosedUnpickler(io.BytesIO(data), len(data))


def test_plain_values_are_read() -> None:
    value = {"a": [1, 2.5, None, True], b"b": ("text", b"bytes", -(2**40)), 3: {}}
    for protocol in range(6):
        assert machine(pickle.dumps(value, protocol)).load() == value


@pytest.mark.parametrize("name", REFUSED)
def test_operations_that_honest_files_do_not_use_are_refused(name: str) -> None:
    code = getattr(pickle, name)
    with pytest.raises(Refused, match="forbidden operation|persistent id"):
        machine(b"\x80\x05(K\x01" + code + b"1\n" * 8).load()


def test_every_operation_of_the_format_is_either_used_or_refused() -> None:
    assert set(range(256)) == set(ClosedUnpickler.dispatch)
    known = {opcode.code.encode("latin1")[0] for opcode in pickletools.opcodes}
    refused = {getattr(pickle, name)[0] for name in REFUSED}
    inherited = {
        code for code, run in ClosedUnpickler.dispatch.items() if run.__name__ != "refuse_operation"
    }
    persistent = {pickle.PERSID[0], pickle.BINPERSID[0]}
    assert inherited == known - refused | persistent


def test_a_dict_takes_no_more_keys_than_allowed_however_they_come() -> None:
    pairs = [asm.value(key) + b"N" for key in range(MAX_KEYS + 1)]
    one_by_one = b"}" + b"".join(pair + b"s" for pair in pairs)
    for operations in (one_by_one, b"(" + b"".join(pairs) + b"d"):
        with pytest.raises(Refused, match="too many keys"):
            machine(asm.whole(operations)).load()


def test_items_are_set_in_dicts_alone() -> None:
    with pytest.raises(Refused, match="something else than a dict"):
        machine(asm.whole(b"]NaK\x00K\x01s")).load()


OPERATIONS = st.sampled_from(
    [bytes([code]) for code in ClosedUnpickler.dispatch]
    + [asm.name(module, name) for module, name in BUILDERS]
    + [asm.value(0), asm.value("u1"), asm.value(b"x"), asm.value((1,)), asm.dtype(), asm.SHELL]
)


@given(operations=st.lists(OPERATIONS, max_size=20))
def test_operations_at_random_give_a_data_error_and_nothing_else(operations: list[bytes]) -> None:
    with pytest.raises(DataError, match=" in f"):
        load_pickle(io.BytesIO(asm.whole(b"".join(operations))), where="f")


@given(data=st.binary(max_size=60))
def test_noise_gives_a_data_error_and_nothing_else(data: bytes) -> None:
    with pytest.raises(DataError, match=" in f"):
        load_pickle(io.BytesIO(data), where="f")


HONEST = pickle.dumps({"images": [], "labels": [1, 2], "classes": ["a", "b"]}, 4)


@given(place=st.integers(0, len(HONEST) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_gives_a_data_error_and_nothing_else(place: int, byte: int) -> None:
    data = HONEST[:place] + bytes([byte]) + HONEST[place + 1 :]
    with pytest.raises(DataError, match=" in f"):
        load_pickle(io.BytesIO(data), where="f")
