"""What tests ask of every plot: SVG that is whole, harmless and has identifiers of its own."""

from __future__ import annotations

import re
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def texts_of(svg: str) -> list[str]:
    """All writing of a plot, which must be XML that does nothing and asks for nothing."""
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg" and "viewBox" in root.attrib
    assert not {"width", "height"} & set(root.attrib)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "defs", "style", "g", "path", "clipPath", "rect", "use", "text", "tspan"}
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name or value.startswith("#")
            assert all(url.startswith("url(#") for url in re.findall(r"url\(.", value))
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def identifiers_of(svg: str) -> list[str]:
    """The identifiers that a plot gives to its parts."""
    return re.findall(r'\bid="([^"]*)"', svg)
