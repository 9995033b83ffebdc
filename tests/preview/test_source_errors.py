"""A developer's mistakes, planted in a copy of the project: each command says where, and what to do."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from support.servers.broken_project import BrokenProject, assert_reported, assert_shown
from support.servers.processes import copied_project

from plugin_server.preview.source_errors import SourceError, source_error_of

TEMPLATE = "templates/blocks/post.html"
MODULE = "plugin_server/blocks/post.py"
SETTINGS = "settings_json/post.json"
EXAMPLE = "settings_json/examples/post/typical.json"
IN_CONTEXT = "        post = data.find_post"

RENDER, LINT = "render post --example typical", "lint post"
SHOW, CHECK = "settings show post", "settings check"


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokenProject]:
    """A copy of the project that was imported once: for mistakes in what commands read when they run."""
    with closing(BrokenProject(copied_project(tmp_path_factory.mktemp("imported")))) as project:
        yield project


@pytest.fixture
def project(imported: BrokenProject) -> Iterator[BrokenProject]:
    yield imported
    imported.restore()


@pytest.mark.parametrize("command", [RENDER, LINT, SHOW, CHECK])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'[\n{"type": "text", "name": "a"}]', "missing"),
        (b"[{,]", "expected a name in double quotes"),
        (b"\x89PNG\x00\xff", "is not text"),
    ],
)
def test_settings_json(project: BrokenProject, command: str, content: bytes, expected: str) -> None:
    project.write(SETTINGS, content)
    assert_reported(project.run(command), SETTINGS, expected)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        *((command, f"its settings JSON is missing: {SETTINGS}") for command in (RENDER, LINT)),
        *((command, "cannot be read: No such file") for command in (SHOW, CHECK)),
    ],
)
def test_settings_json_that_is_not_there(
    project: BrokenProject, command: str, expected: str
) -> None:
    project.remove(SETTINGS)
    assert_reported(project.run(command), SETTINGS, expected)


HAS = "It has accent, background, button_color, button_text,"
MACROS = "It has badge, button, colored, column,"
NONE_AROUND = "and {% endif %} around"


@pytest.mark.parametrize("command", [RENDER, LINT])
@pytest.mark.parametrize(
    ("text", "expected", "advice"),
    [
        ("\n{% if %}", "2: an expression is missing before %}", ""),
        ("{% unles x %}", "1: there is no statement {% unles %}", ""),
        (
            "{% assign a = 1 %}",
            "1: {% assign %} is Liquid, which templates do not write",
            "personal(",
        ),
        (
            "\n{{ subscriber.name }}",
            "2: uses “subscriber”, which is not in the context",
            "personal(",
        ),
        (
            "\n<p>{% if layout %}a</p>",
            "2: {% if %} is never closed",
            "Write {% endif %} where it ends.",
        ),
        ("\n\n{{ 1|nothing }}", "3: there is no filter “nothing”", "lint --allowed"),
        ("{{ layout|uppr }}", "1: there is no filter “uppr”", 'Did you mean "upper"?'),
        ("{{ layout|safe }}", "1: blocks may not use the filter “safe”", "can become markup"),
        ("{% if layout is odds %}{% endif %}", "1: there is no test “odds”", 'Did you mean "odd"?'),
        ("\n{{ nobody }}", "2: uses “nobody”, which is not in the context", HAS),
        (
            "\n{{ lay_out }}",
            "2: uses “lay_out”, which is not in the context",
            'Did you mean "layout"?',
        ),
        (
            "{{ post.titlle }}",
            "1: uses “post.titlle”, which does not exist",
            'Did you mean "title"? It has',
        ),
        (
            "{{ styles.none() }}",
            "1: uses “styles.none”, which does not exist",
            "It has color, family, get and text.",
        ),
        (
            '\n{% import "macros/none.html" as x %}',
            "2: there is no template templates/macros/none.html",
            "",
        ),
        (
            '{% from "macros/email.html" import nothing %}\n{{ nothing() }}',
            "2: macros/email.html has no macro “nothing”",
            MACROS,
        ),
        (
            '{% import "macros/email.html" as mail %}\n{{ mail.buttn() }}',
            "2: macros/email.html has no macro “buttn”",
            f'Did you mean "button"? {MACROS}',
        ),
        (
            '{% import "macros/email.html" as mail %}\n{{ mail.button(styles, "a", colour=1) }}',
            "2: the macro “button” takes no argument “colour”",
            'Did you mean "color"? It is button(styles, text, url, color, font_family=None, align=None).',
        ),
        (
            '{% import "macros/email.html" as mail %}\n{{ mail.row("left", 1, 2) }}',
            "2: the macro “row” takes 2 arguments, and gets more",
            "It is row(start, gap=0).",
        ),
        (
            '{% import "macros/email.html" as mail %}\n{{ mail.button(styles, post.title) }}',
            "2: the macro “button” needs “color”, in line ",
            "It is button(styles, text, url, color, font_family=None, align=None).",
        ),
        (
            "{{ background }}",
            "1: prints “background”, which is None",
            f"Write {{% if background %}} {NONE_AROUND} it, or",
        ),
        (
            '{% import "macros/email.html" as mail %}\n{{ mail.paragraph(styles, background) }}',
            "2: prints “text”, which is None, in line ",
            f"{NONE_AROUND} the call, or give it a value in context().",
        ),
        (
            '{{ css(colr="red") }}',
            "1: blocks may not use the CSS property colr",
            'Did you mean "color"?',
        ),
        (
            '<p style="{{ styles.text("p", position="fixed") }}">a</p>',
            "1: blocks may not use the CSS property position",
            "Lay out by a table: mail clients ignore it.",
        ),
        (
            '{{ css(font_size="9em") }}',
            "1: the CSS property font-size cannot be '9em'",
            "It takes a length in px from 0px to 200px.",
        ),
        (
            "\n{% if post.title == 'a' %}{% endif %}",
            "2: “post.title” is a text, and a template cannot compare it",
            "let a select or toggle decide.",
        ),
        (
            '\n\n<a href="{{ post.title }}" target="_blank">a</a>',
            "3: “post.title” is a text, which cannot be printed in href here",
            "parse_link() and parse_web_url() of plugin_server.blocks make a URL of a text",
        ),
        ("<p>\n<!-- a -->\n</p>", "2: the comment <!-- a -->", "Delete it"),
        (
            '{% include "blocks/post.html" %}',
            "1: RecursionError: it includes or calls itself without end",
            "",
        ),
    ],
)
def test_templates(
    project: BrokenProject, command: str, text: str, expected: str, advice: str
) -> None:
    project.begin_with(TEMPLATE, text)
    assert_shown(project.run(command), f"{TEMPLATE}, line {expected}", advice)


WRONG = """{% import "macros/email.html" as email %}
<div>
<a href="https://a.example/">{{ post.title }}</a>
  {{ email.image(styles, "a.png", "a", 100) }}
