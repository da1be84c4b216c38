"""The chunks of a PNG."""

from __future__ import annotations

from image_samples import encoded, picture, png_of_size

from shared.imaging.formats import png_chunks


def test_all_chunks_of_a_name_are_given() -> None:
    data = png_of_size(3, 4)
    assert [chunk[:8] for chunk in png_chunks(data, b"IHDR")] == [b"\0\0\0\3\0\0\0\4"]
    assert list(png_chunks(data, b"IEND")) == [b""]
    assert not list(png_chunks(data, b"eXIf"))


def test_a_chunk_that_is_cut_is_given_as_far_as_it_goes() -> None:
    data = encoded(picture(), "PNG")
    assert len(list(png_chunks(data[:-20], b"IDAT"))) == 1
    assert not list(png_chunks(b"\x89PNG", b"IDAT"))
