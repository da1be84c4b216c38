"""What is in the images and what is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from compose import BUILD_S, ROOT, SERVICES, docker, inspect

pytestmark = [pytest.mark.containers, pytest.mark.usefixtures("images")]

FIRST_OWN_LAYER = "PYTHONSAFEPATH"
DATA = ("*.pickle", "*.pkl", "*.npy", "*.npz", "*ubyte*", "*.db")


def _inside(service: str, script: str) -> str:
    options = ("--rm", "--network=none", "--entrypoint=sh", f"catwalk-{service}", "-c", script)
    return docker("run", *options).stdout.strip()


def _added(service: str) -> int:
    """Bytes of an image's layers above its base, which the builder need not keep as an image."""
    form = "--format={{.Size}} {{.CreatedBy}}"
    history = docker("history", "--no-trunc", "--human=false", form, f"catwalk-{service}").stdout
    layers = history.splitlines()
    first = next(k for k, layer in enumerate(layers) if FIRST_OWN_LAYER in layer)
    return sum(int(layer.split(maxsplit=1)[0]) for layer in layers[: first + 1])


@pytest.mark.parametrize("service", SERVICES)
def test_it_runs_as_nobody_special_ends_on_sigterm_and_says_how_it_is(service: str) -> None:
    config = inspect("image", f"catwalk-{service}")["Config"]
    assert config["User"] == "1000:1000"
    assert config["StopSignal"] == "SIGTERM"
    assert "probe.py" in config["Healthcheck"]["Test"][-1]
    assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"


def test_nothing_that_lies_beside_the_code_gets_into_an_image(tmp_path: Path) -> None:
    for name in (".dockerignore", "Dockerfile", "LICENSE", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("consumer", "containers", "producer", "shared"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("x.pickle", "train-images-idx3-ubyte", "x.png", ".env", "x.csv"):
        (tmp_path / "producer" / name).write_text("data")
        (tmp_path / "consumer" / "classifier" / "weights" / name).write_text("data")
    (tmp_path / ".env").write_text("CATWALK_UID=1")
    image = docker(
        "build", "--quiet", "--target=code", str(tmp_path), within=BUILD_S
    ).stdout.strip()
    listed = docker("run", "--rm", image, "find", "/app", "-type", "f").stdout.split()
    assert "/app/producer/app.py" in listed
    assert "/app/consumer/classifier/weights/fashion-mnist.safetensors" in listed
    kinds = {Path(name).suffix or Path(name).name for name in listed}
    weights = {".safetensors", ".json"}
    assert kinds == {".py", ".pyc", ".sh", ".j2", ".typed", "LICENSE", *weights}


@pytest.mark.parametrize("service", SERVICES)
def test_no_compiler_no_installer_of_ours_and_no_data_is_left_in_it(service: str) -> None:
    assert _inside(service, "command -v gcc cc g++ c++ clang make || true") == ""
    assert _inside(service, "ls /opt/venv/bin | grep -x 'pip.*' || true") == ""
    names = " -o ".join(f"-name '{pattern}'" for pattern in DATA)
    ours = "/app /data /results /var/lib/catwalk /var/cache/catwalk /tmp"
    assert _inside(service, rf"find {ours} -type f \( {names} \)") == ""


@pytest.mark.parametrize(
    ("service", "rooms"), [("producer", "producer shared"), ("consumer", "consumer shared")]
)
def test_it_holds_its_own_room_and_the_contract(service: str, rooms: str) -> None:
    assert _inside(service, "cd /app && echo */").replace("/", "") == rooms


def test_the_producer_has_opencv_no_torch_and_adds_at_most_400_megabytes_to_its_base() -> None:
    found = "import importlib.util as i; print([n for n in ('torch', 'cv2') if i.find_spec(n)])"
    assert _inside("producer", f'python -c "{found}"') == "['cv2']"
    assert _inside("producer", 'python -c "import cv2, PIL"') == ""
    assert 1e6 < _added("producer") <= 400e6


def test_the_consumer_brings_its_weights_and_a_pytorch_without_cuda() -> None:
    assert _inside("consumer", "ls /app/consumer/classifier/weights/*.safetensors")
    facts = "import torch; print(torch.backends.cuda.is_built(), torch.ones(2).sum().item())"
    assert _inside("consumer", f'python -c "{facts}"') == "False 2.0"


@pytest.mark.parametrize("service", SERVICES)
def test_a_file_of_the_user_cannot_take_a_modules_place(service: str) -> None:
    trap = f"cd /tmp && mkdir {service} && echo 'raise SystemExit(99)' >{service}/__main__.py"
    told = _inside(service, f"{trap} && python -m {service} --help")
    assert "Usage" in told


@pytest.mark.parametrize("service", SERVICES)
def test_packages_lie_below_the_code(service: str) -> None:
    lines = docker("history", "--no-trunc", "--format={{.CreatedBy}}", f"catwalk-{service}").stdout
    assert lines.index(f"/app/{service}") < lines.index("/opt/venv")
