"""PickleRefused: a refusal names the file, the byte, the reason and how to mend it."""

from __future__ import annotations

from shared.errors import DataError, PickleRefused


def test_it_is_a_data_error_that_names_file_byte_reason_and_hint() -> None:
    refusal = PickleRefused(
        "forbidden name",
        where="a.pickle",
        offset=1234,
        expected="arrays",
        got="'os.system'",
        hint="save the images with numpy.savez",
    )
    assert isinstance(refusal, DataError)
    assert (refusal.code, refusal.exit_code) == ("bad-pickle", 5)
    assert (refusal.where, refusal.offset) == ("a.pickle", 1234)
    assert str(refusal) == (
        "forbidden name in a.pickle at byte 1,234: expected arrays, got 'os.system'; "
        "save the images with numpy.savez"
    )


def test_only_the_place_is_needed_beside_the_reason() -> None:
    assert str(PickleRefused("empty", where="f", offset=0)) == "empty in f at byte 0"
