"""``lint`` and ``render`` of dynamic blocks: of a package's, and of anybody's Liquid."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.blocks.dynamic_package import write_dynamic_blocks
from support.blocks.packages import import_path
from support.servers import commands

from plugin_server.blocks.base import dynamic_block
from plugin_server.blocks.loading import load_block
from plugin_server.cli import main
from plugin_server.examples.block_examples import examples
from plugin_server.examples.example_lint import lint_example, sent_html
from plugin_server.findings.finding import Severity
from plugin_server.lint.accepted import reason
from plugin_server.rendering.email_styles import EmailStyles

pytestmark = pytest.mark.processes

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write_dynamic_blocks(tmp_path)
    return tmp_path


@pytest.fixture
def run(site: Path) -> Run:
    """A function that runs the command where the package is installed."""

    def make(*arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        return commands.run([*arguments], {**os.environ, "PYTHONPATH": str(site)}, given=text)

    return make


@pytest.fixture
def blocks(site: Path) -> Iterator[Path]:
    with import_path(site):
        yield site


@pytest.mark.parametrize("name", ["greeting", "basket"])
def test_what_our_helpers_write_passes_the_lint_in_every_example(blocks: Path, name: str) -> None:
    for example in examples(load_block(name)):
        found = lint_example(example, example.render(EmailStyles()))
        wrong = [each for each in found if each.severity is not Severity.INFO]
        assert [each for each in wrong if reason(each) is None] == []


def test_the_lint_reads_what_each_sample_subscriber_gets(blocks: Path) -> None:
    block = load_block("greeting")
    example = next(examples(block))
    dynamic = dynamic_block(block)
    assert dynamic
    sent = {
        name: " ".join(html.split())
        for name, html in sent_html(example.render(EmailStyles()), dynamic).items()
    }
    assert "Hi Sample of first_name of Sample of company" in sent["all data"]
    assert sent["no data"].strip() == sent["empty texts"].strip() == ""
    assert "&lt;script&gt;" in sent["hostile data"]
    assert "<script>" not in sent["hostile data"]


def test_what_only_some_subscribers_get_says_whose_it_is(blocks: Path) -> None:
    example = next(examples(load_block("greeting")))
    html = (
        "{% assign a = subscriber.company | escape %}{% if a != '' %}"
        '{% if a == \'Sample of company\' %}<img src="https://a.example/b.png" width="20">{% endif %}'
        "<p>{{ a }}</p>{% else %}<p>b</p>{% endif %}"
    )
    [found] = [each for each in lint_example(example, html) if each.code == "image-alt"]
    assert found.message == "an image without alt (for subscribers with all data)"


def test_liquid_with_an_error_is_not_rendered(blocks: Path) -> None:
    example = next(examples(load_block("greeting")))
    found = lint_example(example, "{% if subscriber.company %}<p>a</p>")
    assert [each.code for each in found] == ["liquid-syntax"]


def test_one_subscriber_gets_a_block(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "ada.json"
    file.write_text(json.dumps({"first_name": "Ada", "company": "<b>Kit</b>"}))
    result = run("render", "greeting", "--subscriber", str(file))
    assert result.returncode == 0, result.stderr
    assert "Hi Ada of &lt;b&gt;Kit&lt;/b&gt;</p>" in " ".join(result.stdout.split())
    assert "Fog on the quay" in result.stdout
    assert "{%" not in result.stdout


def test_settings_of_ones_own_and_an_event_go_into_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"words": "Still there"}')
    event = {"any_app": {"abandoned_cart": {"items": [{"title": "A lamp"}, {}]}}}
    text = json.dumps({"subscriber": {}, "automation": event})
    result = run("render", "basket", "--settings", str(file), "--subscriber", "-", text=text)
    assert "A lamp</p>" in result.stdout
    assert "A product</p>" in result.stdout
    assert "Still there" in result.stdout


def test_a_block_that_vanishes_says_so(run: Run) -> None:
    result = run("render", "greeting", "--subscriber", "-", text="{}")
    assert (result.returncode, result.stdout.strip()) == (0, "")
    assert "gets nothing" in result.stderr


def test_without_a_subscriber_the_liquid_is_printed(run: Run) -> None:
    result = run("render", "greeting", "--example", "typical")
    assert '{% if kb_1 != "" %}' in result.stdout


@pytest.mark.parametrize(
    ("block", "text", "words"),
    [
        ("quote", "{}", "quote is not a dynamic block"),
        ("greeting", "[]", "is not a JSON object"),
        ("greeting", "{", "is not JSON"),
        ("greeting", '{"subscriber": []}', "subscriber is an array, not an object"),
        ("greeting", '{"subscriber": {}, "city": "Oslo"}', "city beside subscriber"),
        ("greeting", '{"Boat Name": "Curlew"}', '"Boat Name" is not the key of a custom field'),
        ("greeting", '{"fields": {"boat": "Curlew"}}', "fields is an object, and a field of a"),
        ("greeting", '{"subscriber": {"boat": ["Curlew"]}}', "boat is an array, and a field of a"),
        ("greeting", '{"automation": {"a": {}}}', "belongs to no event"),
        ("basket", '{"automation": {"a": {}}}', '{"<app>": {"abandoned_cart": {…}}}'),
        ("basket", '{"automation": {"a": {"b": {}}, "c": {}}}', "is to be"),
    ],
)
def test_a_file_that_is_no_subscriber_is_a_usage_error(
    run: Run, block: str, text: str, words: str
) -> None:
    result = run("render", block, "--subscriber", "-", text=text)
    assert result.returncode == 2
    assert words in " ".join(result.stderr.split())


def test_standard_input_is_one_file(run: Run) -> None:
    result = run("render", "greeting", "--settings", "-", "--subscriber", "-", text="{}")
    assert result.returncode == 2
    assert "Standard input has one file" in result.stderr


def lint(*arguments: str, text: str) -> Result:
    return CliRunner().invoke(main, ["lint", "--liquid", "-", *arguments], input=text)


def test_anybodys_liquid_is_linted_with_its_line() -> None:
    result = lint(text="{% if subscriber.city != blank %}\n<p>{{ subscriber.city }}</p>{% endif %}")
    assert result.exit_code == 0
    assert result.stdout.startswith("standard input:2:4: warning [liquid-escape]")
    assert "| <p>{{ subscriber.city }}</p>{% endif %}" in result.stdout
    assert "Write | escape at the end of its filters." in result.stdout


def test_options_say_what_is_known(tmp_path: Path) -> None:
    sample = tmp_path / "sample.json"
    sample.write_text('{"items": []}')
    text = "{% if automation.acme.cart.itms.size > 0 %}{{ subscriber.ctiy | escape }}{% endif %}"
    known = ("--fields", "city, company", "--event", "acme.cart", "--sample", str(sample))
    assert "liquid-variable" not in lint(text=text).stdout
    result = lint(*known, text=text)
    assert result.exit_code == 1
    assert 'Did you mean "items"?' in result.stdout
    assert 'Did you mean "city"?' in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--event", "acme"], "is not APP.EVENT"),
        (["--event", "acme.cart.items"], "is not APP.EVENT"),
        (["--sample", "x.json"], "give --event"),
        (["--event", "a.b", "--sample", "/nothing.json"], "cannot be read"),
    ],
)
def test_options_that_say_nothing_are_usage_errors(arguments: list[str], words: str) -> None:
    result = lint(*arguments, text="{{ a }}")
    assert result.exit_code == 2
    assert words in result.output
