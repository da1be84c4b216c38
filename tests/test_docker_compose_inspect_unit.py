"""The service that describes images, as docker-compose.yml has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))[
    "services"
]
SERVICE: dict[str, Any] = SERVICES["inspect"]


def test_up_does_not_start_it() -> None:
    assert SERVICE["profiles"] == ["tools"]
    assert "depends_on" not in SERVICE
    assert not any("inspect" in service.get("depends_on", {}) for service in SERVICES.values())


def test_it_is_the_consumers_image_without_a_network_or_folders_of_this_machine() -> None:
    assert (SERVICE["image"], SERVICE["build"]) == (
        SERVICES["consumer"]["image"],
        SERVICES["consumer"]["build"],
    )
    assert SERVICE["network_mode"] == "none"
    assert not {"volumes", "ports", "networks", "environment"} & SERVICE.keys()


def test_it_can_become_another_user_and_nothing_else() -> None:
    assert (SERVICE["user"], SERVICE["cap_drop"]) == ("0:0", ["ALL"])
    assert SERVICE["cap_add"] == ["SETGID", "SETPCAP", "SETUID"]
    script = (ROOT / "containers" / "inspect.sh").read_text("utf-8")
    assert SERVICE["entrypoint"] == ["sh", "/app/inspect.sh"]
    for option in ("--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"):
        assert option in script
    assert script.index("exec setpriv") < script.index("python -m consumer inspect")
