"""What both services may do inside their containers, read from the running processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from compose import SERVICES, Composition, composition, inspect

pytestmark = [
    pytest.mark.containers,
    pytest.mark.usefixtures("images"),
    pytest.mark.parametrize("service", SERVICES),
]

STATUS = "for status in /proc/[0-9]*/status; do cat $status; echo ==; done"


@pytest.fixture(scope="module", name="playing")
def _playing(tmp_path_factory: pytest.TempPathFactory, images: None) -> Iterator[Composition]:
    """A session in its middle, which nobody changes."""
    assert images is None
    folder = tmp_path_factory.mktemp("hardened") / "user"
    with composition(folder, CATWALK_COUNT="20000") as project:
        project.start()
        project.wait_in_the_middle()
        yield project


def _processes(playing: Composition, service: str) -> list[dict[str, str]]:
    texts = playing.execute(service, "sh", "-c", STATUS).stdout.split("==\n")
    return [
        {key: value.strip() for key, _, value in (line.partition(":") for line in text.split("\n"))}
        for text in texts
        if text
    ]


def test_no_process_is_root_nor_has_or_gets_any_capability(
    playing: Composition, service: str
) -> None:
    processes = _processes(playing, service)
    assert {"docker-init", "python"} <= {process["Name"] for process in processes}
    for process in processes:
        assert process["Uid"].split() == ["1000"] * 4, process["Name"]
        assert process["Gid"].split() == ["1000"] * 4, process["Name"]
        for capabilities in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"):
            assert int(process[capabilities], 16) == 0, (process["Name"], capabilities)
        assert process["NoNewPrivs"] == "1", process["Name"]


def test_the_service_is_a_child_of_an_init(playing: Composition, service: str) -> None:
    first = playing.execute(service, "cat", "/proc/1/comm").stdout.strip()
    assert first in ("docker-init", "tini")


@pytest.mark.parametrize("user", ["1000", "0"])
@pytest.mark.parametrize("folder", ["/", "/app", "/data", "/etc", "/opt/venv", "/usr", "/var"])
def test_nothing_can_be_written_outside_its_folders(
    playing: Composition, service: str, folder: str, user: str
) -> None:
    written = playing.execute(service, "touch", f"{folder}/x", user=user)
    assert written.returncode == 1
    assert "Read-only file system" in written.stderr


def test_it_can_write_where_it_must(playing: Composition, service: str) -> None:
    folders = {"producer": ["/tmp", "/var/lib/catwalk", "/var/cache/catwalk", "/results"]}
    for folder in folders.get(service, ["/tmp", "/results"]):
        written = playing.execute(service, "sh", "-c", f"touch {folder}/x && rm {folder}/x")
        assert written.returncode == 0, (folder, written.stderr)


def test_compose_has_nothing_to_say_about_the_file(playing: Composition, service: str) -> None:
    read = playing.run("config", "--services")
    assert (read.returncode, read.stderr) == (0, "")
    assert service in read.stdout.split()


def test_memory_processes_and_logs_have_limits(playing: Composition, service: str) -> None:
    host = inspect("container", playing.container(service))["HostConfig"]
    assert host["Memory"] == host["MemorySwap"] == 2 * 1024**3
    assert host["PidsLimit"] == 128
    assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}
    assert host["ReadonlyRootfs"] is True
    assert host["Privileged"] is False
    assert host["SecurityOpt"] == ["no-new-privileges:true"]


def test_it_has_time_to_end_in_good_order(playing: Composition, service: str) -> None:
    config = inspect("container", playing.container(service))["Config"]
    assert config["StopTimeout"] == 15
    assert config["StopSignal"] == "SIGTERM"


def test_it_is_healthy_in_the_middle_of_a_session(playing: Composition, service: str) -> None:
    playing.wait_for(
        f"health of {service}",
        lambda: playing.health(service) == "healthy",
    )
