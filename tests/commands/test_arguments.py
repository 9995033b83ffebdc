"""Arguments of commands: names of blocks."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin_server.cli import main


def said(*words: str) -> str:
    result = CliRunner().invoke(main, words, prog_name="plugin-server")
    assert result.exit_code == (0 if words[0] == "new" else 2), result.output
    return result.output


@pytest.mark.parametrize("command", ["lint", "render"])
def test_a_block_of_a_package_that_is_not_installed_says_so(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "'sea_event' is not one of" in said(command, "sea_event")
    said("new", "other-blocks")
    monkeypatch.chdir(tmp_path / "other-blocks")
    said("new", "block", "sea_event")
    monkeypatch.chdir(tmp_path / "other-blocks" / "tests")
    assert "other-blocks, which has 'sea_event', is not installed: run `pip" in said(
        command, "sea_event"
    )
    assert "'sea_evens' is not one of" in said(command, "sea_evens")
