"""The command ``producer dataset convert``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from producer.datasets.options import (
    CacheDir,
    DataDir,
    Layout,
    MaxFile,
    MaxLoad,
    MaxMemory,
    chosen_places,
)

if TYPE_CHECKING:
    from producer.doctor.subject import Places


def convert(
    dataset: Annotated[str, typer.Argument(help="what to read: all that doctor takes")],
    *,
    output: Annotated[
        Path, typer.Option(help="the file to write: NAME.npz, NAME.npy (no labels), NAME.pkl")
    ],
    layout: Layout = None,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    max_file_mib: MaxFile = None,
    max_load_s: MaxLoad = None,
    max_load_mib: MaxMemory = None,
) -> None:
    """Write any data set that can be streamed as one plain file, best an .npz."""
    places = chosen_places(
        data_dir,
        cache_dir,
        max_file_mib=max_file_mib,
        max_load_s=max_load_s,
        max_load_mib=max_load_mib,
    )
    _convert(dataset, output, layout, places)


def _convert(dataset: str, output: Path, layout: str | None, places: Places) -> None:
    # Imported here because numpy would slow down the answer to --help.
    import structlog

    from producer.datasets.create import check_suffix, write_dataset
    from producer.datasets.proven import proven_command
    from producer.doctor.subject import find_subject

    check_suffix(output, "option --output")
    subject = find_subject(dataset, layout=layout, places=places)
    write_dataset(subject.images, output)
    log = structlog.get_logger()
    for warning in subject.warnings:
        log.warning("dataset-warning", dataset=dataset, warning=warning)
    log.info(
        "dataset-converted",
        file=str(output),
        images=len(subject.images),
        digest=subject.images.digest(),
        command=proven_command(subject.images, output, places),
    )
