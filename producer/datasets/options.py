"""Options that several commands for data sets have, and what they mean together."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict, TypeVar, get_type_hints

import typer

if TYPE_CHECKING:
    from producer.doctor.subject import Places

Layout = Annotated[
    str | None,
    typer.Option(
        envvar="CATWALK_LAYOUT",
        help="how the images lie where that is ambiguous: NHW, NCHW, 28x28, images=KEY, train, ...",
    ),
]
DataDir = Annotated[
    Path | None, typer.Option(envvar="CATWALK_DATA_DIR", help="folder with IDX files")
]
CacheDir = Annotated[
    Path | None,
    typer.Option(envvar="CATWALK_CACHE_DIR", help="folder for downloads and conversions"),
]
MaxFile = Annotated[
    int | None,
    typer.Option(
        envvar="CATWALK_MAX_FILE_MIB", help="largest file, MiB; default 512", min=1, max=1_000_000
    ),
]
MaxLoad = Annotated[
    int | None,
    typer.Option(
        envvar="CATWALK_MAX_LOAD_S",
        help="processor time to read it; folders and videos 60-fold; default 10",
        min=1,
        max=1_000_000,
    ),
]
MaxMemory = Annotated[
    int | None,
    typer.Option(
        envvar="CATWALK_MAX_LOAD_MIB",
        help="memory to read it, beside its size, MiB; default 1024",
        min=1,
        max=1_000_000,
    ),
]


_Command = TypeVar("_Command", bound=Callable[..., None])


class PlaceOptions(TypedDict, total=False):
    """Where data sets lie and how much is read: what most commands for data sets take."""

    data_dir: DataDir
    cache_dir: CacheDir
    max_file_mib: MaxFile
    max_load_s: MaxLoad
    max_load_mib: MaxMemory


def with_places(command: _Command) -> _Command:
    """Give a command the options of ``PlaceOptions``, for its ``**places``.

    Args:
        command: a function that takes them as keywords; typer sees them as parameters.
    """
    found = signature(command, eval_str=True)
    own = [each for each in found.parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
    more = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=option)
        for name, option in get_type_hints(PlaceOptions, include_extras=True).items()
    ]
    setattr(command, "__signature__", found.replace(parameters=[*own, *more]))
    return command


def chosen_places(
    data_dir: Path | None = None,
    cache_dir: Path | None = None,
    *,
    max_file_mib: int | None = None,
    max_load_s: int | None = None,
    max_load_mib: int | None = None,
) -> Places:
    """Where to look and how much to take, as the options of these names say."""
    # Imported here because numpy would slow down the answer to --help.
    from producer.datasets.streaming import chosen_limits
    from producer.doctor.subject import Places

    limits = chosen_limits(
        max_file_mib=max_file_mib, max_load_s=max_load_s, max_load_mib=max_load_mib
    )
    return Places(data_dir, cache_dir, limits)
