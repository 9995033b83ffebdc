"""``plugin-server new``: packages and blocks that pass their own tests, and clear refusals."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin_server.cli import main

OWN_FILES = [
    "quote.py",
    "settings_json/quote.json",
    "settings_json/examples/quote/typical.json",
    "settings_json/examples/quote/minimal.json",
    "settings_json/examples/quote/everything_on.json",
    "static/icons/quote.svg",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*words: str) -> Result:
    return CliRunner().invoke(main, ["new", *words], prog_name="plugin-server")


def refusal(*words: str) -> str:
    """Return the sentence with which a command is refused as used wrongly."""
    result = new(*words)
    assert result.exit_code == 2, result.output
    return result.stderr.rpartition("Error: ")[2].strip()


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def install(project: Path, module: str = "acme_blocks") -> dict[str, str]:
    """Have a project's blocks found, as an editable installation would; return the environment for it."""
    metadata = project / f"{module}-0.1.0.dist-info"
    metadata.mkdir()
    name = module.replace("_", "-")
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
    (metadata / "entry_points.txt").write_text(f"[plugin_server.blocks]\n{name} = {module}\n")
    return {**os.environ, "PYTHONPATH": str(project)}


def run(project: Path, environment: dict[str, str], *words: str) -> str:
    """Run a Python module in a project; return what it prints."""
    result = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=project,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.mark.slow
@pytest.mark.processes
def test_a_new_package_with_another_block_passes_all_that_it_is_checked_by(folder: Path) -> None:
    assert new("acme-blocks").exit_code == 0
    project = folder / "acme-blocks"
    os.chdir(project)
    assert new("block", "sea_event").exit_code == 0
    module = project / "acme_blocks" / "sea_event.py"
    module.write_text(f"{module.read_text()}\n    scopes = {{}}\n")
    environment = install(project)

    tests = run(project, environment, "pytest", "-q", "-p", "no:cacheprovider")
    assert "passed" in tests
    assert not {"failed", "skipped", "warning"} & {*tests.split()}
    linted = run(
        project, environment, "plugin_server.cli", "lint", "quote", "sea_event", "--strict"
    )
    assert "16 pages checked, no problems found." in linted
    settings = map(str, (project / "acme_blocks" / "settings_json").glob("*.json"))
    checked = run(project, environment, "plugin_server.cli", "settings", "check", *settings)
    assert checked.startswith("2 files checked, no problems found.")
    rendered = run(
        project, environment, "plugin_server.cli", "render", "quote", "--example", "typical"
    )
    assert "The sea is never the same twice." in rendered
    assert "Success" in run(project, environment, "mypy", "--strict", "--cache-dir", os.devnull)
    assert "All checks passed!" in run(project, environment, "ruff", "check", "--no-cache")
    run(project, environment, "ruff", "format", "--check", "--no-cache")


def test_a_block_is_short(folder: Path) -> None:
    new("acme-blocks")
    package = folder / "acme-blocks" / "acme_blocks"
    assert sum((package / file).read_text().count("\n") for file in OWN_FILES) < 20


def test_a_new_package_has_all_that_it_needs(folder: Path) -> None:
    result = new("acme-blocks")
    project = folder / "acme-blocks"
    assert files_in(project) == {
        *("README.md", "pyproject.toml", ".gitignore", ".github/workflows/ci.yml"),
        *("acme_blocks/__init__.py", "tests/test_blocks.py", "tests/test_quote.py"),
        *(f"acme_blocks/{file}" for file in OWN_FILES),
        *("acme_blocks/templates/blocks/quote.html", "acme_blocks/static/icons/quote.png"),
    }
    assert 'acme-blocks = "acme_blocks"' in (project / "pyproject.toml").read_text()
    printed = result.stdout
    assert all(f"  acme-blocks/{file}\n" in printed for file in files_in(project))
    assert "cd acme-blocks\n" in printed


def test_no_word_of_the_templates_is_left_over(folder: Path) -> None:
    new("other-blocks")
    texts = [path.read_bytes() for path in (folder / "other-blocks").rglob("*") if path.is_file()]
    assert not any(b"acme" in text or b"$" in text for text in texts)


