"""Mutants of good pickles, and what may come of them. Run as a process of its own.

python tests/pickle_fuzz.py FIRST COUNT MEMORY: tries the mutants of COUNT seeds from FIRST on, in
at most MEMORY bytes more than it begins with, and ends with the first that does wrong, if any does.
"""

from __future__ import annotations

import pickletools
import random
import resource
import struct
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

from pickle_corpus import CORPUS, VALID
from pickle_same import assert_same, stock_value

from shared.errors import DataError, PickleRefused
from shared.intake.layouts import imageset_from_layout
from shared.intake.pickles import parse_pickle

SEEDS = tuple(case.data for case in VALID)
DONORS = tuple(case.data for case in CORPUS if case.data)
LENGTHS = (0, 1, 255, 256, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)
OPCODES = tuple(opcode.code.encode("latin1") for opcode in pickletools.opcodes)
MAX_MESSAGE = 900
MOST_BYTES = 2**16


@cache
def places(data: bytes) -> tuple[int, ...]:
    """Where the operations of a good pickle begin."""
    return tuple(place for _, _, place in pickletools.genops(data) if place is not None)


def flip(rng: random.Random, data: bytes, place: int) -> bytes:
    """One byte becomes another."""
    return data[:place] + bytes([rng.randrange(256)]) + data[place + 1 :]


def insert(rng: random.Random, data: bytes, place: int) -> bytes:
    """An operation comes in between, with some bytes of an argument or none."""
    return (
        data[:place] + rng.choice(OPCODES) + rng.randbytes(rng.choice((0, 0, 1, 4))) + data[place:]
    )


def delete(rng: random.Random, data: bytes, place: int) -> bytes:
    """Some bytes are missing."""
    return data[:place] + data[place + rng.choice((1, 1, 2, 5, 20)) :]


def swap(rng: random.Random, data: bytes, place: int) -> bytes:
    """One operation becomes another."""
    return data[:place] + rng.choice(OPCODES) + data[place + 1 :]


def lie(rng: random.Random, data: bytes, place: int) -> bytes:
    """A length, size or index becomes another."""
    size, code = rng.choice(((1, "<B"), (2, "<H"), (4, "<I"), (8, "<Q")))
    number = struct.pack(code, rng.choice(LENGTHS) % 256**size)
    return data[: place + 1] + number + data[place + 1 + size :]


def splice(rng: random.Random, data: bytes, place: int) -> bytes:
    """Part of another file comes in between."""
    donor = rng.choice(DONORS)
    start = rng.randrange(len(donor))
    return data[:place] + donor[start : start + rng.randrange(1, 80)] + data[place:]


def repeat(rng: random.Random, data: bytes, place: int) -> bytes:
    """Some operations come many times."""
    part = data[place : place + rng.randrange(1, 30)]
    return data[:place] + part * rng.choice((2, 3, 50, 1000)) + data[place:]


MUTATIONS: tuple[Callable[[random.Random, bytes, int], bytes], ...] = (
    *(flip, insert, delete, swap),
    *(lie, splice, repeat),
)


def mutant(seed: int) -> bytes:
    """The mutant of a seed: a good pickle changed one to four times, mostly at operations."""
    rng = random.Random(seed)
    data = rng.choice(SEEDS)
    known = places(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at_operation = rng.random() < 0.7
        place = rng.choice(known) if at_operation else rng.randrange(len(data) + 1)
        data = rng.choice(MUTATIONS)(rng, data, min(place, len(data)))[:MOST_BYTES]
    return data


def outcome(data: bytes) -> str:
    """What comes of a file: "refused", "useless" or "valid"; anything else is raised."""
    try:
        value = parse_pickle(data, where="f")
    except PickleRefused as refusal:
        assert refusal.what != "unreadable pickle", "only the last net caught it"
        assert 0 <= refusal.offset <= len(data)
        assert len(str(refusal)) <= MAX_MESSAGE
        return "refused"
    assert_same(value, stock_value(data))
    try:
        imageset_from_layout(value, where="f")
    except DataError:
        return "useless"
    return "valid"


def fuzz(seeds: range, judge: Callable[[bytes], str] = outcome) -> Counter[str]:
    """How many mutants of these seeds came out in which way, as ``judge`` says.

    Raises:
        AssertionError: one does wrong; with its seed.
    """
    counts: Counter[str] = Counter()
    for seed in seeds:
        try:
            counts[judge(mutant(seed))] += 1
        except Exception as error:
            raise AssertionError(f"REPRO_SEED={seed}: {error!r}") from error
    return counts


def main(first: int, count: int, memory: int) -> None:
    """Tell the counts on standard output."""
    fuzz(range(first, first + min(count, 50)))
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    counts = fuzz(range(first, first + count))
    sys.stdout.write(" ".join(f"{name}={number}" for name, number in sorted(counts.items())))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
