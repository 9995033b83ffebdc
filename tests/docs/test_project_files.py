"""What surrounds the code on a code host: its files are well formed, and name what exists."""

import os
import re
import shlex
from typing import Any

import pytest
import yaml
from support.documents import CHECKOUT
from support.servers.locks import pinned

GITHUB = CHECKOUT / ".github"
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))


def read(path: str) -> Any:
    return yaml.safe_load((CHECKOUT / path).read_text())


def test_each_hook_runs_a_tool_of_the_lock_file() -> None:
    hooks = [hook for repo in read(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    tools = {shlex.split(hook["entry"])[0] for hook in hooks}
    packages = {line.partition("==")[0] for line in pinned(CHECKOUT / ".ci" / "dev.lock")}
    known = {".venv/bin/plugin-server", ".venv/bin/hadolint"}
    assert {f".venv/bin/{name}" for name in packages} >= tools - known
    assert known <= tools
    assert {"ruff-check", "ruff-format", "codespell", "mypy"} <= {hook["id"] for hook in hooks}
    for hook in hooks:
        assert hook["language"] == "system"
        re.compile(hook.get("files", ""))


def test_the_pipeline_runs_scripts_that_exist() -> None:
    jobs = read(".github/workflows/ci.yml")["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    commands = {step["run"] for step in steps if "run" in step}
    assert commands == {".ci/run", ".ci/lowest", "make test-unit"}
    for script in (".ci/run", ".ci/lowest"):
        assert os.access(CHECKOUT / script, os.X_OK)
    assert {job["runs-on"] for job in jobs.values()} == {"ubuntu-latest", "macos-latest"}
    assert all(job["timeout-minutes"] for job in jobs.values())


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_a_form_for_issues_has_what_it_needs(form: Any) -> None:
    content = yaml.safe_load(form.read_text())
    if form.stem == "config":
        assert content == {"blank_issues_enabled": True}
        return
    assert content["name"]
    assert content["description"]
    ids = [field["id"] for field in content["body"] if field["type"] != "markdown"]
    assert len(ids) == len({*ids}) > 0
    assert all(field["attributes"] for field in content["body"])


def test_indentation_is_set_for_each_kind_of_file() -> None:
    text = (CHECKOUT / ".editorconfig").read_text()
    assert text.startswith("root = true\n")
    assert {"*", "*.py", "Makefile"} <= {*re.findall(r"^\[(.+)\]$", text, re.MULTILINE)}