def test_a_block_is_added_to_the_package_around_the_current_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new("acme-blocks")
    before = files_in(folder)
    monkeypatch.chdir(folder / "acme-blocks" / "tests")
    result = new("block", "sea_event")
    assert result.exit_code == 0
    assert files_in(folder) - before == {
        *("acme-blocks/acme_blocks/" + file.replace("quote", "sea_event") for file in OWN_FILES),
        "acme-blocks/acme_blocks/templates/blocks/sea_event.html",
        "acme-blocks/acme_blocks/static/icons/sea_event.png",
        "acme-blocks/tests/test_sea_event.py",
    }
    module = (folder / "acme-blocks" / "acme_blocks" / "sea_event.py").read_text()
    assert "class SeaEvent(Block):" in module
    assert "1. Say in ../acme_blocks/sea_event.py what creators read" in result.stdout


def test_a_block_is_added_to_a_checkout_of_this_project(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[project]\nname = "plugin-server"\n')
    assert new("block", "quote").exit_code == 0
    assert files_in(folder) - {"pyproject.toml"} == {
        "plugin_server/blocks/quote.py",
        "tests/blocks/test_quote.py",
        "templates/blocks/quote.html",
        "static/icons/quote.png",
        *OWN_FILES[1:],
    }


def test_a_package_in_a_folder_of_sources_is_found(folder: Path) -> None:
    (folder / "src" / "acme" / "blocks").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[project.entry-points."plugin_server.blocks"]\nacme = "acme.blocks"\n'
    )
    assert new("block", "quote").exit_code == 0
    assert (folder / "src" / "acme" / "blocks" / "quote.py").is_file()
    assert (folder / "tests" / "test_quote.py").is_file()


def test_nothing_is_overwritten(folder: Path) -> None:
    new("acme-blocks")
    assert refusal("acme-blocks") == "acme-blocks exists already. Nothing was written."
    os.chdir("acme-blocks")
    icon = Path("acme_blocks", "static", "icons", "event.svg")
    icon.write_text("my own drawing")
    before = files_in(folder)
    assert refusal("block", "event") == f"{icon} exists already. Nothing was written."
    assert files_in(folder) == before
    assert icon.read_text() == "my own drawing"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["Acme Blocks"], "'Acme Blocks' is not a name for a package: use lower-case letters"),
        (["acme_blocks"], "Did you mean acme-blocks?"),
        (["../acme"], "is not a name for a package"),
        (["x" * 41], "at most 40"),
        (["json"], "Python has a module json already"),
        (["plugin-server"], "Python has a module plugin_server already"),
        (["class"], "class is a word of Python"),
        (["acme-blocks", "quote"], "`plugin-server new block quote`"),
        (["block"], "Name the block: `plugin-server new block quote`."),
        (["block", "SeaEvent"], "Did you mean sea_event?"),
        (["block", "my_very_long_event"], "use one or two words"),
        (["block", "class"], "class is a word of Python"),
        (["block", "post"], "has a block post already: choose another name"),
        (["block", "quote"], "There is no package of blocks here"),
    ],
)
def test_wrong_names_and_places_are_refused(folder: Path, words: list[str], sentence: str) -> None:
    assert sentence in refusal(*words)
    assert files_in(folder) == set()


@pytest.mark.parametrize(
    ("project", "sentence"),
    [
        ("[project", "pyproject.toml cannot be read: "),
        ('[project.entry-points."plugin_server.blocks"]\na = "gone"\n', 'the blocks of "gone"'),
        (
            '[project.entry-points."plugin_server.blocks"]\na = "one"\nb = "two"\n',
            "several packages of blocks, one and two",
        ),
        ('project = "acme"\n', "There is no package of blocks here"),
        ('[project]\nentry-points = "acme"\n', "There is no package of blocks here"),
    ],
)
def test_a_project_without_a_package_of_blocks_is_refused(
    folder: Path, project: str, sentence: str
) -> None:
    (folder / "pyproject.toml").write_text(project)
    assert sentence in refusal("block", "quote")


def test_a_folder_that_cannot_be_written_is_reported(folder: Path) -> None:
    new("acme-blocks")
    os.chdir("acme-blocks")
    (Path("acme_blocks") / "settings_json" / "examples" / "event").write_text(
        "a file, not a folder"
    )
    result = new("block", "event")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
