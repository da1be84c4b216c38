"""The commands ``producer dataset create`` and ``producer dataset inspect``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

dataset_app = typer.Typer(no_args_is_help=True, help="Create and inspect data set files.")


class Source(StrEnum):
    """What a data set file can be made of."""

    FASHION_MNIST = "fashion-mnist"
    MNIST = "mnist"
    BUILTIN = "builtin"


class SplitName(StrEnum):
    """The splits of the published data sets."""

    TRAIN = "train"
    TEST = "test"


@dataset_app.command("create")
def create(
    name: Annotated[Source, typer.Argument(help="the data set to draw from")],
    *,
    output: Annotated[Path, typer.Option(help="the pickle to write")],
    split: Annotated[SplitName, typer.Option(help="builtin has none")] = SplitName.TEST,
    count: Annotated[int | None, typer.Option(help="how many images; default all", min=1)] = None,
    seed: Annotated[int, typer.Option(help="seed of the random choice", min=0)] = 0,
    data_dir: Annotated[
        Path | None, typer.Option(envvar="CATWALK_DATA_DIR", help="folder with IDX files")
    ] = None,
    cache_dir: Annotated[
        Path | None, typer.Option(envvar="CATWALK_CACHE_DIR", help="folder for downloads")
    ] = None,
) -> None:
    """Write a pickle with images, labels and classes."""
    # Imported here because numpy would slow down the answer to --help.
    import structlog

    from producer.datasets.create import sample, write_pickle
    from producer.datasets.inspect import describe
    from producer.datasets.resolve import BUILTIN_COUNT, resolve

    images = resolve(
        name.value if name is Source.BUILTIN else f"{name.value}:{split.value}",
        data_dir=data_dir,
        cache_dir=cache_dir,
        seed=seed,
        builtin_count=count or BUILTIN_COUNT,
    ).images
    images = sample(images, count=count, seed=seed)
    write_pickle(images, output)
    written = describe(images, str(output))
    structlog.get_logger().info(
        "dataset-created", file=written.path, shape=written.shape, command=written.command
    )


@dataset_app.command("inspect")
def inspect(
    file: Annotated[
        Path, typer.Argument(help="a pickle with images, or a recording, NAME.session")
    ],
) -> None:
    """Say what a file holds and how to stream it."""
    # Imported here because numpy would slow down the answer to --help.
    from shared.recording.name import is_recording

    if is_recording(file):
        _inspect_recording(file)
    else:
        _inspect_pickle(file)


def _inspect_pickle(file: Path) -> None:
    import structlog

    from producer.datasets.files import load_file
    from producer.datasets.inspect import describe

    log = structlog.get_logger()
    found = describe(load_file(file), str(file))
    log.info(
        "dataset-described",
        file=found.path,
        layout=found.layout,
        shape=found.shape,
        dtype=found.dtype,
        pixel_range=found.pixel_range,
        digest=found.digest,
        command=found.command,
    )
    for label, (name, count) in enumerate(found.class_balance):
        log.info("class-counted", label=label, name=name, images=count)


def _inspect_recording(file: Path) -> None:
    import structlog

    from producer.datasets.inspect import describe_recording
    from shared.recording.reader import read_recording

    log = structlog.get_logger()
    found = describe_recording(read_recording(file), str(file))
    log.info(
        "recording-described",
        file=found.path,
        session=found.about.session,
        began=found.began,
        seconds=found.seconds,
        fps=found.about.fps,
        mean_fps=found.mean_fps,
        delivery=found.about.delivery,
        frames=found.about.frames,
        shape=found.about.shape,
        dataset=found.about.dataset,
        model=found.about.model,
        digest=found.about.digest,
        command=found.command,
    )
    for label, name, frames in found.predicted:
        log.info("class-predicted", label=label, name=name, frames=frames)
    for reason, frames in found.unclassified:
        log.info("reason-given", reason=reason, frames=frames)
