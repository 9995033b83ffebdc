"""The examples for other people's test suites run as they stand on the page."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.documents import CHECKOUT, files_of

FILES = files_of(CHECKOUT / "docs" / "sandbox.md")
# Vitest is on no machine unless it is downloaded: in its place stand Node's own functions.
VITEST = """
import assert from "node:assert/strict";
export { after as afterAll, before as beforeAll, test } from "node:test";
export const expect = (found) => ({ toEqual: (value) => assert.deepEqual(found, value) });
"""

pytestmark = pytest.mark.processes


def needs(program: str, advice: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        shutil.which(program) is None, reason=f"{program} is not here: {advice}"
    )


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """A function that runs a command in a folder with the page's files, and returns what it prints."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    vitest = tmp_path / "node_modules" / "vitest"
    vitest.mkdir(parents=True)
    (vitest / "index.mjs").write_text(VITEST)
    (vitest / "package.json").write_text('{"name": "vitest", "exports": "./index.mjs"}')
    (tmp_path / "package.json").write_text('{"type": "module"}')
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    def command(*words: str) -> str:
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    return command


def test_pytest(run: Callable[..., str]) -> None:
    assert "1 passed" in run(
        sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_kit.py"
    )


@needs("phpunit", "`make phpunit`")
def test_phpunit(run: Callable[..., str]) -> None:
    assert "OK (1 test, 1 assertion)" in run("phpunit", "KitTest.php")


@needs("node", "install Node 20 or newer")
def test_vitest(run: Callable[..., str]) -> None:
    assert "# pass 1" in run("node", "--test", "--test-reporter=tap", "kit.test.js")
