"""What else is deployed with: a compose file, a systemd unit, and the files of a platform."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from support.servers.settings import SETTINGS

from plugin_server.cli import main
from plugin_server.config.environment import Config, load_config
from plugin_server.serving.server import gunicorn_settings
from plugin_server.store.setup import MAX_POOL_SIZE

CHECKOUT = Path(__file__).parent.parent.parent
DEPLOY = CHECKOUT / ".deploy"
BIN = Path(sys.executable).parent
DOMAIN = "blocks.example.com"


GIVEN = {"DOMAIN": DOMAIN, "POSTGRES_PASSWORD": "secret"}
# Compose itself; the command that comes with it forgets its exit status.
COMPOSE = Path(str(find_spec("compose").origin)).parent / "docker-compose"  # type: ignore[union-attr]


def composed(folder: Path, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Return what Compose makes of the file in a copy of the checkout, with an ``.env`` beside it."""
    deploy = folder / ".deploy"
    deploy.mkdir()
    (deploy / "compose.yaml").write_text((DEPLOY / "compose.yaml").read_text())
    (deploy / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    command = [COMPOSE, "-f", deploy / "compose.yaml", "config", "--format", "json"]
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture
def services(tmp_path: Path) -> dict[str, Any]:
    done = composed(tmp_path, GIVEN)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


class TestCompose:
    @pytest.mark.parametrize("missing", ["DOMAIN", "POSTGRES_PASSWORD"])
    def test_it_names_what_is_missing(self, missing: str, tmp_path: Path) -> None:
        given = {name: value for name, value in GIVEN.items() if name != missing}
        done = composed(tmp_path, given)
        assert done.returncode != 0
        assert missing in done.stderr

    def test_the_server_gets_settings_that_it_knows(self, services: dict[str, Any]) -> None:
        given = services["server"]["environment"]
        assert {name.lower() for name in given.keys() - GIVEN.keys()} <= set(Config.model_fields)
        assert given["BASE_URL"] == f"https://{DOMAIN}"

    def test_it_is_built_by_the_dockerfile_from_the_checkout(
        self, services: Any, tmp_path: Path
    ) -> None:
        assert Path(services["server"]["build"]["context"]) == tmp_path
        assert (CHECKOUT / services["server"]["build"]["dockerfile"]).is_file()

    def test_the_tables_are_made_before_the_server_starts(self, services: Any) -> None:
        needed = services["server"]["depends_on"]
        assert needed["schema"]["condition"] == "service_completed_successfully"
        assert needed["redis"]["condition"] == "service_healthy"
        assert services["schema"]["depends_on"]["database"]["condition"] == "service_healthy"

    def test_the_proxy_has_its_settings(self, services: Any) -> None:
        mounted = {each["source"]: each["target"] for each in services["proxy"]["volumes"]}
        [source] = [path for path, target in mounted.items() if target == "/etc/caddy/Caddyfile"]
        settings = DEPLOY / Path(source).name
        assert "reverse_proxy server:8000" in settings.read_text()
        assert services["proxy"]["environment"] == {"DOMAIN": DOMAIN}

    def test_the_database_allows_the_connections_of_many_processes(self, services: Any) -> None:
        allowed = services["database"]["command"][-1].partition("max_connections=")[2]
        assert int(allowed) >= 18 * MAX_POOL_SIZE

    def test_only_the_proxy_can_be_reached_from_outside(self, services: Any) -> None:
        assert [name for name, service in services.items() if service.get("ports")] == ["proxy"]


def test_nobody_kills_a_server_that_still_has_time_to_stop(services: Any) -> None:
    config = load_config(**SETTINGS)
    needed = config.shutdown_delay + gunicorn_settings(config)["graceful_timeout"]
    unit = (DEPLOY / "plugin-server.service").read_text()
    allowed = [services["server"]["stop_grace_period"], *re.findall(r"TimeoutStopSec=(\d+)", unit)]
    assert len(allowed) == 2
    assert all(int(seconds.removesuffix("s")) > needed for seconds in allowed)


def commands_of(*lines: str) -> Iterator[list[str]]:
    """Yield what each line gives our command to do."""
    for line in lines:
        yield re.split(r"plugin-server |plugin_server\.cli ", line)[-1].split()


def test_the_unit_is_one_that_systemd_understands(tmp_path: Path) -> None:
    text = (DEPLOY / "plugin-server.service").read_text()
    unit = tmp_path / "plugin-server.service"
    # Systemd looks whether the program is there, which it is in another place here.
    unit.write_text(text.replace("/opt/plugin-server/bin", str(BIN)))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_and_the_procfile_run_commands_that_exist() -> None:
    unit = (DEPLOY / "plugin-server.service").read_text().splitlines()
    procfile = (DEPLOY / "platform" / "Procfile").read_text().splitlines()
    starts = [line for line in unit if line.startswith("Exec")]
    for words in commands_of(*starts, *procfile):
        context = main.make_context("plugin-server", list(words), resilient_parsing=True)
        assert main.resolve_command(context, words)[1] is not None


def test_the_platforms_requirements_are_those_of_the_lock_file(tmp_path: Path) -> None:
    # As the guide says: the two files beside pyproject.toml.
    for name in ("pyproject.toml", "requirements.lock", "README.md", "plugin_server"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    for name in ("templates", "static", "settings_json", "tests"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text((DEPLOY / "platform" / "requirements.txt").read_text())
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    done = subprocess.run(
        [*command, "--report", report, "-r", requirements.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    required = {
        each["metadata"]["name"].lower() for each in json.loads(report.read_text())["install"]
    }
    assert {"flask", "psycopg", "redis"} <= required
