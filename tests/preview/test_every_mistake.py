"""Every mistake that authors of blocks make, and what they read in the editor and on the command line.

Each is planted in a package. An endless loop, and a block that takes too long, are in ``test_time_limit.py``.

Two mistakes of other frameworks are none here, by design. A block that is not listed: there is no list, a
block is found by its files, and what is missing of them is named. An instance in the place of a class: the
class is what declares a block, and an instance beside it does no harm; only a module without one is wrong.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from support.blocks.packages import QUOTE, Changes, change_files, import_path, write_package

from plugin_server.cli import main
from plugin_server.commands.scaffold.icon import png_icon, svg_icon
from plugin_server.preview.app import make_app
from plugin_server.preview.source_errors import SourceError, find_source_error

MODULE, SETTINGS, TEMPLATE = QUOTE
EXAMPLES = "settings_json/examples/quote"
TYPICAL = f"{EXAMPLES}/typical.json"
PNG, SVG = "static/icons/quote.png", "static/icons/quote.svg"
WHOSE = "quote of acme-blocks 1.2"
RENDER, LINT, CHECK = "render quote --example typical", "lint quote", "settings check {}"
SEE = "See “plugin-server lint --allowed”."


class Mistake(NamedTuple):
    """Files that are other than they should be (``None``: missing), and what is said about them."""

    changes: Changes
    file: str
    line: int
    message: str
    advice: str = ""

    @property
    def sentence(self) -> str:
        """The line of a terminal, or of the editor."""
        place = f"acme_blocks/{self.file}" + (f", line {self.line}" if self.line else "")
        return f"{place}: {self.message}" + (f". {self.advice}" if self.advice else "")

    @property
    def lines(self) -> list[str]:
        """What commands print of it."""
        position = f"acme_blocks/{self.file}:" + (f"{self.line}:" if self.line else " error [")
        return [position, f"{self.message}\n", *([f"  {self.advice}\n"] if self.advice else [])]


def in_settings(setting: str, message: str, advice: str) -> Mistake:
    """Return a mistake in the second setting."""
    words = '{"type": "text", "name": "words", "label": "Words", "required": true}'
    return Mistake({SETTINGS: f"[{words},\n{setting}]\n"}, SETTINGS, 2, message, advice)


def in_module(text: str, line: int, message: str, advice: str = "") -> Mistake:
    return Mistake({MODULE: text}, MODULE, line, message, advice)


def in_class(line: str, message: str) -> Mistake:
    return in_module(f"{QUOTE[MODULE]}\n    {line}\n", 9, message)


def in_context(line: str, message: str, advice: str = "") -> Mistake:
    body = f"    def context(self, values, data):\n        {line}\n        return dict(values)\n"
    return in_module(f"{QUOTE[MODULE]}\n{body}", 10, message, advice)


def in_template(line: str, message: str, advice: str = "") -> Mistake:
    markup = f"<div>\n{line}\n<p>{{{{ words }}}}</p>\n</div>\n"
    if "email." in line:
        markup = f'{{% import "macros/email.html" as email %}}{markup}'
    return Mistake({TEMPLATE: markup}, TEMPLATE, 2, message, advice)


def search(url: str) -> str:
    members = '"type": "search", "name": "topic", "label": "Topic", "placeholder": "Topic"'
    return f'{{{members}, "request_url": "{url}"}}'


WHOLE: Changes = {
    **QUOTE,
    TEMPLATE: "<div>\n<p>{{ words }}</p>\n</div>\n",
    **{
        f"{EXAMPLES}/{name}.json": '{"words": "Fog on the quay"}'
        for name in ("typical", "minimal", "everything_on")
    },
}

IN_SETTINGS = {
    "JSON comma": Mistake(
        {SETTINGS: '[{"type": "text", "name": "words",\n"label": "Words",}]'},
        SETTINGS,
        2,
        "a comma before “}”: remove it",
        "Nothing else can be checked before it.",
    ),
    "unknown type": in_settings(
        '{"type": "txt", "name": "by", "label": "By"}',
        '[1].type: "txt" is not a type of setting',
        'Did you mean "text"?',
    ),
    "unsupported property": in_settings(
        '{"type": "text", "name": "by", "label": "By", "max_length": 5}',
        '[1].max_length: "text" settings do not support "max_length"',
        "Remove it, or use one of type, name, label, required, help, dependencies or placeholder.",
    ),
    "duplicate name": in_settings(
        '{"type": "text", "name": "words", "label": "By"}',
        '[1].name: "words" is already the name of [0]',
        "Give each its own name, across groups too: their values share one object.",
    ),
    "http request_url": in_settings(
        search("http://blocks.example.com/topics"),
        '[1].request_url: "http://blocks.example.com/topics" is not the search endpoint of this setting',
        'Write "/blocks/quote/search/topic".',
    ),
    "wrong request_url": in_settings(
        search("/blocks/quote/search/topics"),
        '[1].request_url: "/blocks/quote/search/topics" is not the search endpoint of this setting',
        'Write "/blocks/quote/search/topic".',
    ),
    "label missing in settings": in_settings(
        '{"type": "text", "name": "who"}',
        '[1]: "label" is missing',
        'Add "label": what the creator reads.',
    ),
}
# The block is left out until they are corrected.
AT_LOADING = {
    "syntax error": in_module("def x(:\n", 1, "invalid syntax"),
    "import error": in_module(
        f"import nothing_there\n{QUOTE[MODULE]}",
        1,
        "ModuleNotFoundError: No module named 'nothing_there'",
        "Correct its name, or install the package that has it, and name it in pyproject.toml's dependencies.",
    ),
    "name that a module does not have": in_module(
        f"from plugin_server.blocks import Value\n{QUOTE[MODULE]}",
        1,
        "plugin_server.blocks has no “Value”",
        'Did you mean "Values"?',
    ),
    "label missing": in_class('label = ""', '"label" is empty: give the class a "label"'),
    "description missing": in_module(
        QUOTE[MODULE].replace('    """Show a sentence that somebody said."""', "    pass"),
        6,
        '"description" is empty: give the class a "description" or a docstring',
    ),
    "name not that of the file": in_class(
        'name = "motto"', 'the block is called "motto" and its file quote.py: leave "name" out'
    ),
    "no class": in_module(
        "x = 1\n", 0, "a module of a block has one subclass of Block; this one has none"
    ),
    "scopes as a string": in_class(
        'scopes = "read:posts"',
        '"scopes" is a dictionary: {"read:posts": "Read your published posts"}, not str',
    ),
    "undescribed scope": in_class(
        'scopes = {"read:posts": ""}',
        'the scope "read:posts" has no sentence for the consent page: "scopes" is a dictionary: '
        '{"read:posts": "Read your published posts"}',
    ),
    "template missing": Mistake(
        {TEMPLATE: None}, MODULE, 0, f"its template is missing: acme_blocks/{TEMPLATE}"
    ),
    "settings missing": Mistake(
        {SETTINGS: None},
        MODULE,
        0,
        f"its settings JSON is missing: acme_blocks/{SETTINGS}; write [] for a block without settings",
    ),
    "not listed: a module alone is missing": Mistake(
        {MODULE: None},
        MODULE,
        0,
        "there is no such module, which the block quote needs: it has a settings JSON or a template of "
        "that name",
    ),
    "template syntax": in_template("{% if %}", "an expression is missing before %}"),
    "tag without an end": in_template(
        "{{ words",
        "} stands where : is expected",
        "Is a tag there, or on a line above, not closed with %} or }}?",
    )._replace(line=3),
    "unknown statement": in_template(
        "{% imports 1 %}", "there is no statement {% imports %}", 'Did you mean "import"?'
    ),
    "unclosed statement": Mistake(
        {TEMPLATE: "<div>\n{% call x() %}{% if words %}\n{% endcall %}\n</div>"},
        TEMPLATE,
        3,
        "{% endcall %} stands where {% if %} is not closed yet",
        "Write {% endif %} before it.",
    ),
    "end without a start": in_template(
        "{% endif %}",
        "{% endif %} ends nothing: no {% if %} is open",
        "Remove it, or write its start.",
    ),
    "unknown filter": in_template(
        "{{ words|uppr }}", "there is no filter “uppr”", f'Did you mean "upper"? {SEE}'
    ),
    "|safe": in_template(
        "{{ words|safe }}",
        "blocks may not use the filter “safe”",
        "Print it without: what {{ … }} prints is text, so that nothing a creator typed or Kit sent can "
        "become markup. Write the tags in the template.",
    ),
}
AT_RUN_TIME = {
    "exception in context": in_context("1 / 0", "ZeroDivisionError: division by zero"),
    "wrong setting name": in_context(
        'values.text("wrods")', 'asks for "wrods"; the settings JSON has "words"'
    ),
    "None returned": in_module(
        f"{QUOTE[MODULE]}\n    def context(self, values, data):\n        dict(values)\n",
        9,
        "QuoteBlock.context returned None, not a dictionary with names as keys: end it with a return "
        "statement",
    ),
    "Markup": in_context(
        'from markupsafe import Markup; values = {"words": Markup("<i>a</i>")}',
        "the context’s “words” is of type Markup, which templates cannot print",
        "Return a plain str: it is text, and the template writes the tags around it.",
    ),
    "undeclared scope": in_context(
        "data.published_posts()",
        'the block reads newest posts, but its scopes do not name "read:posts"',
        'Add "read:posts": "…" to scopes, with what the consent page says of it.',
    ),
    "name missing from the context": in_template(
        "{{ wrods }}",
        "uses “wrods”, which is not in the context",
        'Did you mean "words"? It has words.',
    ),
    "unclosed tag": in_template(
        "<p>a",
        "<p> without </p>: <p> ends it",
        "Write </p>: editors and simple parsers may not add it.",
    ),
    "unknown macro": in_template(
        "{{ email.paragraphs(styles, words) }}",
        "macros/email.html has no macro “paragraphs”",
        'Did you mean "paragraph"? It has badge, button, colored, column, columns, divider, figure, '
        "heading, image, lines, no_column, pair, panel, paragraph, portrait, prose, quote, responsive, "
        "row, section, spacer, table and text_link.",
    ),
    "wrong argument": in_template(
        "{{ email.heading(styles, words, colour=1) }}",
        "the macro “heading” takes no argument “colour”",
        'Did you mean "color"? It is heading(styles, text, largest, url=None, font_family=None, '
        "font_weight=None, size=None, color=None, level=2, above=0).",
    ),
    "printing None": Mistake(
        {
            MODULE: f"{QUOTE[MODULE]}\n    def context(self, values, data):\n"
            '        return {**values, "by": None}\n',
            TEMPLATE: "<div>\n<p>{{ words }}</p>\n<p>{{ by }}</p>\n</div>\n",
        },
        TEMPLATE,
        3,
        "prints “by”, which is None",
        "Write {% if by %} and {% endif %} around it, or give it a value in context().",
    ),
    "unknown CSS property": in_template(
        "<p style=\"{{ css(colr='#112233') }}\">a</p>",
        "blocks may not use the CSS property colr",
        f'Did you mean "color"? {SEE}',
    ),
    "bad CSS value": in_template(
        "<p style=\"{{ css(font_size='9em') }}\">a</p>",
        "the CSS property font-size cannot be '9em'",
        "It takes a length in px from 0px to 200px.",
    ),
    "capital letters": in_template(
        "<B>a</b>",
        "<B> is not in the one spelling that all mail clients read alike",
        "Write <b>.",
    ),
    "style attribute by hand": in_template(
        '<p style="color: red">a</p>',
        "color: red: color is not in its normal spelling",
        'Write color:#ff0000, or style="{{ css(…) }}", which knows the spelling.',
    ),
    "comment": in_template(
        "<!-- a -->",
        "the comment <!-- a -->",
        "Delete it, or write {# … #}, which is not sent.",
    ),
    "two roots": in_template(
        "</div><div>",
        "a block is one element, and <div> is a second one beside it",
        "Write one element around everything, such as the macro email.section().",
    ),
    "relative link": in_template(
        '<a href="/about" target="_blank">a</a>',
        'href="/about" is not an absolute URL in its normal spelling',
        "Write the absolute https URL of the page; parse_link() of plugin_server.blocks makes one of a "
        "text in the block's context.",
    ),
    "no target": in_template(
        '<a href="https://a.example/">a</a>',
        "<a> has no target",
        'Write target="_blank", so that readers keep the email.',
    ),
    "no alt": in_template(
        '<img src="https://a.example/a.png">',
        "<img> has no alt",
        'Write alt="…" with what the image shows, or alt="" for mere decoration.',
    ),
    "relative image": in_template(
        '<img src="a.png" alt="">',
        'src="a.png" is not an absolute URL in its normal spelling',
        "Write the absolute https URL of the image; parse_web_url() of plugin_server.blocks makes one of a "
        "text in the block's context.",
    ),
}
DRAW = "Draw a PNG of 150×120 pixels and an SVG of one color: “plugin-server new block” draws both."
OF_FILES = {
    "icon missing": Mistake({PNG: None}, PNG, 0, "is missing", DRAW),
    "icon of the wrong size": Mistake(
        {PNG: png_icon("quote").replace(b"\0\0\0\x78", b"\0\0\0\x64", 1)},
        PNG,
        0,
        "cannot be used: Icon has 150 by 100 pixels; Kit takes 150 by 120",
        DRAW,
    ),
    "icon of several colors": Mistake(
        {SVG: "<svg><rect/><rect fill='red'/></svg>"},
        SVG,
        0,
        "cannot be used: Icon has several colors (black, red); Kit takes an SVG of one color",
        DRAW,
    ),
    "example not JSON": Mistake(
        {TYPICAL: '{\n"words": "Fog",}'}, TYPICAL, 2, "is not JSON: a comma before “}”: remove it"
    ),
    "example not an object": Mistake(
        {TYPICAL: "[]"}, TYPICAL, 0, 'is not a JSON object of settings such as {"title": "…"}'
    ),
    "example invalid": Mistake(
        {TYPICAL: '{"words": 5}'},
        TYPICAL,
        0,
        'a creator would read: "Words" is not text. Type it again',
        "An example has to render.",
    ),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package, installed and without a mistake yet; the preview's server serves its block alone."""
    variables = {
        "DATA_DIR": tmp_path / "data",
        "SECRET_KEY": "s" * 40,
        "ENCRYPTION_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "PLUGIN_AUTH": "none",
        "KIT_API_KEY": "kit_key",
        "KIT_API_URL": "http://127.0.0.1:9",
        "HOST": "127.0.0.1",
        "BASE_URL": "http://127.0.0.1:8000",
        "BLOCKS": "quote",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, str(value))
    # They look for the names of blocks when they are imported.
    for command in ("arguments", "lint", "render", "settings"):
        monkeypatch.delitem(sys.modules, f"plugin_server.commands.{command}", raising=False)
    package = write_package(tmp_path / "site", {})
    change_files(package, {**WHOLE, PNG: png_icon("quote"), SVG: svg_icon()})
    with import_path(tmp_path / "site"):
        yield package


