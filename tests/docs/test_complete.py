"""Every command, option, variable, target and support module has its place in the pages."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from support.documents import CHECKOUT, GUIDES, text_of

from plugin_server.cli import main
from plugin_server.config.environment import SECRET_VARIABLES, Config

TEXTS = {page.name: text_of(page) for page in GUIDES if page.name != "CHANGELOG.md"}
CONTRIBUTING = TEXTS["CONTRIBUTING.md"]
TARGETS = re.findall(r"^([a-z-]+):.*?## ", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)
SUPPORT_FOLDER = CHECKOUT / "tests" / "support"
SUPPORT = sorted(
    ".".join(path.relative_to(SUPPORT_FOLDER).with_suffix("").parts)
    for path in SUPPORT_FOLDER.rglob("[!_]*.py")
)


def commands(
    found: click.Command, words: str = "plugin-server"
) -> Iterator[tuple[str, click.Command]]:
    """Yield each command that is not hidden, with its name."""
    yield words, found
    if isinstance(found, click.Group):
        context = click.Context(found)
        for name in found.list_commands(context):
            command = found.get_command(context, name)
            assert command is not None
            if not command.hidden:
                yield from commands(command, f"{words} {name}")


def options_of(command: click.Command) -> list[str]:
    """Return the options of a command that are not hidden."""
    options = (each for each in command.params if isinstance(each, click.Option))
    return [name for option in options if not option.hidden for name in option.opts]


ALL = dict(commands(main))
COMMANDS = {words: options_of(command) for words, command in ALL.items()}


def lacking(words: str, options: list[str], text: str) -> list[str]:
    """Return what a page does not say of a command; without the command itself, everything."""
    if not re.search(rf"\b{words}\b", text):
        return [words, *options]
    return [option for option in options if not re.search(rf"(?<!\S)`?{option}\b(?!-)", text)]


def test_all_commands_are_looked_for() -> None:
    assert {"plugin-server", "plugin-server sandbox", "plugin-server db backup"} <= {*COMMANDS}
    assert "--watch" in COMMANDS["plugin-server sandbox"]
    assert "--account" not in COMMANDS["plugin-server sandbox"]


@pytest.mark.parametrize("words", COMMANDS)
def test_one_page_has_a_command_with_all_of_its_options(words: str) -> None:
    missing = [lacking(words, COMMANDS[words], text) for text in TEXTS.values()]
    assert min(missing, key=len) == []


def unknown(text: str) -> set[str]:
    """Return the commands and options that a page names and that do not exist."""
    code = re.findall(
        r"`(plugin-server(?: [^`\n]*)?)`|^(?:\$ )?(plugin-server .*)$", text, re.MULTILINE
    )
    found = set()
    for line in map("".join, code):
        words = line.partition("  #")[0].split()
        depth = max(n for n in range(1, 4) if " ".join(words[:n]) in COMMANDS)
        command = " ".join(words[:depth])
        following = words[depth] if len(words) > depth else ""
        if isinstance(ALL[command], click.Group) and re.match("[a-z]", following):
            found.add(f"{command} {following}")
        given = {word for word in words[depth:] if word.startswith("--")}
        found |= {f"{command} {option}" for option in given - {*COMMANDS[command], "--help"}}
    return found


@pytest.mark.parametrize("page", TEXTS)
def test_pages_name_only_commands_and_options_that_exist(page: str) -> None:
    assert unknown(TEXTS[page]) == set()


def test_a_command_or_an_option_that_does_not_exist_is_found() -> None:
    text = "`plugin-server make`, `plugin-server db up`\n\n```sh\nplugin-server lint --html x --fix\n```"
    assert unknown(text) == {
        "plugin-server make",
        "plugin-server db up",
        "plugin-server lint --fix",
    }


def test_a_command_or_an_option_that_no_page_has_is_found() -> None:
    text = "`plugin-server dbx`, `plugin-server lint --html FILE` and `--strict-mode`"
    assert lacking("plugin-server db", [], text) == ["plugin-server db"]
    assert lacking("plugin-server lint", ["--html", "--strict"], text) == ["--strict"]


def variables_in(text: str) -> set[str]:
    table = text.partition("<!-- variables -->")[2].partition("<!-- end -->")[0]
    return set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))


def test_every_variable_is_in_the_table() -> None:
    listed = variables_in(TEXTS["configuration.md"])
    assert listed == {field.upper() for field in Config.model_fields}


def test_every_variable_that_can_be_in_a_file_is_listed() -> None:
    section = TEXTS["configuration.md"].partition("## Secrets in files")[2].partition("\n## ")[0]
    named = {name for name in re.findall(r"`([A-Z_]+)`", section) if name != "_FILE"}
    assert named == {*SECRET_VARIABLES}


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_in_the_list_of_contributing(target: str) -> None:
    assert re.search(rf"^\|.*`make {target}\b(?!-)", CONTRIBUTING, re.MULTILINE)


@pytest.mark.parametrize("page", TEXTS)
def test_pages_name_only_targets_that_exist(page: str) -> None:
    assert {*re.findall(r"(?:`|^)make ([a-z-]+)", TEXTS[page], re.MULTILINE)} <= {*TARGETS}


def test_every_module_of_test_support_is_described() -> None:
    table = CONTRIBUTING.partition("### Test support")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `([a-z_.]+)` \| \S", table, re.MULTILINE)) == SUPPORT


def test_the_benchmark_finds_its_places() -> None:
    page = TEXTS["performance.md"]
    for place in ("make bench: servers", "make bench: goals"):
        assert "<!-- end -->" in page.partition(f"<!-- {place} -->\n")[2]


def test_the_changelog_has_this_version() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    headings = re.findall(r"^## (.+)$", text_of(CHECKOUT / "CHANGELOG.md"), re.MULTILINE)
    versions = [heading.split()[0] for heading in headings if heading[0].isdigit()]
    assert project["version"] == versions[0]
    assert [heading for heading in headings if heading.startswith("Unreleased")] == headings[:1]
    assert project["keywords"]


def test_every_page_is_linked_from_the_readme() -> None:
    readme = TEXTS["README.md"]
    for page in (*(CHECKOUT / "docs").glob("*.md"), Path("CONTRIBUTING.md"), Path("CHANGELOG.md")):
        assert f"{page.name})" in readme
