"""Recognises files that are no pickles by how they begin, and says what to do with them."""

from __future__ import annotations

from typing import NamedTuple

from shared.intake.closed.refusal import SAVE_ARRAYS

HEAD_BYTES = 512
"""How much of a file :func:`foreign_format` looks at."""


class Format(NamedTuple):
    """Another format than a pickle.

    Args:
        name: what it is, in words.
        hint: how to make it readable.
    """

    name: str
    hint: str


# With what a pickle can begin, also one that is refused later.
_FIRST = frozenset(
    b"\x80(])}cNIJKLMFGSTUVXBCP\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96\x97\x82\x83\x84"
)
_OTHER = Format("other bytes", "name a file that pickle.dump or numpy.savez wrote")
_IMAGE = "put images into a folder and name that"
_AS_ARRAYS = f"read it with its own library and {SAVE_ARRAYS}"
_PYTORCH = Format("a PyTorch file", f"it holds tensors; {SAVE_ARRAYS}")
_STARTS = {
    b"\x93NUMPY": Format("a .npy array", "name it .npy"),
    b"\x1f\x8b": Format("a gzip file", "gunzip it first"),
    b"BZh": Format("a bzip2 file", "bunzip2 it first"),
    b"\xfd7zXZ": Format("an xz file", "unxz it first"),
    b"\x28\xb5\x2f\xfd": Format("a Zstandard file", "unzstd it first"),
    b"x\x01": Format("a zlib file", "write it without compression"),
    b"x\x9c": Format("a zlib file", "write it without compression"),
    b"x\xda": Format("a zlib file", "write it without compression"),
    b"7z\xbc\xaf": Format("a 7z archive", "unpack it first"),
    b"\x89PNG": Format("a PNG image", _IMAGE),
    b"\xff\xd8\xff": Format("a JPEG image", _IMAGE),
    b"GIF8": Format("a GIF image", _IMAGE),
    b"II*\0": Format("a TIFF image", _IMAGE),
    b"MM\0*": Format("a TIFF image", _IMAGE),
    b"RIFF": Format("a WebP image or an AVI video", "name it by its format"),
    b"\x89HDF": Format("an HDF5 file", _AS_ARRAYS),
    b"MATLAB 5.0": Format("a MATLAB file", _AS_ARRAYS),
    b"PAR1": Format("a Parquet file", _AS_ARRAYS),
    b"ARROW1": Format("an Arrow file", _AS_ARRAYS),
    b"SQLite format 3": Format("an SQLite database", _AS_ARRAYS),
    b"%PDF": Format("a PDF document", "name a file with images"),
    b"\x7fELF": Format("a program", "name a file with images"),
    b"version https://git-lfs": Format("a Git LFS pointer", "fetch the file: git lfs pull"),
    b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.": _PYTORCH,
    b"<": Format("a text such as HTML", "download the file itself, not the page about it"),
    b"{": Format("a text such as JSON", SAVE_ARRAYS),
    b"[": Format("a text such as JSON", SAVE_ARRAYS),
    b"\xef\xbb\xbf": Format("a text", SAVE_ARRAYS),
    b"\0\0\x08": Format("an IDX file", "name it as its source does, ...-idx3-ubyte"),
    b"\0\0\0\0": Format("zeros", "the file is damaged or was not written to its end"),
}


def foreign_format(head: bytes) -> Format | None:
    """What a file is that begins so; None where it may be a pickle.

    Args:
        head: its first 512 bytes, or all of it; at least one.
    """
    if head.startswith(b"PK\x03\x04"):
        return _zip_format(head)
    if head[257:262] == b"ustar":
        return Format("a tar archive", "unpack it and name what is in it")
    text = head.lstrip(b" \t\r\n")
    for start, found in _STARTS.items():
        if head.startswith(start) or (text.startswith(start) and start in b"<{["):
            return found
    return None if head[0] in _FIRST else _OTHER


def _zip_format(head: bytes) -> Format:
    # Behind 30 bytes of header comes the name of the first member.
    member = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if member.endswith((b"/data.pkl", b"/.format_version", b"/.data/serialization_id")):
        return _PYTORCH
    if member.endswith(b".npy"):
        return Format("an .npz archive", "name it .npz")
    return Format("a zip or .npz archive", "unpack it, or name it .npz if it is one")