def printed(command: str) -> str:
    """Return what a command prints, which has to fail."""
    result = CliRunner().invoke(main, command.split())
    assert result.exit_code == 1, result.output
    return result.output


def shown() -> tuple[list[str], list[str]]:
    """Return what the editor reads when the block is loaded, and when it is requested."""
    app, outcome = make_app()
    response = app.test_client().post(
        "/blocks/quote/html", json={"settings": {"words": "Fog on the quay"}, "styles": {}}
    )
    at_loading = [str(SourceError(**each)) for each in outcome["errors"]]
    return at_loading, [*(response.json or {}).get("errors", [])]


def assert_printed(mistake: Mistake, command: str) -> None:
    output = printed(command)
    assert [line for line in mistake.lines if line not in output] == [], output


@pytest.mark.parametrize("name", [*IN_SETTINGS, *AT_LOADING])
def test_a_block_that_cannot_be_loaded(folder: Path, name: str) -> None:
    mistake = {**IN_SETTINGS, **AT_LOADING}[name]
    change_files(folder, mistake.changes)
    assert_printed(mistake, CHECK.format(folder / SETTINGS) if name in IN_SETTINGS else RENDER)
    left_out = f"\n(Left out: {WHOSE}; the others work.)"
    assert shown() == ([f"{mistake.sentence}{left_out}"], [f"{mistake.sentence} ({WHOSE})"])


