"""Tests of naming the processor."""

from __future__ import annotations

from pathlib import Path

from consumer.classifier.paths.kept import this_machine

INTEL = "processor\t: 0\nmodel name\t: Swift 1\nflags\t\t: sse avx\nprocessor\t: 1\nflags : sse\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd\nCPU part\t: 0xd0c\n"


def _told(tmp_path: Path, text: str, environment: dict[str, str]) -> list[str]:
    info = tmp_path / "cpuinfo"
    info.write_text(text)
    return this_machine(info, environment).splitlines()[2:]


def test_model_and_instructions_are_those_of_the_first_core(tmp_path: Path) -> None:
    assert _told(tmp_path, INTEL, {}) == ["Swift 1", "sse avx"]
    assert _told(tmp_path, ARM, {}) == ["fp asimd", "0xd0c"]


def test_what_is_not_to_be_used_of_it_counts(tmp_path: Path) -> None:
    limits = {"ONEDNN_MAX_CPU_ISA": "AVX2", "OTHER": "x"}
    assert _told(tmp_path, INTEL, limits)[2:] == ["ONEDNN_MAX_CPU_ISA=AVX2"]


def test_without_the_systems_file_there_is_what_python_knows(tmp_path: Path) -> None:
    assert this_machine(tmp_path / "none", {}).count("\n") == 1
    assert this_machine() != ""
