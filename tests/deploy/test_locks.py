"""The lock files: every package by version and hash, wherever one is installed."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from support.servers.locks import pinned

CHECKOUT = Path(__file__).parent.parent.parent
SERVER, BUILD, DEVELOPMENT = (
    CHECKOUT / "requirements.lock",
    CHECKOUT / ".ci" / "build.lock",
    CHECKOUT / ".ci" / "dev.lock",
)
LOCKS = [SERVER, BUILD, DEVELOPMENT]


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=~!;\s]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_has_a_version_and_hashes_and_no_index(lock: Path) -> None:
    text = re.sub(r"\\\n\s*", "", lock.read_text())
    lines = [line.strip() for line in text.splitlines()]
    requirements = [line for line in lines if line and not line.startswith("#")]
    assert requirements
    for line in requirements:
        assert re.fullmatch(
            r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==\S+( --hash=sha256:[0-9a-f]{64})+", line
        ), line


def test_all_lock_files_agree() -> None:
    everything = set(pinned(DEVELOPMENT))
    assert set(pinned(SERVER)) < everything
    assert set(pinned(BUILD)) < everything


def test_they_hold_what_the_project_declares() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    served = [*project["project"]["dependencies"]]
    # What is for those who develop, the server's own image and lock file do not need.
    tools = [*extras["dev"], *extras["testing"], *extras["snapshot"]]
    served += [each for extra in extras.values() for each in extra if each not in tools]
    for lock, declared in (
        (SERVER, served),
        (BUILD, project["build-system"]["requires"]),
        (DEVELOPMENT, [*served, *tools]),
    ):
        assert {name_of(each) for each in declared} <= {name_of(each) for each in pinned(lock)}


def test_nothing_is_installed_without_its_hash() -> None:
    makefile = (CHECKOUT / "Makefile").read_text()
    dockerfile = (CHECKOUT / ".deploy" / "Dockerfile").read_text()
    installs = re.findall(
        r"(?:\$\(PIP\)|-m pip --python \S+) (?:install|wheel) .*", makefile + dockerfile
    )
    assert len(installs) == 6
    for command in installs:
        # What comes without hashes is this project itself, built by what has them.
        own = "--no-deps" in command and ("--no-build-isolation" in command or "/dist/" in command)
        assert "--require-hashes" in command or own, command


@pytest.mark.parametrize(
    ("variables", "status"), [({"CI": "true"}, 1), ({"CI": "true", "AUDIT": "offline"}, 0), ({}, 0)]
)
def test_an_audit_without_its_service_fails_in_ci_unless_that_is_expected(
    variables: dict[str, str], status: int
) -> None:
    # A proxy that nobody is: the service cannot be reached from here.
    unreachable = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "AUDIT"}}
    done = subprocess.run(
        [sys.executable, CHECKOUT / ".ci" / "audit.py"],
        env={**kept, **unreachable, **variables},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "NOT audited" in done.stdout) == (status, True)