@pytest.mark.parametrize("name", AT_RUN_TIME)
def test_a_block_that_cannot_be_rendered(folder: Path, name: str) -> None:
    mistake = AT_RUN_TIME[name]
    change_files(folder, mistake.changes)
    assert_printed(mistake, RENDER)
    assert shown() == ([], [f"{mistake.sentence} ({WHOSE})"])


@pytest.mark.parametrize("name", OF_FILES)
def test_a_file_beside_the_block(folder: Path, name: str) -> None:
    """The editor shows it when the file is saved."""
    mistake = OF_FILES[name]
    change_files(folder, mistake.changes)
    assert_printed(mistake, LINT)
    assert str(find_source_error(folder / mistake.file)) == mistake.sentence
    assert shown() == ([], [])


def test_an_instance_beside_the_class_does_no_harm(folder: Path) -> None:
    change_files(folder, {MODULE: f"{QUOTE[MODULE]}\n\nquote = QuoteBlock()\n"})
    assert CliRunner().invoke(main, RENDER.split()).exit_code == 0
    assert shown() == ([], [])


def test_what_kits_menu_has_no_room_or_no_order_for(folder: Path) -> None:
    """Found by the lint and the tests of a package; the editor goes on, with the blocks by name."""
    long = (
        f'    label = "A saying of mine"\n    description = "{"long " * 20}"\n    sort_order = 3\n'
    )
    change_files(folder, {MODULE: f"{QUOTE[MODULE]}\n{long}"})
    change_files(folder, {path.replace("quote", "motto"): text for path, text in WHOLE.items()})
    change_files(folder, {"motto.py": f"{QUOTE[MODULE]}\n    sort_order = 3\n"})
    output = printed("lint motto quote --strict")
    place = f"acme_blocks/{MODULE}: warning"
    for sentence in (
        "acme_blocks/static/icons/motto.png: error [icon]\n  is missing\n",
        f"{place} [sort-order]\n  motto and quote have the same sort_order, 3\n",
        f'{place} [label]\n  the label "A saying of mine" of quote is long: Kit advises one or two '
        "words\n",
        f"{place} [description]\n  the description of quote has 100 characters; Kit's menu has room for "
        "60\n",
    ):
        assert sentence in output
    assert shown() == ([], [])


