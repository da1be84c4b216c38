"""encode_header writes what a reader of safetensors understands."""

from __future__ import annotations

import json

from recording_parts import MANIFEST

from shared.recording.manifest import Manifest, checksum, encode_header


def test_the_tensors_follow_each_other_without_a_gap() -> None:
    header = json.loads(encode_header(Manifest(**MANIFEST)))
    meta = header.pop("__metadata__")
    assert meta["checksum"] == checksum(meta["manifest"].encode())
    ends = [0]
    for tensor in header.values():
        start, end = tensor["data_offsets"]
        assert start == ends[-1]
        ends.append(end)
    assert list(header)[0] == "pixels"
    assert header["pixels"] == {"dtype": "U8", "shape": [10, 3, 4], "data_offsets": [0, 120]}
    assert ends[-1] == Manifest(**MANIFEST).data_bytes


def test_frames_in_colour_and_of_several_sizes_have_their_shapes() -> None:
    colour = json.loads(encode_header(Manifest(**{**MANIFEST, "shape": (1, 4, 3)})))
    mixed = json.loads(encode_header(Manifest(**{**MANIFEST, "shape": None})))
    assert colour["pixels"]["shape"] == [10, 1, 4, 3]
    assert mixed["pixels"]["shape"] == [120]
