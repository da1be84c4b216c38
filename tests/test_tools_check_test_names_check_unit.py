"""The check of test names, on tiny trees."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer
from structlog.testing import capture_logs

from tools.check_test_names import (
    PATTERN,
    Module,
    Problem,
    check,
    main,
    read_modules,
    snake_case,
    used_names,
)

ROOT = Path(__file__).parent.parent
CLOCK = "class WallClock:\n    def tick(self): ...\ndef now(): ...\ndef _hidden(): ...\n"
TESTED = "from shared.time.clock import WallClock, now\n"


def _tree(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def _wrong(name: str) -> Problem:
    return Problem("test-name-wrong", name, PATTERN)


def _missing(name: str) -> Problem:
    return Problem("unit-test-missing", name, "an import in a unit test")


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("test_shared_time_clock_wall_clock_unit.py", True),
        ("test_shared_time_clock_wall_clock_integration.py", True),
        ("test_shared_time_clock_now_integration.py", True),
        ("test_shared_time_clock__hidden_unit.py", True),
        ("test_shared_main_run_integration.py", True),
        ("test_tools_draw_main_unit.py", True),
        ("test_examples_client_main_integration.py", True),
        ("test_containers_probe_main_unit.py", True),
        ("test_dockerfile_sender_integration.py", True),
        ("test_dockerfile_sender_packages_integration.py", True),
        ("test_docker_compose_sender_integration.py", True),
        ("test_docker_compose_safe_integration.py", True),
        ("test_dockerfile_receiver_integration.py", False),
        ("test_docker_compose_x_safe_integration.py", False),
        ("test_shared_time_clock_tick_unit.py", False),
        ("test_shared_time_clock_wallclock_unit.py", False),
        ("test_shared_time_clock_unit.py", False),
        ("test_shared_clock_now_unit.py", False),
        ("test_shared_time_clock_now.py", False),
        ("test_shared_time_clock_now_e2e.py", False),
        ("test_shared_time_constants_main_unit.py", False),
        ("test_examples_client_helper_integration.py", False),
        ("test_unit.py", False),
    ],
)
def test_a_test_is_named_after_something_that_exists(
    tmp_path: Path, name: str, right: bool
) -> None:
    root = _tree(
        tmp_path,
        {
            "shared/time/clock.py": CLOCK,
            "shared/time/constants.py": "NOW = 1\n",
            "shared/__main__.py": "def run(): ...\n",
            "tools/draw.py": "def main(): ...\n",
            "examples/client.py": "import json\n",
            "containers/probe.py": "import json\n",
            "Dockerfile": "FROM base AS sender-packages\nRUN true\nFROM base AS sender\n",
            "docker-compose.yml": "x-safe: {}\nservices: {sender: {}}\nvolumes: {disk: {}}\n",
            f"tests/{name}": "",
            "tests/helpers.py": "",
        },
    )
    names = [problem for problem in check(root) if problem.event == "test-name-wrong"]
    assert names == ([] if right else [_wrong(name)])


def test_an_ambiguous_name_is_right_for_every_reading(tmp_path: Path) -> None:
    files = {
        "tools/a/b.py": "def c_d(): ...\n",
        "tools/a_b.py": "def e(): ...\n",
        "tests/test_tools_a_b_c_d_unit.py": "",
        "tests/test_tools_a_b_e_unit.py": "",
    }
    assert not check(_tree(tmp_path, files))


@pytest.mark.parametrize(
    ("test", "tested"),
    [
        ("from shared.time.clock import now, WallClock as W\n", {"now", "WallClock"}),
        ("from shared.time import clock\nclock.now()\n", {"now"}),
        ("from shared.time import clock as c\nc.WallClock().tick()\n", {"WallClock"}),
        ("import shared.time.clock\nshared.time.clock.now()\n", {"now"}),
        ("import shared.time.clock as c\nc.now\n", {"now"}),
        ("def test():\n    from shared.time.clock import now\n", {"now"}),
        ("from shared.time import clock\n", set()),
        ("import shared.time.clock\n", set()),
        ("from shared.time.clock import other\n", set()),
        ("from other.clock import now, WallClock\n", set()),
        ("from .clock import now\nfrom . import clock\nclock().now\n", set()),
        ("clock.now()\n", set()),
    ],
)
def test_every_public_function_and_class_is_imported_by_a_unit_test(
    tmp_path: Path, test: str, tested: set[str]
) -> None:
    files = {"shared/time/clock.py": CLOCK, "tests/test_shared_time_clock_now_unit.py": test}
    assert check(_tree(tmp_path, files)) == [
        _missing(f"shared.time.clock.{name}") for name in ("WallClock", "now") if name not in tested
    ]


def test_an_integration_test_is_not_enough(tmp_path: Path) -> None:
    files = {
        "shared/time/clock.py": CLOCK,
        "tests/test_shared_time_clock_now_integration.py": TESTED,
    }
    assert check(_tree(tmp_path, files)) == [
        _missing("shared.time.clock.WallClock"),
        _missing("shared.time.clock.now"),
    ]


def test_scripts_and_hidden_symbols_need_no_unit_test(tmp_path: Path) -> None:
    files = {
        "tools/draw.py": "def main(): ...\n",
        "examples/client.py": "class A: ...\n",
        "benchmarks/pace.py": "async def run(): ...\n",
        "shared/__init__.py": "def _hidden(): ...\nasync def shown(): ...\n",
    }
    assert check(_tree(tmp_path, files)) == [_missing("shared.shown")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("WallClock", "wall_clock"),
        ("wall_clock", "wall_clock"),
        ("HTTPServer", "http_server"),
        ("ServerHTTP", "server_http"),
        ("Sha256Sum", "sha256_sum"),
        ("A", "a"),
        ("_Hidden", "_hidden"),
    ],
)
def test_a_class_name_in_snake_case(name: str, expected: str) -> None:
    assert snake_case(name) == expected


def test_modules_are_read_with_their_symbols(tmp_path: Path) -> None:
    root = _tree(tmp_path, {"shared/time/clock.py": CLOCK, "elsewhere/x.py": "def f(): ...\n"})
    module = Module(("shared", "time", "clock"), ("WallClock", "now", "_hidden"))
    assert read_modules(root) == [module]
    assert [*module.public_names()] == ["shared.time.clock.WallClock", "shared.time.clock.now"]
    assert "shared_time_clock_wall_clock" in module.test_names()


def test_names_that_are_reached_through_a_module_are_used() -> None:
    tree = ast.parse("import a.b\nfrom c import d as e\na.b.f.g()\ne.h\n(1).real\n")
    assert used_names(tree) == {"a", "a.b", "a.b.f", "a.b.f.g", "c.d", "c.d.h"}


def test_every_problem_is_a_line_and_the_exit_code_is_1(tmp_path: Path) -> None:
    root = _tree(tmp_path, {"shared/time/clock.py": CLOCK, "tests/test_nothing.py": ""})
    with capture_logs() as lines, pytest.raises(typer.Exit) as caught:
        main(root)
    assert caught.value.exit_code == 1
    assert [(line["event"], line["where"], line["log_level"]) for line in lines] == [
        ("test-name-wrong", "test_nothing.py", "error"),
        ("unit-test-missing", "shared.time.clock.WallClock", "error"),
        ("unit-test-missing", "shared.time.clock.now", "error"),
    ]
    assert lines[0]["expected"] == PATTERN


def test_a_tree_without_problems_passes(tmp_path: Path) -> None:
    files = {"shared/time/clock.py": CLOCK, "tests/test_shared_time_clock_now_unit.py": TESTED}
    with capture_logs() as lines:
        main(_tree(tmp_path, files))
    assert [line["event"] for line in lines] == ["test-names-checked"]


@pytest.mark.parametrize("file", ["shared/broken.py", "tests/test_broken_unit.py"])
def test_a_file_that_is_not_python_is_one_line(tmp_path: Path, file: str) -> None:
    with capture_logs() as lines, pytest.raises(typer.Exit) as caught:
        main(_tree(tmp_path, {file: "def broken(:\n"}))
    assert caught.value.exit_code == 1
    assert [line["event"] for line in lines] == ["not-python"]
    assert (lines[0]["file"], lines[0]["line"]) == (str(tmp_path / file), 1)


def test_this_files_own_name_is_right() -> None:
    assert _wrong(Path(__file__).name) not in check(ROOT)
