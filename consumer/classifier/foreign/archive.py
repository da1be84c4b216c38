"""Reads what ``torch.export.save`` has written, without PyTorch's own loader.

That one unpickles, evaluates text and compiles code that it finds in the file, so nobody may give
it a file of a stranger's. Here numbers are read as numbers and JSON as JSON; what else lies in the
archive is refused or left alone.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import torch
from torch import Tensor

from consumer.classifier.foreign.trial import Trial
from shared.errors import ModelError

SCHEMA = 8
"""The major number of the format's version: PyTorch 2.8 and newer."""
MAX_BYTES = 2 * 2**30
MAX_JSON_BYTES = 64 * 2**20
DAMAGED = "damaged program"
AGAIN = "export it again by torch.export.save of PyTorch 2.9 or newer"
DTYPES: Mapping[int, torch.dtype] = MappingProxyType(
    {
        1: torch.uint8,
        2: torch.int8,
        3: torch.int16,
        4: torch.int32,
        5: torch.int64,
        6: torch.float16,
        7: torch.float32,
        8: torch.float64,
        12: torch.bool,
        13: torch.bfloat16,
    }
)
"""The format's numbers of types; those that no network of this kind has are left out."""

_EXPECTED = "an archive of torch.export.save"
_MARK = "archive_format"
_MODEL = "models/model.json"
_FOLDERS = ("data/weights/", "data/constants/")
_NATIVE = "data/aotinductor/"


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """An exported program as it lies in its file.

    Args:
        graph_module: the JSON of its operations and of what goes in and out.
        tensors: its parameters, buffers and constants, by their names.
    """

    graph_module: Mapping[str, Any]
    tensors: Mapping[str, Tensor]


def read_archive(path: Path) -> Archive:
    """Read an exported program; nothing in it is executed.

    Raises:
        ModelError: it is missing, damaged, too large, of another kind or version, or holds what can
            only be unpickled.
    """
    try:
        with (
            path.open("rb") as stream,
            Trial(DAMAGED, where=path, expected=_EXPECTED),
            zipfile.ZipFile(stream) as file,
        ):
            return _Reader(file, path).archive()
    except OSError as error:
        raise ModelError(
            "cannot read the model", at=path, expected="a file", got=error.strerror or error
        ) from error


class _Reader:
    """Reads one archive.

    Args:
        file: the open archive.
        path: its path, for error messages.
    """

    def __init__(self, file: zipfile.ZipFile, path: Path) -> None:
        self._file = file
        self._path = path
        self._sizes = {member.filename: member.file_size for member in file.infolist()}
        self._root = self._checked_root()

    def archive(self) -> Archive:
        """The program that the archive holds."""
        with Trial(DAMAGED, where=self._path):
            program = self._json(_MODEL)
            version = program["schema_version"]["major"]
            if version != SCHEMA:
                self._refuse("program of another version", f"version {SCHEMA}", version, AGAIN)
            tensors: dict[str, Tensor] = {}
            for folder in _FOLDERS:
                tensors |= self._tensors(folder)
            return Archive(program["graph_module"], tensors)

    def _checked_root(self) -> str:
        """The folder in the archive that everything lies in."""
        roots = [name.removesuffix(_MARK) for name in self._sizes if name.endswith("/" + _MARK)]
        if not roots:
            self._refuse("no exported program", _EXPECTED, self._kind(), AGAIN)
        root = roots[0]
        if any(name.startswith(root + _NATIVE) for name in self._sizes):
            self._refuse("compiled library", _EXPECTED, "native code of AOTInductor", AGAIN)
        if root + _MODEL not in self._sizes:
            self._refuse("no exported program", _EXPECTED, f"one without {_MODEL}", AGAIN)
        if sum(member.file_size for member in self._file.infolist()) > MAX_BYTES:
            self._refuse("model file too large", f"at most {MAX_BYTES:,} bytes", "more")
        if any(member.compress_type != zipfile.ZIP_STORED for member in self._file.infolist()):
            self._refuse("no exported program", "members that are not compressed", "compressed")
        return root

    def _kind(self) -> str:
        if any(name.endswith("data.pkl") for name in self._sizes):
            return "a pickle of torch.save or torch.jit.save"
        if "serialized_exported_program.json" in self._sizes:
            return "one of an older version"
        return "another archive"

    def _read(self, name: str) -> bytes:
        return self._file.read(self._root + name)

    def _json(self, name: str) -> dict[str, Any]:
        size = self._sizes.get(self._root + name, 0)
        if size > MAX_JSON_BYTES:
            self._refuse(f"{name} is too large", f"at most {MAX_JSON_BYTES:,} bytes", f"{size:,}")
        found = json.loads(self._read(name))
        if not isinstance(found, dict):
            raise TypeError(f"{name} is no object")
        return found

    def _tensors(self, folder: str) -> dict[str, Tensor]:
        name = next(
            known.removeprefix(self._root)
            for known in self._sizes
            if known.startswith(self._root + folder) and known.endswith("_config.json")
        )
        payloads: dict[str, Any] = self._json(name)["config"]
        kept: dict[str, Tensor] = {}
        return {key: self._tensor(folder, key, about, kept) for key, about in payloads.items()}

    def _tensor(
        self,
        folder: str,
        key: str,
        about: Mapping[str, Any],
        kept: dict[str, Tensor],
    ) -> Tensor:
        file, meta = about["path_name"], about["tensor_meta"]
        if about["use_pickle"] or not file.startswith(("weight_", "tensor_")) or meta is None:
            self._refuse("pickled object", f"plain numbers for {key}", f"a pickle in {file}")
        if meta["dtype"] not in DTYPES:
            self._refuse(
                "tensor that is not supported", f"a type of numbers for {key}", meta["dtype"]
            )
        dtype = DTYPES[meta["dtype"]]
        if file not in kept:
            kept[file] = _flat(self._read(folder + file), dtype)
        if kept[file].dtype != dtype:
            self._refuse("tensor of two types", f"{kept[file].dtype} for {key}", dtype)
        sizes, strides = _plain(meta["sizes"]), _plain(meta["strides"])
        if math.prod(sizes) == 0:
            return torch.empty(sizes, dtype=dtype)
        # PyTorch raises where this leaves the numbers that are there.
        return kept[file].as_strided(sizes, strides, meta["storage_offset"]["as_int"])

    def _refuse(
        self, what: str, expected: object, got: object, hint: str | None = None
    ) -> NoReturn:
        raise ModelError(what, where=self._path, expected=expected, got=got, hint=hint)


def _flat(data: bytes, dtype: torch.dtype) -> Tensor:
    if dtype is torch.bool:
        # A byte that is neither 0 nor 1 is counted in one way and copied in another.
        return _flat(data, torch.uint8).ne(0)
    return torch.frombuffer(bytearray(data), dtype=dtype) if data else torch.empty(0, dtype=dtype)


def _plain(sizes: list[Mapping[str, int]]) -> list[int]:
    return [size["as_int"] for size in sizes]
