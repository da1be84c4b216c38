"""The command ``producer``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from producer.datasets.commands import dataset_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Play an image data set as a live stream and keep the ledger of what came back.",
)
app.add_typer(dataset_app, name="dataset")


@app.callback()
def main() -> None:
    """Play an image data set as a live stream and keep the ledger of what came back."""
    from shared.logs import configure_logging

    configure_logging()


@app.command()
def serve(  # pylint: disable=too-many-arguments,too-many-locals,unused-argument
    # Declared for --help and for typer's parsing; read together, as the context's parameters.
    context: typer.Context,
    *,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="A file, fashion-mnist:test, mnist:test, builtin, or auto. Default: auto."
        ),
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder with IDX files.")] = None,
    cache_dir: Annotated[Path | None, typer.Option(help="Folder for downloads.")] = None,
    fps: Annotated[
        float | None, typer.Option(help="Frames a second; 0: as fast as acknowledged. Default: 10.")
    ] = None,
    count: Annotated[
        int | None, typer.Option(help="Frames a session. Default: the data set.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to bind. Default: 127.0.0.1.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the frame stream. Default: 6000.")
    ] = None,
    session_port: Annotated[
        int | None, typer.Option(help="Port of the session channel. Default: 7000.")
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="Database of the ledger. Default: sqlite:///catwalk.db.")
    ] = None,
    window: Annotated[
        int | None, typer.Option(help="Most unacknowledged frames of a session. Default: 1024.")
    ] = None,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error. Default: info.")
    ] = None,
) -> None:
    """Serve frames on one port, sessions and results on another, until SIGTERM.

    Every option can be given as CATWALK_<OPTION> in the environment instead.
    """
    # Imported here because --help need not wait for a database and a server.
    import asyncio

    from producer.app import Producer
    from producer.datasets.resolve import resolve
    from producer.ledger.ledger import Ledger
    from producer.settings import ProducerSettings
    from shared.logs import configure_logging
    from shared.settings import load_settings

    settings = load_settings(ProducerSettings, context.params)
    configure_logging(settings.log_level)
    found = resolve(settings.dataset, data_dir=settings.data_dir, cache_dir=settings.cache_dir)
    ledger = Ledger(settings.store)
    try:
        asyncio.run(Producer(settings, found, ledger).serve())
    finally:
        ledger.close()
