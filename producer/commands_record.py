"""The command ``producer record``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from producer.datasets.options import Layout, PlaceOptions, with_places

if TYPE_CHECKING:
    from producer.ledger.settings import LedgerSettings
    from shared.intake.imageset import ImageSet


@with_places
def record(
    session: Annotated[str, typer.Argument(help="The session, 16 hexadecimal digits.")],
    file: Annotated[Path, typer.Argument(help="The file to write, NAME.session.")],
    *,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="The data set that it played. Default: that one, if it is here and no file."
        ),
    ] = None,
    layout: Layout = None,
    store: Annotated[
        str | None, typer.Option(help="Database of the ledger. Default: sqlite:///catwalk.db.")
    ] = None,
    **places: Unpack[PlaceOptions],
) -> None:
    """Write a session of the ledger to a file that producer serve --dataset can play again.

    Every option can be given as CATWALK_<OPTION> in the environment instead.
    """
    # Imported here and below because --help need not wait for a database.
    from producer.ledger.database import reading
    from producer.ledger.settings import LedgerSettings
    from producer.recorder import record_session
    from shared.recording.name import check_name
    from shared.settings import load_settings

    check_name(file, "argument FILE")
    options = {"dataset": dataset, "layout": layout, "store": store, **places}
    settings = load_settings(LedgerSettings, options)
    images = _images(settings, session)
    with reading(settings.store) as connection:
        record_session(connection, session, images, file)


def _images(settings: LedgerSettings, session: str) -> ImageSet:
    """What the session played.

    Raises:
        DataError: it is a file and was not given, or cannot be read.
    """
    from producer.datasets.played import played_dataset
    from producer.ledger.database import reading
    from producer.ledger.sessions import kept
    from shared.errors import DataError

    with reading(settings.store) as connection:
        name = kept(connection, session).record.dataset
    found = played_dataset(
        settings.dataset,
        name=name,
        data_dir=settings.data_dir,
        cache_dir=settings.cache_dir,
        layout=settings.layout,
        limits=settings.limits,
    )
    if found is None:
        raise DataError(
            f"the data set that session {session} played is not at hand",
            expected=f"{name}, by --dataset",
        )
    return found.images
