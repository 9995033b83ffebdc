"""Commands in a copy of the project that holds a developer's mistake, and what they have to say of it."""

import os
import subprocess
from pathlib import Path

from support.servers import commands

SECRETS = {
    "SECRET_KEY": "s" * 40,
    "ENCRYPTION_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "PLUGIN_CLIENT_ID": "kit",
    "PLUGIN_CLIENT_SECRET": "secret",
    "KIT_CLIENT_ID": "us",
    "KIT_CLIENT_SECRET": "secret",
}


def run(project: Path, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    environment = {**clean, "DATA_DIR": str(project / "data"), **SECRETS, **variables}
    return commands.run(command.split(), environment, seconds=120, project=project)


def begin_with(project: Path, name: str, text: str) -> None:
    file = project / name
    file.write_text(text + file.read_text())


def assert_shown(result: subprocess.CompletedProcess[str], sentence: str, *words: str) -> None:
    """Check that a command shows a sentence such as ``post.html, line 2: it is wrong`` as a finding."""
    place, _, message = sentence.partition(": ")
    file, _, line = place.partition(", line ")
    assert_reported(result, f"{file}:{line}:" if line else f"{file}: error [", message, *words)


def assert_reported(result: subprocess.CompletedProcess[str], *words: str) -> None:
    said = result.stdout + result.stderr
    assert result.returncode == 1, said
    assert "Traceback" not in said
    assert "database cannot be used" not in said
    assert all(word in said for word in words), said
