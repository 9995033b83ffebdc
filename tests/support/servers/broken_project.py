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


class BrokenProject:
    """A copy of the project in ``folder`` in which a test plants mistakes, which ``restore`` takes out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._imported = commands.ImportedProject(folder)
        self._before: dict[Path, bytes] = {}

    def write(self, name: str, content: str | bytes) -> None:
        """Replace a file's content."""
        self._remember(name).write_bytes(
            content if isinstance(content, bytes) else content.encode()
        )

    def begin_with(self, name: str, text: str) -> None:
        """Write a text before what a file holds."""
        self.write(name, text + (self.folder / name).read_text())

    def remove(self, name: str) -> None:
        """Remove a file."""
        self._remember(name).unlink()

    def run(self, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the copy."""
        return self._imported.run(
            command.split(), _environment(self.folder, variables), seconds=120
        )

    def restore(self) -> None:
        """Have every file again as it was."""
        for file, content in self._before.items():
            file.write_bytes(content)
        self._before.clear()

    def close(self) -> None:
        """Stop what runs the commands."""
        self._imported.close()

    def _remember(self, name: str) -> Path:
        file = self.folder / name
        self._before.setdefault(file, file.read_bytes())
        return file


def run(project: Path, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a copy of the project that any mistake may be in."""
    environment = _environment(project, variables)
    return commands.run(command.split(), environment, seconds=120, project=project)


def _environment(project: Path, variables: dict[str, str]) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    return {**clean, "DATA_DIR": str(project / "data"), **SECRETS, **variables}


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
