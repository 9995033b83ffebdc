"""The image for containers: built from what it declares, and run as an unprivileged user."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.servers.image import Stage, build
from support.servers.locks import pinned
from support.servers.processes import SECRETS, is_up
from support.waiting import wait_until

CHECKOUT = Path(__file__).parent.parent.parent
DEPLOY = CHECKOUT / ".deploy"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return build(DEPLOY / "Dockerfile", CHECKOUT, tmp_path_factory.mktemp("image"))


@contextmanager
def running(image: Stage, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the image's command, until the block ends."""
    process = subprocess.Popen(image.inside(image.command, **SECRETS, **variables))
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def run(image: Stage, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    started = image.inside(command, **SECRETS, **variables)
    return subprocess.run(started, capture_output=True, text=True)


def test_the_container_upgrades_serves_and_says_that_it_is_healthy(
    image: Stage, free_ports: Callable[[int], list[int]]
) -> None:
    port = str(free_ports(1)[0])
    url = f"http://127.0.0.1:{port}"
    variables = {"HOST": "127.0.0.1", "PORT": port, "BASE_URL": url}
    assert run(image, *image.health_check, **variables).returncode != 0
    entrypoint = image.command[:1]
    assert run(image, *entrypoint, "db", "upgrade", **variables).stderr == ""
    with running(image, **variables):
        wait_until(lambda: is_up(url))
        assert run(image, *image.health_check, **variables).returncode == 0


def test_the_container_refuses_to_serve_before_its_tables_are_made(image: Stage) -> None:
    variables = {"DATA_DIR": "/tmp", "BASE_URL": "http://127.0.0.1:8000"}
    refused = run(image, *image.command, **variables)
    assert refused.returncode == 1
    assert "plugin-server db upgrade" in refused.stderr


def test_the_image_holds_what_runs_and_nothing_of_the_checkout_besides(image: Stage) -> None:
    top = {path.name for path in image.root.iterdir() if path.is_dir() and any(path.iterdir())}
    assert top - {"bin", "sbin", "lib", "lib64", "data"} == {"opt"}
    installed = image.root / "opt" / "plugin-server" / "lib"
    assert not list(installed.rglob("site-packages/pip"))
    assert not list(installed.rglob("site-packages/pytest"))
    assert not list(installed.rglob("site-packages/tests"))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_the_container_cannot_change_what_it_runs(image: Stage) -> None:
    assert run(image, "touch", "/opt/plugin-server/bin/new").returncode != 0
    assert run(image, "touch", "/data/new").returncode == 0


LIST = """
from importlib.metadata import distributions
for each in distributions():
    print(f"{each.name}=={each.version}")
"""


def test_the_versions_are_those_of_the_lock_file(image: Stage) -> None:
    listed = run(image, "python", "-c", LIST).stdout.splitlines()
    installed = {line.lower().replace("_", "-") for line in listed}
    assert {line.split("==")[0] for line in installed} >= {"plugin-server", "psycopg-binary"}
    lock = set(pinned(CHECKOUT / "requirements.lock"))
    assert {line for line in installed if not line.startswith("plugin-server==")} <= lock
