"""Runs a test that was copied from the sandbox."""

import os
import subprocess
import sys
from pathlib import Path


def passes(folder: Path, source: str, **variables: str) -> None:
    """Run a test as a developer does who has copied it."""
    file = folder / "test_copied.py"
    file.write_text(source, "utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", str(file)],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in ran.stdout, ran.stdout + ran.stderr
