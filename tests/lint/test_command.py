"""What a developer sees of ``lint`` and ``render``."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugin_server.cli import main
from plugin_server.errors import BlockRefused
from plugin_server.examples.block_examples import Example

BROKEN = '<p>\n<img src="https://a.example/a.png" width="20">\n</p>'
VAGUE = '<a href="https://a.example/" target="_blank">here</a>'


def run(*arguments: str, text: str | bytes | None = None, color: bool = False) -> Result:
    return CliRunner().invoke(main, arguments, input=text, color=color)


def as_json(*arguments: str, text: str | None = None) -> Any:
    return json.loads(run("lint", "--format", "json", *arguments, text=text).stdout)


def test_our_own_blocks_are_linted_by_default() -> None:
    result = run("lint", "--strict")

    assert result.exit_code == 0, result.stdout
    assert "no problems found" in result.stdout
    assert "caniemail.com, data of 2026-05-13" in result.stdout


def test_a_finding_is_shown_with_its_place_and_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(BROKEN)

    result = run("lint", "--html", str(file))

    assert result.exit_code == 1
    assert result.stdout.splitlines()[:3] == [
        f"{file}:2:1: error [image-alt]",
        "  an image without alt",
        '  Say what it shows, or write alt="" when it is decoration.',
    ]
    assert "1 error, 0 warnings in 1 page." in result.stdout


def test_standard_input_is_read_for_a_dash() -> None:
    result = run("lint", "--html", "-", text=BROKEN)

    assert result.exit_code == 1
    assert result.stdout.startswith("standard input:2:1: error")


def test_warnings_fail_when_strict_only() -> None:
    assert run("lint", "--html", "-", text=VAGUE).exit_code == 0
    assert run("lint", "--strict", "--html", "-", text=VAGUE).exit_code == 1


def test_infos_and_accepted_findings_are_shown_when_verbose() -> None:
    assert "post/typical" not in run("lint", "post").stdout

    shown = run("lint", "post", "--verbose").stdout
    assert "post/typical" in shown
    assert "accepted [client-unsupported css-border-radius]" in shown
    assert "Square corners in classic Outlook" in shown


def test_tools_get_everything() -> None:
    report = as_json("post", "--html", "-", text=BROKEN)

    assert report["compat"] == {"source": "https://www.caniemail.com", "date": "2026-05-13"}
    assert report["clients"] == ["gmail", "outlook", "apple-mail", "yahoo"]
    assert report["errors"] == 1
    example, *_, page = report["pages"]
    assert (example["block"], example["name"]) == ("post", "typical")
    assert all(each["reason"] for each in example["accepted"])
    assert page["block"] is None
    assert page["findings"][0] | {"hint": ""} == {
        "severity": "error",
        "code": "image-alt",
        "line": 2,
        "column": 1,
        "message": "an image without alt",
        "hint": "",
        "feature": None,
        "client": None,
        "url": None,
    }


def test_findings_are_about_the_clients_that_matter_only() -> None:
    rounded = '<p style="border-radius:2px;opacity:0.5">a</p>'
    for clients, expected in (("outlook", {"outlook"}), (" Apple-Mail ,apple-mail", set())):
        report = as_json("--clients", clients, "--html", "-", text=rounded)
        found = report["pages"][0]["findings"]
        assert {
            each["client"] for each in found if each["code"] == "client-unsupported"
        } == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lint", "--clients", "gmial"], "gmial not known"),
        (["lint", "--clients", "gmial"], "apple-mail, fastmail, gmail"),
        (["lint", "--clients", ","], "at least one"),
        (["lint", "nothing"], "nothing"),
        (["lint", "--html", "/nothing.html"], "cannot be read"),
        (["lint", "--format", "xml"], "xml"),
        (["render", "nothing"], "nothing"),
        (["render", "post"], "--settings"),
        (["render", "post", "--example", "nothing"], "typical, everything_on, minimal"),
        (["render", "post", "--settings", "/nothing.json"], "cannot be read"),
        (["render", "post", "--settings", "-"], "not JSON"),
        (["render", "post", "--example", "typical", "--styles", "/"], "cannot be read"),
    ],
)
def test_what_cannot_be_understood_is_a_usage_error(arguments: list[str], words: str) -> None:
    result = run(*arguments, text="[")

    assert result.exit_code == 2
    assert words in result.stderr


def test_colors_are_for_terminals() -> None:
    assert "\x1b[31m" in run("lint", "--html", "-", text=BROKEN, color=True).stdout
    assert "\x1b" not in run("lint", "--html", "-", text=BROKEN).stdout


def test_a_page_cannot_steer_the_terminal() -> None:
    page = VAGUE.replace("here", "<b title='\x1b[2J'>here") + "<p on\x1b='a'>"
    assert "\x1b" not in run("lint", "--verbose", "--html", "-", text=page).stdout


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_file_is_read_in_whatever_unicode_an_editor_or_shell_writes(
    encoding: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.html"
    for html, status in (("<p>\u00e9t\u00e9</p>", 0), ("<p>\u00e9t\u00e9</p>\n<div>", 1)):
        file.write_bytes(html.encode(encoding))
        for result in (run("lint", "--html", str(file)), run("lint", "--html", "-", text=html)):
            assert result.exit_code == status, result.stdout
            assert ("2:1: error [html-unclosed]" in result.stdout) == bool(status)


@pytest.mark.parametrize(
    "content", ["<p>\u00e9t\u00e9</p>".encode("latin-1"), b"\xff\xfe<\0p", b"\x89PNG\r\n\x1a\n\0"]
)
def test_a_file_that_is_no_text_is_a_finding(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_bytes(content)

    result = run("lint", "--html", str(file))

    assert result.exit_code == 1
    assert "error [not-text]" in result.stdout
    assert "Save it as UTF-8" in result.stdout


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>x</p>\n<!-- open", "2:1: error [html-comment]"),
        ("<p>x</p>\n\n</td></tr></table></div></div>", "3:1: error [html-stray-end]"),
        ("<p>x</p><plaintext>", "1:9: error [html-misplaced]"),
        ("<p>x</p>\n  <div>", "2:3: error [html-unclosed]"),
        ('<p title="x>y</p>\n<p>z</p>', "1:1: error [html-tag]"),
    ],
)
def test_tags_that_do_not_fit_together_fail_the_lint(html: str, words: str) -> None:
    result = run("lint", "--html", "-", text=html)

    assert result.exit_code == 1
    assert words in result.stdout


def test_end_tags_that_html_lets_authors_leave_out_are_warnings() -> None:
    assert run("lint", "--html", "-", text="<p>x<p>y").exit_code == 0
    assert run("lint", "--strict", "--html", "-", text="<p>x<p>y").exit_code == 1


def test_a_block_that_does_not_render_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise BlockRefused

    monkeypatch.setattr(Example, "render", refuse)
    result = run("lint", "post")

    assert result.exit_code == 1
    assert "error [not-rendered]" in result.stdout


def test_an_example_is_rendered() -> None:
    result = run("render", "post", "--example", "typical")

    assert result.exit_code == 0
    assert result.stdout.startswith("<div")
    assert 'role="presentation"' in result.stdout


def test_settings_of_ones_own_are_rendered_in_the_emails_styles(tmp_path: Path) -> None:
    styles = tmp_path / "styles.json"
    styles.write_text('{"p": {"color": "#123456"}}')
    settings = '{"post": "4169", "button_text": "Row on"}'

    result = run("render", "post", "--settings", "-", "--styles", str(styles), text=settings)

    assert result.exit_code == 0
    assert "Row on" in result.stdout
    assert "#123456" in result.stdout


def test_settings_go_into_the_account_of_an_example() -> None:
    given = ("render", "post", "--settings", "-", "--example", "missing_data")
    assert "<img" not in run(*given, text='{"post": "4169"}').stdout


@pytest.mark.parametrize(
    ("settings", "words"), [("{}", "is not set"), ('{"post": "999"}', "deleted or unpublished")]
)
def test_what_is_wrong_with_settings_is_said_in_sentences(settings: str, words: str) -> None:
    result = run("render", "post", "--settings", "-", text=settings)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert words in result.stderr


SETTINGS = {"post": "4169", "button_text": "Row on, it's late"}
STYLES = {"p": {"color": "#123456"}}
REQUEST = json.dumps({"settings": SETTINGS, "styles": STYLES})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        REQUEST,
        json.dumps({"settings": SETTINGS, "styles": STYLES, "more": [1]}, indent=2),
        "curl --globoff http://127.0.0.1:8000/blocks/post/html \\\n"
        '  -H "Authorization: Bearer $TOKEN" \\\n'
        f"  --data-raw {shlex.quote(REQUEST)}",
        f"  curl -d {shlex.quote(REQUEST)} https://blocks.example.com/blocks/post/html\n",
    ],
)
def test_a_whole_request_is_rendered_with_its_styles(text: str, encoding: str) -> None:
    result = run("render", "post", "--settings", "-", text=text.encode(encoding))

    assert result.exit_code == 0, result.stderr
    assert "Row on" in result.stdout
    assert "#123456" in result.stdout


def test_styles_of_their_own_come_before_those_of_a_request(tmp_path: Path) -> None:
    file = tmp_path / "styles.json"
    file.write_bytes(json.dumps({"p": {"color": "#654321"}}).encode("utf-16"))
    result = run("render", "post", "--settings", "-", "--styles", str(file), text=REQUEST)

    assert "#654321" in result.stdout
    assert "#123456" not in result.stdout


@pytest.mark.parametrize("request_", [{"settings": None}, {"settings": {}}, {"styles": STYLES}])
def test_a_request_without_settings_has_none(request_: Any) -> None:
    result = run("render", "post", "--settings", "-", text=json.dumps(request_))

    assert result.exit_code == 1
    assert '"Post" is not set' in result.stderr


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"settings": []}, '"settings" that is not an object'),
        ({"settings": "4169"}, '"settings" that is not an object'),
        ({"settings": {}, "post": "4169"}, "post beside the members of a request"),
        ({"styles": {}, "post": "4169"}, "post beside the members of a request"),
    ],
)
def test_what_is_neither_settings_nor_a_request_is_reported_with_what_is_expected(
    given: object, words: str
) -> None:
    result = run("render", "post", "--settings", "-", text=json.dumps(given))

    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert '{"settings": {…}, "styles": {…}}' in result.stderr


@pytest.mark.parametrize(
    "given",
    [{"request": {"settings": {"post": "4169"}}}, {"search": "tide"}, {"Post": "4169"}, {}],
)
def test_a_file_without_any_setting_of_the_block_is_reported_with_what_is_expected(
    given: object,
) -> None:
    result = run("render", "post", "--settings", "-", text=json.dumps(given))

    assert result.exit_code == 1
    assert '"Post" is not set' in result.stderr
    assert "- has none of the settings background_color," in result.stderr
    assert '{"settings": {…}, "styles": {…}}' in result.stderr


def test_settings_of_another_name_do_not_matter_where_the_block_can_be_made(tmp_path: Path) -> None:
    result = run("render", "subscriber_count", "--settings", "-", text='{"renamed": "x"}')

    assert result.exit_code == 0
    assert "none of the settings" not in result.stderr


def test_settings_that_are_no_object_are_a_usage_error() -> None:
    assert run("render", "post", "--settings", "-", text="[]").exit_code == 2
