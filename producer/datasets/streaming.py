"""The shell command that streams a data set, and the options of it that say how it is read."""

from __future__ import annotations

import shlex

from producer.datasets.settings import BULK_FACTOR, MIB
from shared.intake.limits import Limits

_DEFAULT = Limits()


def streaming_command(dataset: str, layout: str | None = None, limits: Limits = _DEFAULT) -> str:
    """The shell command that streams a data set, on one line.

    Args:
        dataset: its path or name.
        layout: as the user asked for; None where it is recognised.
        limits: within which it was read; those that are not the default ones become options.
    """
    options = {
        "layout": layout,
        "max-file-mib": _other(limits.file_bytes // MIB, _DEFAULT.file_bytes // MIB),
        "max-load-s": _other(int(limits.seconds), int(_DEFAULT.seconds)),
        "max-load-mib": _other(limits.memory_bytes // MIB, _DEFAULT.memory_bytes // MIB),
    }
    given = (f" --{name} {shell_word(text)}" for name, text in options.items() if text is not None)
    return f"producer serve --dataset {shell_word(dataset)}{''.join(given)}"


def chosen_limits(
    *,
    max_file_mib: int | None = None,
    max_load_s: int | None = None,
    max_load_mib: int | None = None,
) -> Limits:
    """The limits that options of these names mean, as ``producer serve`` has them.

    Args:
        max_file_mib: largest file, MiB; None for the default, as for the others.
        max_load_s: processor time to read it, s; folders and videos may take 60 times as long.
        max_load_mib: memory to read it, beside its own size, MiB.
    """
    seconds = _DEFAULT.seconds if max_load_s is None else max_load_s
    return Limits(
        file_bytes=_DEFAULT.file_bytes if max_file_mib is None else max_file_mib * MIB,
        memory_bytes=_DEFAULT.memory_bytes if max_load_mib is None else max_load_mib * MIB,
        seconds=seconds,
        bulk_seconds=seconds * BULK_FACTOR,
    )


def shell_word(text: str) -> str:
    """A text as one word of a shell's command line, on one line.

    Args:
        text: a path or an option's value; bytes that are no UTF-8 as Python's surrogates.

    Source:
        POSIX.1-2024, XCU 2.2.4, for what cannot be printed.
    """
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(map(_quoted, text)) + "'"


def _other(value: int, default: int) -> str | None:
    return None if value == default else str(value)


def _quoted(letter: str) -> str:
    if letter in "\\'":
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    return "".join(f"\\{byte:03o}" for byte in letter.encode("utf-8", "surrogateescape"))