def test_missing_examples_are_named_once(folder: Path) -> None:
    everything = f"{EXAMPLES}/everything_on.json"
    change_files(folder, {everything: None})
    assert printed(LINT).count(f"acme_blocks/{everything}: error [example]\n  is missing\n") == 1


def test_all_mistakes_of_a_settings_json_are_shown_at_once(folder: Path) -> None:
    first, second = IN_SETTINGS["unknown type"], IN_SETTINGS["label missing in settings"]
    lines = str(first.changes[SETTINGS]).splitlines(), str(second.changes[SETTINGS]).splitlines()
    text = "\n".join([*lines[0], *lines[1][1:]]).replace("}]\n", "},\n", 1)
    change_files(folder, {SETTINGS: text})
    errors = [first.sentence, second.sentence.replace("line 2: [1]", "line 3: [2]")]
    assert shown()[1] == [f"{each} ({WHOSE})" for each in errors]
    output = printed(RENDER)
    assert f"acme_blocks/{SETTINGS}:2:10: error [unknown-type]\n  {first.message}\n" in output
    assert f"acme_blocks/{SETTINGS}:3:1: error [missing-property]\n" in output


def test_all_mistakes_of_a_class_are_shown_at_once(folder: Path) -> None:
    wrong = ("name not that of the file", "label missing", "scopes as a string")
    lines_of_class = [str(AT_LOADING[each].changes[MODULE]).splitlines()[-1] for each in wrong]
    change_files(folder, {MODULE: QUOTE[MODULE] + "\n" + "\n".join(lines_of_class) + "\n"})
    assert shown()[1] == [
        f"acme_blocks/{MODULE}, line {line}: {AT_LOADING[each].message} ({WHOSE})"
        for line, each in enumerate(wrong, 9)
    ]


def test_a_template_that_cannot_be_read_hides_no_wrong_name_of_the_module(folder: Path) -> None:
    module = in_context('return {"words": values.text("wrods")}', "").changes
    change_files(folder, {**module, TEMPLATE: "{% if words %}"})
    output = printed(LINT)
    assert f'acme_blocks/{MODULE}:10:1: error [unknown-name]\n  uses "wrods"' in output
    assert f"acme_blocks/{TEMPLATE}:1" in output
