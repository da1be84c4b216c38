"""The command ``consumer``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from consumer.classifier import commands
from consumer.classifier.bench.commands import bench
from consumer.classifier.commands_calibrate import calibrate
from consumer.metadata.commands import inspect

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Receive a stream of frames, classify it, and prove that nothing was lost.",
)


@app.callback()
def main() -> None:
    """Receive a stream of frames, classify it, and prove that nothing was lost."""
    from shared.logs import configure_logging

    configure_logging()


@app.command()
def run(  # pylint: disable=too-many-arguments,too-many-locals,unused-argument
    # Declared for --help and for typer's parsing; read together, as the context's parameters.
    context: typer.Context,
    *,
    producer: Annotated[
        str | None,
        typer.Option(help="The producer's session channel. Default: ws://127.0.0.1:7000."),
    ] = None,
    count: Annotated[
        int | None, typer.Option(help="Frames to ask for. Default: the producer's.")
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(help="Frames a second; 0: as fast as possible. Default: the producer's."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for a folder of each session. Default: results.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="mnist, FILE.safetensors, FILE.pt2, FILE.onnx or package.module:factory. "
            "Default: the one included."
        ),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(help="Most frames of one batch. Default: 64.")
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(help="Threads of PyTorch. Default: the processors but one, at most 4."),
    ] = None,
    path: Annotated[
        str | None,
        typer.Option(
            help="Way to run the network: eager-fp32, eager-bf16, int8 or compiled-fp32; "
            "auto: the fastest. Default: auto."
        ),
    ] = None,
    cache_dir: Annotated[
        Path | None, typer.Option(help="Folder that remembers which way is the fastest.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the choice of samples. Default: 0.")
    ] = None,
    patience: Annotated[
        float | None, typer.Option(help="Seconds to wait for a producer. Default: 30.")
    ] = None,
    consumer: Annotated[
        str | None, typer.Option(help="Name of this consumer. Default: that of its host.")
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            help="Session to go on with: latest, or its 16 digits. Default: a new session."
        ),
    ] = None,
    resume_for: Annotated[
        float | None,
        typer.Option(help="Seconds to try to come back after a loss; 0: never. Default: 600."),
    ] = None,
    delivery: Annotated[
        str | None,
        typer.Option(help="every: no frame is left out; newest: none is late. Default: every."),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Keep the session in this file, NAME.session. Default: no.")
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with the token to show the producer; or CATWALK_TOKEN."),
    ] = None,
    tls_ca: Annotated[
        Path | None,
        typer.Option(help="Certificates to trust, PEM, for wss://. Default: the system's."),
    ] = None,
    health_port: Annotated[
        int | None,
        typer.Option(help="Port of /healthz on 127.0.0.1; 0: a free one. Default: none."),
    ] = None,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error. Default: info.")
    ] = None,
) -> None:
    """Play one session; exit code 0 only when the balance sheet says PASS.

    Every option can be given as CATWALK_<OPTION> in the environment instead. The
    token itself is no option, because anyone on this machine can list those: use
    --token-file or CATWALK_TOKEN.
    """
    from consumer.settings import ConsumerSettings
    from shared.command import importing
    from shared.logs import configure_logging
    from shared.settings import load_settings

    settings = load_settings(ConsumerSettings, context.params)
    configure_logging(settings.log_level)
    # Imported here because --help need not wait for PyTorch.
    with importing():
        import asyncio

        from consumer.app import run_session

    outcome = asyncio.run(run_session(settings))
    if outcome.verdict != "PASS":
        raise typer.Exit(1)


app.command("train")(commands.train)
app.command("evaluate")(commands.evaluate)
app.command("calibrate")(calibrate)
app.command("bench")(bench)
app.command("inspect")(inspect)
