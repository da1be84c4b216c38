"""The command ``producer``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from producer.commands import sessions_app
from producer.commands_record import record
from producer.datasets.commands import dataset_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Play an image data set as a live stream and keep the ledger of what came back.",
)
app.add_typer(dataset_app, name="dataset")
app.add_typer(sessions_app, name="sessions")


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
            help="A pickle, .npy, .npz, IDX file, video, recording (NAME.session), folder of "
            "images, fashion-mnist:test, mnist:test, builtin, or auto. Default: auto."
        ),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(help="How its images lie in the file, as NCHW, where that is ambiguous."),
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
    newest_window: Annotated[
        int | None, typer.Option(help="The same where delivery is newest. Default: 16.")
    ] = None,
    chaos: Annotated[
        str | None,
        typer.Option(help="Faults to inject, as drop=0.01,delay=50ms,reset=0.001. Default: none."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the faults. Default: 0.")] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with the token that consumers must show; or CATWALK_TOKEN."),
    ] = None,
    insecure: Annotated[
        bool | None,
        typer.Option("--insecure", help="Do without a token on an address that others can reach."),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate for TLS on both ports, PEM. Default: no TLS.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    origins: Annotated[
        str | None,
        typer.Option(help="Web origins that may connect, with commas between. Default: none."),
    ] = None,
    max_connections: Annotated[
        int | None, typer.Option(help="Most connections over both ports. Default: 1200.")
    ] = None,
    max_per_address: Annotated[
        int | None, typer.Option(help="Most connections of one address. Default: 32.")
    ] = None,
    max_sessions: Annotated[
        int | None, typer.Option(help="Most sessions at a time. Default: 500.")
    ] = None,
    max_rate: Annotated[
        int | None, typer.Option(help="Most messages a second of a connection. Default: 1000.")
    ] = None,
    max_file_mib: Annotated[
        int | None, typer.Option(help="Largest data set file, MiB. Default: 512.")
    ] = None,
    max_load_s: Annotated[
        int | None,
        typer.Option(help="Processor time to read it; folders and videos 60-fold. Default: 10."),
    ] = None,
    max_load_mib: Annotated[
        int | None,
        typer.Option(help="Memory to read it, beside the file's size, MiB. Default: 1024."),
    ] = None,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error. Default: info.")
    ] = None,
) -> None:
    """Serve frames on one port, sessions and results on another, until SIGTERM.

    Every option can be given as CATWALK_<OPTION> in the environment instead. The
    token itself is no option, because anyone on this machine can list those: use
    --token-file or CATWALK_TOKEN.
    """
    # Imported here because --help need not wait for a database and a server.
    from shared.command import importing

    with importing():
        import asyncio

        from producer.app import Producer
        from producer.datasets.resolve import resolve
        from producer.ledger.ledger import Ledger
        from producer.settings import ProducerSettings
        from shared.logs import configure_logging
        from shared.settings import load_settings

    settings = load_settings(ProducerSettings, context.params)
    configure_logging(settings.log_level)
    found = resolve(
        settings.dataset,
        data_dir=settings.data_dir,
        cache_dir=settings.cache_dir,
        layout=settings.layout,
        limits=settings.limits,
    )
    ledger = Ledger(settings.store)
    try:
        asyncio.run(Producer(settings, found, ledger).serve())
    finally:
        ledger.close()


app.command("record")(record)
