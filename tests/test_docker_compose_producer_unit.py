"""What docker-compose.yml says, read without an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from consumer.settings import ConsumerSettings
from producer.settings import ProducerSettings
from shared.settings import ENV_PREFIX, ServiceSettings

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
# What only makes sense inside a container, and is set there.
FIXED = {
    "producer": {"HOST", "CACHE_DIR"},
    "consumer": {"OUTPUT", "HEALTH_PORT", "PRODUCER", "CACHE_DIR"},
}


def _passed_on(service: str) -> set[str]:
    entries: list[str] = COMPOSE["services"][service]["environment"]
    return {entry.partition("=")[0].removeprefix(ENV_PREFIX) for entry in entries}


@pytest.mark.parametrize(
    ("service", "settings"), [("producer", ProducerSettings), ("consumer", ConsumerSettings)]
)
def test_every_setting_of_a_service_can_be_given_in_the_environment(
    service: str, settings: type[ServiceSettings]
) -> None:
    fields = {name.upper() for name in settings.model_fields}
    assert _passed_on(service) | FIXED[service] == fields


@pytest.mark.parametrize("service", ["producer", "consumer"])
def test_what_is_fixed_is_set_in_the_image(service: str) -> None:
    stage = DOCKERFILE.partition(f"FROM runtime AS {service}\n")[2].partition("\nFROM ")[0]
    assert all(f"{ENV_PREFIX}{name}=" in stage for name in FIXED[service])


def test_the_ledger_is_where_the_image_has_it_unless_another_is_given() -> None:
    entries = COMPOSE["services"]["producer"]["environment"]
    (given,) = [entry for entry in entries if entry.startswith("CATWALK_STORE=")]
    default = given.removeprefix("CATWALK_STORE=${CATWALK_STORE:-").removesuffix("}")
    assert f"CATWALK_STORE={default} " in DOCKERFILE
    volumes = COMPOSE["services"]["producer"]["volumes"]
    (folder,) = [volume.split(":")[1] for volume in volumes if volume.startswith("ledger:")]
    assert default.startswith(f"sqlite:///{folder}/")


def test_every_service_is_hardened() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["init"] is (name != "folders"), name
        assert service["stop_grace_period"] == "15s", name
        assert {"mem_limit", "pids_limit", "logging"} <= service.keys(), name


def test_the_consumer_waits_for_a_healthy_producer() -> None:
    waits: dict[str, Any] = COMPOSE["services"]["consumer"]["depends_on"]
    assert waits == {"producer": {"condition": "service_healthy"}}


def test_the_file_needs_no_newer_builder_than_the_classic_one() -> None:
    assert "# syntax=" not in DOCKERFILE
    assert not any(line.lstrip().startswith("RUN --mount") for line in DOCKERFILE.splitlines())


# What makes it honest that no token is asked for.
def test_only_this_machine_reaches_the_producers_ports() -> None:
    assert (
        "CATWALK_INSECURE=${CATWALK_INSECURE:-true}"
        in COMPOSE["services"]["producer"]["environment"]
    )
    ports: list[str] = COMPOSE["services"]["producer"]["ports"]
    assert len(ports) == 2 and all(port.startswith("127.0.0.1:") for port in ports)
    assert "ports" not in COMPOSE["services"]["consumer"]
    assert COMPOSE["networks"]["stream"] == {"internal": True}


def test_a_consumer_that_was_killed_goes_on_and_two_of_them_have_two_names() -> None:
    entries = COMPOSE["services"]["consumer"]["environment"]
    assert "CATWALK_RESUME=${CATWALK_RESUME:-latest}" in entries
    # Without a value of its own each container's name counts.
    assert "CATWALK_CONSUMER" in entries
    assert "hostname" not in COMPOSE["services"]["consumer"]


def test_the_producers_probe_speaks_tls_where_the_producer_does() -> None:
    assert '"http${CATWALK_TLS_CERT:+s}://127.0.0.1:${CATWALK_SESSION_PORT}/healthz"' in DOCKERFILE
