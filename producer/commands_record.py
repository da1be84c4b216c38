"""The command ``producer record``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def record(
    session: Annotated[str, typer.Argument(help="The session, 16 hexadecimal digits.")],
    file: Annotated[Path, typer.Argument(help="The file to write, NAME.session.")],
    *,
    dataset: Annotated[
        str | None, typer.Option(help="The data set that it played, as for serve. Default: auto.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder with IDX files.")] = None,
    cache_dir: Annotated[Path | None, typer.Option(help="Folder for downloads.")] = None,
    store: Annotated[
        str | None, typer.Option(help="Database of the ledger. Default: sqlite:///catwalk.db.")
    ] = None,
) -> None:
    """Write a session of the ledger to a file that producer serve --dataset can play again.

    Every option can be given as CATWALK_<OPTION> in the environment instead.
    """
    # Imported here because --help need not wait for a database.
    from producer.datasets.resolve import resolve
    from producer.ledger.database import reading
    from producer.ledger.settings import LedgerSettings
    from producer.recorder import record_session
    from shared.settings import load_settings

    options = {
        "dataset": dataset,
        "data_dir": data_dir,
        "cache_dir": cache_dir,
        "store": store,
    }
    settings = load_settings(LedgerSettings, options)
    found = resolve(settings.dataset, data_dir=settings.data_dir, cache_dir=settings.cache_dir)
    with reading(settings.store) as connection:
        record_session(connection, session, found.images, file)
