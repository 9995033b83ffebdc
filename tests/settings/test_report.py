"""What a developer sees of ``settings check``: places, carets, exit status, JSON for tools."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugin_server.cli import main

EXAMPLE = Path(__file__).with_name("all_types.json")
WRONG = """[
  { "type": "text", "name": "title", "label": "Title", "default": "Hello" }
]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BASE_URL", raising=False)
    return tmp_path


def run(*arguments: str, text: str | None = None, color: bool = False) -> Result:
    return CliRunner().invoke(main, ["settings", "check", *arguments], input=text, color=color)


def as_json(*arguments: str, text: str | None = None) -> Any:
    return json.loads(run("--format", "json", *arguments, text=text).stdout)


def test_a_finding_is_shown_with_its_line_and_a_caret(folder: Path) -> None:
    (folder / "quote.json").write_text(WRONG)

    result = run("quote.json")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[:6] == [
        "quote.json:2:56: error [unknown-property]",
        '  [0].default: "text" settings do not support "default"',
        '  2 |   { "type": "text", "name": "title", "label": "Title", "default": "Hello" }',
        "    |                                                        ^",
        "  Remove it: only textarea, toggle, slider and radioGroup have one, "
        "and Kit refuses others with a bare 422.",
        "",
    ]
    assert "1 error, 0 warnings in 1 file." in result.stdout


def test_our_own_settings_are_checked_by_default(folder: Path) -> None:
    result = run()

    assert result.exit_code == 0
    assert "no problems found" in result.stdout


def test_colors_are_for_terminals(folder: Path) -> None:
    assert "\x1b[31m" in run("-", text=WRONG, color=True).stdout
    assert "\x1b" not in run("-", text=WRONG).stdout


def test_standard_input_is_read_for_a_dash(folder: Path) -> None:
    result = run("-", text="[1,]")

    assert result.exit_code == 1
    assert result.stdout.startswith("standard input:1:3: error [not-json]\n")
    assert "  1 | [1,]\n    |   ^\n" in result.stdout


def test_warnings_alone_do_not_fail(folder: Path) -> None:
    result = run("-", text=WRONG.replace("title", "1st").replace(', "default": "Hello"', ""))

    assert result.exit_code == 0
    assert "0 errors, 1 warning in 1 file." in result.stdout


def test_several_files_are_reported_together(folder: Path) -> None:
    for name in ("a.json", "b.json"):
        (folder / name).write_text(WRONG)

    result = run("a.json", "b.json", str(EXAMPLE))

    assert "2 errors, 0 warnings in 3 files." in result.stdout
    assert "b.json:2:56" in result.stdout


def test_what_the_published_schema_refuses_comes_after_and_does_not_fail(folder: Path) -> None:
    result = run(str(EXAMPLE))

    assert result.exit_code == 0
    assert "11 things that the schema printed in Kit's reference refuses" in result.stdout
    assert '[1].type: "textarea" is not a type of setting' in result.stdout


def test_tools_get_the_same_as_json(folder: Path) -> None:
    report = as_json("-", text=WRONG)

    assert (report["errors"], report["warnings"]) == (1, 0)
    [file] = report["files"]
    [finding] = file["findings"]
    assert finding == {
        "severity": "error",
        "code": "unknown-property",
        "path": "[0].default",
        "line": 2,
        "column": 56,
        "message": '"text" settings do not support "default"',
        "hint": finding["hint"],
    }
    assert file["published"] == []
    assert as_json(str(EXAMPLE))["files"][0]["published"][0]["severity"] == "note"


