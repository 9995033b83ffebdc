"""Secrets in files: what is read, and how what cannot be is explained."""

from pathlib import Path

import pytest

from plugin_server.config.environment import SECRET_VARIABLES
from plugin_server.config.secret_files import read_secret_files


@pytest.mark.parametrize("name", SECRET_VARIABLES)
def test_every_secret_can_be_in_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("the value \n")
    environment = {f"{name}_FILE": str(tmp_path / "secret"), "OTHER_FILE": "/nowhere"}
    assert read_secret_files(SECRET_VARIABLES, environment) == ({name.lower(): "the value "}, [])


@pytest.mark.parametrize(("content", "reason"), [(b"\n", "is empty"), (b"\xff\xfe", "not text")])
def test_what_is_no_secret_is_explained(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "secret").write_bytes(content)
    environment = {"SECRET_KEY_FILE": str(tmp_path / "secret")}
    found, [problem] = read_secret_files(SECRET_VARIABLES, environment)
    assert found == {}
    assert problem.startswith("SECRET_KEY_FILE cannot be used: ")
    assert reason in problem


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    environment = {
        "SECRET_KEY": "value",
        "SECRET_KEY_FILE": str(tmp_path),
        "REDIS_URL_FILE": str(tmp_path / "missing"),
        "KIT_API_KEY_FILE": str(tmp_path),
    }
    _, problems = read_secret_files(SECRET_VARIABLES, environment)
    assert "SECRET_KEY and SECRET_KEY_FILE are both set. Keep one of them." in problems
    assert any("REDIS_URL_FILE" in each and "No such file" in each for each in problems)
    assert any("KIT_API_KEY_FILE" in each and "directory" in each for each in problems)
    assert "value" not in " ".join(problems)
