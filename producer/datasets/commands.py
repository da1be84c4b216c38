"""The commands ``producer dataset``: create and inspect are here, the others in their modules."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from producer.datasets.commands_convert import convert
from producer.datasets.commands_doctor import doctor
from producer.datasets.options import (
    CacheDir,
    Layout,
    MaxFile,
    MaxLoad,
    MaxMemory,
    PlaceOptions,
    chosen_places,
    with_places,
)

if TYPE_CHECKING:
    from producer.doctor.subject import Places, Subject
    from shared.intake.imageset import ImageSet

dataset_app = typer.Typer(
    no_args_is_help=True, help="Create, convert, inspect and diagnose data sets."
)
dataset_app.command("doctor")(doctor)
dataset_app.command("convert")(convert)


class Source(StrEnum):
    """What a data set file can be made of."""

    FASHION_MNIST = "fashion-mnist"
    MNIST = "mnist"
    BUILTIN = "builtin"
    FOLDER = "folder"


class SplitName(StrEnum):
    """The splits of the published data sets."""

    TRAIN = "train"
    TEST = "test"


@dataset_app.command("create")
@with_places
def create(
    name: Annotated[Source, typer.Argument(help="the data set to draw from")],
    folder: Annotated[
        Path | None, typer.Argument(help="with folder: where the images lie, or any data set file")
    ] = None,
    *,
    output: Annotated[Path, typer.Option(help="the file to write: NAME.pkl, .npz or .npy")],
    split: Annotated[SplitName, typer.Option(help="of fashion-mnist and mnist")] = SplitName.TEST,
    count: Annotated[int | None, typer.Option(help="how many images; default all", min=1)] = None,
    seed: Annotated[int, typer.Option(help="seed of the random choice", min=0)] = 0,
    layout: Layout = None,
    **places: Unpack[PlaceOptions],
) -> None:
    """Write a file with images, labels and classes, all of a data set or a sample."""
    # Imported here because numpy would slow down the answer to --help.
    from producer.datasets.create import check_suffix, sample
    from producer.doctor.subject import read_path

    if (name is Source.FOLDER) != (folder is not None):
        raise typer.BadParameter("expected a path after folder, and only there")
    check_suffix(output, "option --output")
    where = chosen_places(**places)
    if folder is not None:
        images = read_path(folder, str(folder), layout=layout, places=where).images
    else:
        images = _published(name, split, count=count, seed=seed, places=where)
    _write(sample(images, count=count, seed=seed), output, where)


@dataset_app.command("inspect")
def inspect(
    file: Annotated[
        Path, typer.Argument(help="a file or folder with images, or a recording, NAME.session")
    ],
    *,
    layout: Layout = None,
    cache_dir: CacheDir = None,
    max_file_mib: MaxFile = None,
    max_load_s: MaxLoad = None,
    max_load_mib: MaxMemory = None,
) -> None:
    """Say what a file or folder holds and how to stream it; doctor says more."""
    # Imported here because numpy would slow down the answer to --help.
    from producer.doctor.subject import read_path
    from shared.recording.name import is_recording

    if is_recording(file) and not file.is_dir():
        _inspect_recording(file)
        return
    places = chosen_places(
        None,
        cache_dir,
        max_file_mib=max_file_mib,
        max_load_s=max_load_s,
        max_load_mib=max_load_mib,
    )
    _inspect_images(read_path(file, str(file), layout=layout, places=places))


def _published(
    name: Source,
    split: SplitName,
    *,
    count: int | None,
    seed: int,
    places: Places,
) -> ImageSet:
    from producer.datasets.resolve import BUILTIN_COUNT, resolve

    return resolve(
        name.value if name is Source.BUILTIN else f"{name.value}:{split.value}",
        data_dir=places.data_dir,
        cache_dir=places.cache_dir,
        seed=seed,
        builtin_count=count or BUILTIN_COUNT,
    ).images


def _write(images: ImageSet, output: Path, places: Places) -> None:
    import structlog

    from producer.datasets.create import write_dataset
    from producer.datasets.inspect import describe
    from producer.datasets.proven import proven_command

    write_dataset(images, output)
    written = describe(images, str(output), proven_command(images, output, places))
    structlog.get_logger().info(
        "dataset-created", file=written.path, shape=written.shape, command=written.command
    )


def _inspect_images(subject: Subject) -> None:
    import structlog

    from producer.datasets.inspect import describe

    log = structlog.get_logger()
    found = describe(subject.images, subject.name, subject.command)
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
    for warning in subject.warnings:
        log.warning("dataset-warning", dataset=found.path, warning=warning)
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