def test_a_newer_schema_is_used_instead(folder: Path) -> None:
    newer = {"x-compared-on": "2031-02-03", "items": {"required": ["emoji"]}}
    (folder / "newer.json").write_text(json.dumps(newer))

    result = run("--schema", "newer.json", "-", text='[{"type": "text"}]')

    assert result.exit_code == 1
    assert '"emoji" is missing' in result.stdout
    assert "The newer schema was last compared with Kit's on 2031-02-03." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.json"], "nothing.json cannot be read"),
        (["."], "cannot be read"),
        (["--schema", "nothing.json", "-"], "nothing.json"),
        (["--schema", "latin.json", "-"], "The schema cannot be used"),
        (["--schema", "outside.json", "-"], "leads nowhere"),
        (["--format", "xml"], "xml"),
    ],
)
def test_what_cannot_be_read_is_a_usage_error(
    folder: Path, arguments: list[str], words: str
) -> None:
    (folder / "latin.json").write_bytes(b'["\xe9"]')
    (folder / "outside.json").write_text('{"$ref": "https://schemas.example/"}')

    result = run(*arguments, text="[]")

    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(
    "content", [b'["\xe9"]', b"\x89PNG\r\n\x1a\n", b"\xff\xfe\x00\xd8", b"\xc3"]
)
def test_a_file_that_is_not_text_is_a_finding_among_others(folder: Path, content: bytes) -> None:
    (folder / "other.json").write_bytes(content)
    (folder / "wrong.json").write_text(WRONG)

    result = run("other.json", "wrong.json")

    assert result.exit_code == 1
    assert "other.json:1:1: error [not-text]\n  $: is not text: byte" in result.stdout
    assert "2 errors, 0 warnings in 2 files." in result.stdout
    [finding] = as_json("other.json")["files"][0]["findings"]
    assert (finding["code"], finding["hint"][:17]) == ("not-text", "Save it as UTF-8.")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_a_file_is_read_in_whatever_encoding_it_was_saved(folder: Path, encoding: str) -> None:
    (folder / "a.json").write_bytes(WRONG.replace("Title", "Größe").encode(encoding))

    result = run("a.json")

    assert result.exit_code == 1
    assert "a.json:2:56: error [unknown-property]" in result.stdout
    assert "Größe" in result.stdout


def test_loopback_addresses_are_for_the_sandbox(folder: Path) -> None:
    search = '[{"type":"search","name":"s","label":"S","request_url":"http://127.0.0.1:8000/s"}]'

    assert run("-", text=search).exit_code == 1
    assert "--sandbox" in run("-", text=search).stdout
    # Not below BASE_URL's default, where only search endpoints are.
    assert run("--sandbox", "-", text=search.replace("8000", "9000")).exit_code == 0


def test_what_is_shown_for_kit_passes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "https://blocks.example.com")
    shown = CliRunner().invoke(main, ["settings", "show", "post"]).stdout

    assert run("-", text=shown).exit_code == 0


@pytest.mark.parametrize(
    ("line", "shown", "caret"),
    [
        ('["日本", 5]', '["日本", 5]', 9),
        ("[\t5]", "[ 5]", 2),
        ('["\u0301e\u0301", 5]', '["\u0301e\u0301", 5]', 6),
        ('["\u202e", 5]', '["\ufffd", 5]', 6),
        (f'["{"x" * 200}", 5]', f'…{"x" * 46}", 5]', 50),
    ],
)
def test_the_caret_stands_below_the_mistake(
    folder: Path, line: str, shown: str, caret: int
) -> None:
    found = run("-", text=line).stdout.split("\n\n")
    excerpts = [block.splitlines()[2:4] for block in found if "a number, not an object" in block]

    assert excerpts == [[f"  1 | {shown}", f"    | {' ' * caret}^"]]


def test_a_file_cannot_steer_the_terminal(folder: Path) -> None:
    result = run("-", text='[{"type": "\\u001b[2J\x7f\\ud800"}]')

    assert "\x1b" not in result.stdout
    assert "\x7f" not in result.stdout


def test_a_schema_that_refers_to_itself_is_a_usage_error(tmp_path: Path) -> None:
    schema = tmp_path / "circle.json"
    schema.write_text('{"$ref": "#"}')
    result = run("--schema", str(schema), "-", text="[]")
    assert result.exit_code == 2
    assert "refers to itself" in result.stderr


def test_an_address_of_this_server_must_lead_to_one_of_its_searches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BASE_URL", "https://me.example")
    search = {"type": "search", "name": "post", "label": "Post"}
    for path, status in (("/blocks/post/search/post", 0), ("/blocks/nope/search/post", 1)):
        text = json.dumps([{**search, "request_url": f"https://me.example{path}"}])
        assert run("-", text=text).exit_code == status