</div>
"""
REFUSED = f"""{TEMPLATE}:3:1: error [attribute-missing]
  <a> has no target
  3 | <a href="https://a.example/">{{{{ post.title }}}}</a>
    | ^
  Rendered: <a href="https://a.example/">What the tide leaves behind</a>
  Write target="_blank", so that readers keep the email.

{TEMPLATE}:4:3: error [address]
  src="a.png" is not an absolute URL in its normal spelling, in line 126 of templates/macros/email.html
  4 |   {{{{ email.image(styles, "a.png", "a", 100) }}}}
    |   ^
  Rendered: <img src="a.png" alt="a" width="100" border="0"
  Write the absolute https URL of the image; parse_web_url() of plugin_server.blocks makes one of a text \
in the block's context.

"""


def test_a_refusal_shows_what_the_template_wrote_and_what_to_write_instead(
    project: BrokenProject,
) -> None:
    project.write(TEMPLATE, WRONG)
    rendered = project.run(RENDER)
    assert (rendered.returncode, rendered.stdout) == (1, "")
    assert rendered.stderr.startswith(f"{REFUSED}Correct it and run the command again.")
    linted = project.run(LINT)
    assert linted.returncode == 1
    assert linted.stdout.startswith(f"{REFUSED}2 errors, 0 warnings in ")
    pages = json.loads(project.run(f"{LINT} --format json").stdout)["pages"]
    assert [page["findings"] for page in pages[:-1]] == [[]] * (len(pages) - 1)
    assert pages[-1]["name"] == "source"
    assert [(each["file"], each["line"], each["code"]) for each in pages[-1]["findings"]] == [
        (TEMPLATE, 3, "attribute-missing"),
        (TEMPLATE, 4, "address"),
    ]


def test_lint_reads_every_example(project: BrokenProject) -> None:
    project.write(TEMPLATE, WRONG.replace("https://a.example/", "{{ post.url }}"))
    said = project.run(LINT).stdout
    assert f"{TEMPLATE}:3:1: error [attribute-missing]" in said
    assert f"{TEMPLATE}:3:1: error [printed-none]\n  prints “post.url”, which is None" in said
    assert "3 errors, 0 warnings in" in said


def test_lint_shows_all_mistakes_at_once_and_each_once(project: BrokenProject) -> None:
    project.begin_with(
        TEMPLATE,
        "<p>{{ post.title|uppr }}</p>\n{% if 0 %}{{ layout|safe }}{% endif %}\n{{ nobody }}\n{{ anybody }}\n",
    )
    said = project.run(LINT).stdout
    assert [line.partition(": error")[0] for line in said.splitlines() if ": error [" in line] == [
        f"{TEMPLATE}:1:1",
        f"{TEMPLATE}:2:1",
    ]
    assert "2 errors, 0 warnings in" in said
    broken = (project.folder / TEMPLATE).read_text().replace("|uppr", "").replace("|safe", "")
    project.write(TEMPLATE, broken)
    said = project.run(LINT).stdout
    assert "\n3 errors" in said
    assert "error [root]" in said
    assert f"{TEMPLATE}:3:1: error [missing-name]\n  uses “nobody”" in said
    assert f"{TEMPLATE}:4:1: error [missing-name]\n  uses “anybody”" in said


@pytest.mark.parametrize("command", [RENDER, LINT])
def test_a_template_that_is_missing_or_no_text(project: BrokenProject, command: str) -> None:
    project.write(TEMPLATE, b"\xff\xfe\x00")
    assert_shown(project.run(command), f"{TEMPLATE}, line 1: it is not UTF-8")
    project.remove(TEMPLATE)
    assert_reported(project.run(command), f"its template is missing: {TEMPLATE}")


@pytest.mark.parametrize("command", [RENDER, LINT])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def x(:\n", f"{MODULE}, line 1: invalid syntax"),
        ("\nimport nothing_there\n", f"{MODULE}, line 2: ModuleNotFoundError"),
        ("\n\nnobody\n", f"{MODULE}, line 3: NameError: name 'nobody' is not defined"),
        ("x = 'a\0'\n", f"{MODULE}: source code string cannot contain null bytes"),
        ("raise SystemExit(0)\n", f"{MODULE}, line 1: RuntimeError: the module exits"),
    ],
)
def test_modules(project: BrokenProject, command: str, text: str, expected: str) -> None:
    project.begin_with(MODULE, text)
    # Lint goes on with the other blocks.
    assert_shown(project.run(command), expected, "LOG_LEVEL=DEBUG" if command == RENDER else "")


@pytest.mark.parametrize("command", [RENDER, LINT])
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit", "SystemExit"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ('values["buttn_text"]', 'asks for "buttn_text"; the settings JSON has "button_text"'),
        ('values["nobody"]', 'asks for "nobody"; the settings JSON has "post", "layout",'),
        ("data.find_pst", "has no attribute 'find_pst'"),
        ("data.find_pst", 'Did you mean "find_post"?'),
        ("valuez", 'Did you mean "values"?'),
        ("direction(5)", "TypeError"),
        ("open('/nothing/there')", "FileNotFoundError"),
        ("return None", "PostBlock.context returned None, not a dictionary"),
        ("return ['post']", "PostBlock.context returned list, not a dictionary"),
        ("return {1: 'post'}", "PostBlock.context returned dict, not a dictionary with names"),
    ],
)
def test_the_code_of_a_block(
    project: BrokenProject, command: str, line: str, expected: str
) -> None:
    source = (project.folder / MODULE).read_text()
    project.write(MODULE, source.replace(IN_CONTEXT, f"        {line}\n{IN_CONTEXT}", 1))
    assert_reported(project.run(command), f"{MODULE}:", "error [", expected)


@pytest.mark.parametrize("command", [RENDER, LINT])
def test_a_context_with_markup_is_placed_in_the_module(
    project: BrokenProject, command: str
) -> None:
    source = (project.folder / MODULE).read_text()
    source = source.replace('"layout":', '"words": Markup("<b>a</b>"),\n            "layout":', 1)
    source = source.replace("from typing", "from markupsafe import Markup\nfrom typing", 1)
    project.write(MODULE, source)
    line = source[: source.index('"words"')].count("\n") + 1
    expected = "the context’s “words” is of type Markup, which templates cannot print"
    advice = "Return a plain str: it is text, and the template writes the tags around it."
    assert_shown(project.run(command), f"{MODULE}, line {line}: {expected}", advice)


@pytest.mark.parametrize("command", [RENDER, LINT])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"\xff\xfe\x00\xd8", "is not text"),
        (b'{"post": 5}', '"Post" '),
    ],
)
def test_examples(project: BrokenProject, command: str, content: bytes, expected: str) -> None:
    project.write(EXAMPLE, content)
    assert_reported(project.run(command), "typical", expected)


def test_the_traceback_is_shown_at_debug_level(project: BrokenProject) -> None:
    project.begin_with(MODULE, "nobody\n")
    result = project.run(RENDER, LOG_LEVEL="DEBUG")
    assert result.returncode == 1
    assert "Traceback" in result.stderr


@pytest.mark.parametrize("error", [KeyError("x"), OSError(28, "No space left"), ValueError()])
def test_an_error_that_was_never_raised_has_no_place(error: Exception) -> None:
    assert source_error_of(error) == SourceError(
        "plugin-server", None, f"{type(error).__name__}: {error}"
    )
