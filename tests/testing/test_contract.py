"""``block_tests``: what a new package fulfils, and the sentence about each mistake."""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.blocks.generated import MODULE, NAME, generate
from support.blocks.packages import import_path

from plugin_server.commands.scaffold.icon import png_icon
from plugin_server.lint.accepted import Key
from plugin_server.testing.contract import Case, block_tests, cases

Changes = Mapping[str, str | bytes | None]

CLASS = '''"""A quote."""

import socket
from itertools import count

from plugin_server.blocks import AccountData, Block, ContentNotFound, Option, SearchQuery, Values

NUMBERS = count()


class Quote(Block):
    """Show a sentence, and who it is from."""

'''
CONTEXT = CLASS + "    def context(self, values: Values, data: AccountData) -> dict[str, object]:\n"
SEARCH = CLASS + (
    "    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:\n"
)
# Connects, and goes on without what it could not load.
CONNECTING = (
    CONTEXT
    + """\
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        except OSError:
            pass
        return dict(values)
"""
)
SETTINGS = '[{"type": "text", "name": "text", "label": "Text", "required": true}%s]'
SEARCHING = SETTINGS % (
    ', {"type": "search", "name": "topic", "label": "Topic", '
    '"request_url": "/blocks/quote/search/topic"}'
)
TEMPLATE = (
    '{%% import "macros/email.html" as email %%}'
    "{%% call email.section(css_class, text|direction) %%}%s{%% endcall %%}"
)
PARAGRAPH = TEMPLATE % "{{ email.paragraph(styles, text) }}"
ONE_SETTING: Changes = {
    "settings_json/quote.json": SETTINGS % "",
    "templates/blocks/quote.html": PARAGRAPH,
}
WITH_SEARCH: Changes = {
    "settings_json/quote.json": SEARCHING,
    "templates/blocks/quote.html": TEMPLATE
    % "{{ email.paragraph(styles, text) }}{% if topic %}<p>{{ topic }}</p>{% endif %}",
    "settings_json/examples/quote/typical.json": '{"text": "The sea", "topic": "7"}',
    "settings_json/examples/quote/everything_on.json": '{"text": "The sea", "topic": "7"}',
}
SMALL_PRINT: Changes = {
    "settings_json/quote.json": SETTINGS % "",
    "templates/blocks/quote.html": TEMPLATE
    % '<p style="{{ css(font_size="9px") }}">{{ text }}</p>',
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with import_path(tmp_path):
        yield tmp_path


def all_cases(
    site: Path, changes: Changes, accepted: Mapping[Key, str] | None = None
) -> dict[str, Case]:
    generate(site, changes)
    with import_path(site):
        return {str(case): case for case in cases(MODULE, accepted or {})}


def problem(
    site: Path, case: str, changes: Changes, accepted: Mapping[Key, str] | None = None
) -> str:
    """Return what a case of a package reports; ``""`` when it passes."""
    found = all_cases(site, changes, accepted)
    with import_path(site):
        try:
            found[case].run()
        except pytest.fail.Exception as failure:
            return str(failure)
        except pytest.skip.Exception as skipped:
            return f"skipped: {skipped}"
    return ""


def test_a_new_package_passes_every_case(site: Path) -> None:
    found = all_cases(site, {})
    with import_path(site):
        for case in found.values():
            case.run()


def test_there_is_a_case_for_each_block_check_and_example(site: Path) -> None:
    names = list(all_cases(site, {}))
    assert names[:6] == [
        "package",
        *(f"quote-{check}" for check in ("structure", "settings", "icon", "scopes", "searches")),
    ]
    examples = {name.split("-")[2] for name in names if name.count("-") == 2}
    assert {
        "typical",
        "minimal",
        "everything_on",
        "very_long",
        "hostile",
        "missing_data",
    } <= examples
    assert [name for name in names if name.endswith("-typical")] == [
        f"quote-{check}-typical"
        for check in ("renders", "judge", "lint", "size", "same_bytes", "drafts")
    ]


MISTAKES: list[tuple[str, Changes, str]] = [
    ("structure", {"static/icons/quote.png": None}, "static/icons/quote.png is missing"),
    (
        "structure",
        {"settings_json/examples/quote/minimal.json": None},
        "examples/quote/minimal.json is missing",
    ),
    (
        "structure",
        {"settings_json/examples/quote/minimal.json": "{"},
        "minimal.json, line 1: is not JSON",
    ),
    ("structure", {"quote.py": "def"}, "acme_blocks/quote.py, line 1: invalid syntax"),
    ("structure", {"templates/blocks/quote.html": None}, "template is missing"),
    ("structure", {"quote.py": CLASS + '    label = "A quote of mine"\n'}, '"A quote of mine"'),
    (
        "structure",
        {"quote.py": CLASS + f'    description = "{"long " * 20}"\n'},
        "description of quote has 100 characters",
    ),
    ("settings", {"settings_json/quote.json": "[{]"}, "quote.json:1:3 not-json"),
    ("settings", {"settings_json/quote.json": None}, "quote.json cannot be read"),
    (
        "settings",
        {"templates/blocks/quote.html": PARAGRAPH},
        'unused-setting: [1].name: neither the block\'s module nor its template uses "byline"',
    ),
    ("settings", {"settings_json/quote.json": SETTINGS % ""}, 'uses "byline", which nothing'),
    (
        "settings",
        {"settings_json/quote.json": SEARCHING.replace("/blocks/quote", "/blocks/motto")},
        "is not the search endpoint of this setting",
    ),
    ("icon", {"static/icons/quote.png": b"GIF89a" + struct.pack("<HH", 150, 120)}, "another kind"),
    (
        "icon",
        {
            "static/icons/quote.png": png_icon("quote").replace(
                struct.pack(">I", 120), b"\0\0\0\x64", 1
            )
        },
        "quote.png cannot be used: Icon has 150 by 100 pixels; Kit takes 150 by 120",
    ),
    ("icon", {"static/icons/quote.svg": "<svg><rect/><rect fill='red'/></svg>"}, "several colors"),
    ("icon", {"static/icons/quote.svg": None}, "quote.svg cannot be read"),
    (
        "scopes",
        {"quote.py": CONTEXT + "        data.subscriber_count()\n        return dict(values)\n"},
        'add "read:growth": "…" to scopes',
    ),
    (
        "scopes",
        {"quote.py": CLASS + '    scopes = {"read:posts": "Read your posts"}\n'},
        'no example and no search reads what "read:posts" is for',
    ),
    (
        "searches",
        {
            **WITH_SEARCH,
            "quote.py": SEARCH + '        return [Option("Sea", "7"), Option("Sea", "8")]\n',
        },
        'the search of topic for "" in the account typical: options that look alike: Sea',
    ),
    (
        "searches",
        {**WITH_SEARCH, "quote.py": SEARCH + '        return [Option("x" * 90, "7")]\n'},
        "is not one line of 1 to 80 characters",
    ),
    (
        "searches",
        {
            **WITH_SEARCH,
            "quote.py": SEARCH + "        return [Option(str(n), str(n)) for n in range(60)]\n",
        },
        "60 options; a list shows 50",
    ),
    (
        "renders-minimal",
        {"settings_json/examples/quote/minimal.json": "{}"},
        'a creator would read instead: "Text" is empty. Fill it in.',
    ),
    ("lint-typical", SMALL_PRINT, "warning [font-size]"),
    (
        "size-typical",
        {
            "templates/blocks/quote.html": TEMPLATE
            % "{% for number in range(90) %}{{ email.paragraph(styles, text) }}{% endfor %}"
        },
        "warning [size] a block of",
    ),
    (
        "same_bytes-typical",
        {
            **ONE_SETTING,
            "quote.py": CONTEXT + '        return {**values, "text": f"{next(NUMBERS)}"}\n',
        },
        "the same settings give another HTML the second time",
    ),
    (
        "drafts-typical",
        {**WITH_SEARCH, "quote.py": SEARCH + '        return [Option("Sky", "8")]\n'},
        'the search of topic does not find "7", which a draft has stored',
    ),
    ("renders-typical", {"quote.py": CONNECTING}, "the block connects to 127.0.0.1: read what"),
]


@pytest.mark.parametrize(("case", "changes", "sentence"), MISTAKES)
def test_a_mistake_is_reported(site: Path, case: str, changes: Changes, sentence: str) -> None:
    assert sentence in problem(site, f"quote-{case}", changes)


def test_all_that_a_search_returns_is_fine(site: Path) -> None:
    module = SEARCH + '        return [Option("Sea", "7")] if not query.text else []\n'
    assert problem(site, "quote-searches", {**WITH_SEARCH, "quote.py": module}) == ""


def test_a_search_may_say_that_there_is_nothing(site: Path) -> None:
    module = SEARCH + '        raise ContentNotFound("You have no topics yet.")\n'
    assert problem(site, "quote-searches", {**WITH_SEARCH, "quote.py": module}) == ""


def test_an_exception_of_a_block_comes_with_its_line(site: Path) -> None:
    module = CONTEXT + '        return {**values, "text": values["writer"]}\n'
    with pytest.raises(KeyError) as raised:
        problem(site, "quote-renders-typical", {"quote.py": module})
    assert "acme_blocks/quote.py, line 15" in "\n".join(raised.value.__notes__)


def test_a_mistake_of_a_template_is_its_line_and_no_traceback(site: Path) -> None:
    template = TEMPLATE % "{{ email.paragraf(styles, text) }}"
    said = problem(site, "quote-renders-typical", {"templates/blocks/quote.html": template})
    assert "templates/blocks/quote.html, line" in said
    assert 'Did you mean "paragraph"?' in said


def test_an_example_may_choose_only_what_the_made_up_account_has(site: Path) -> None:
    module = CONTEXT + '        raise ContentNotFound("It is gone.")\n'
    said = problem(site, "quote-renders-typical", {"quote.py": module})
    assert said.startswith("a creator would read instead: It is gone. Choose what the made-up")


def test_a_color_may_be_missing_from_the_settings_and_from_the_account(site: Path) -> None:
    module = "from plugin_server.blocks import brand_color\n" + CONTEXT
    module += '        color = values.color("text_color") or brand_color(data)\n'
    module += '        return {**values, "text_color": color}\n'
    button = '{{ email.button(styles, "Read on", "https://example.com/", text_color) }}'
    changes = {"quote.py": module, "templates/blocks/quote.html": TEMPLATE % button}
    said = problem(site, "quote-drafts-everything_on", changes)
    assert "which is None, in line" in said


def test_a_draft_without_a_setting_may_not_break_a_block(site: Path) -> None:
    module = CONTEXT + '        return {**values, "byline": values["byline"].upper()}\n'
    with pytest.raises(AttributeError) as raised:
        problem(site, "quote-drafts-typical", {"quote.py": module})
    assert "with the settings {'text': 'The sea is never the same twice.'}" in "\n".join(
        raised.value.__notes__
    )


@pytest.mark.parametrize("check", ["scopes", "searches", "lint-typical", "drafts-minimal"])
def test_a_block_that_cannot_be_loaded_is_reported_once(site: Path, check: str) -> None:
    found = problem(site, f"quote-{check}", {"quote.py": "def"})
    assert found == "skipped: it cannot be loaded: see quote-structure"


def test_an_example_that_does_not_render_is_reported_once(site: Path) -> None:
    changes = {"settings_json/examples/quote/minimal.json": "{}"}
    found = problem(site, "quote-lint-minimal", changes)
    assert found == "skipped: it does not render: see quote-renders-minimal"


def test_equal_sort_orders_are_reported(site: Path) -> None:
    module = CLASS + "    sort_order = 3\n"
    changes: Changes = {
        "quote.py": module,
        "motto.py": module,
        "settings_json/motto.json": SETTINGS % "",
        "templates/blocks/motto.html": PARAGRAPH,
    }
    assert problem(site, "package", changes) == "motto and quote have the same sort_order, 3"


def test_a_warning_is_accepted_for_a_reason(site: Path) -> None:
    key = ("font-size", "", "")
    accepted = {key: "It is a legal notice."}
    assert problem(site, "quote-lint-typical", SMALL_PRINT, accepted) == ""
    found = {str(case): case for case in cases(MODULE, accepted)}
    found["accepted"].run()


def test_a_reason_that_nothing_needs_is_reported(site: Path) -> None:
    key = ("font-size", "", "")
    assert str(key) in problem(site, "accepted", {}, {key: "It is a legal notice."})


def test_a_package_is_named_by_its_distribution_too(site: Path) -> None:
    generate(site)
    with import_path(site):
        assert [*map(str, cases(NAME, {}))] == [*map(str, cases(MODULE, {}))]


def test_a_package_that_is_not_installed_is_one_failure(site: Path) -> None:
    [case] = cases("nothing_like_it", {})
    with pytest.raises(pytest.fail.Exception, match="not an installed package of blocks"):
        case.run()


def test_a_package_without_blocks_is_reported(site: Path) -> None:
    changes: Changes = dict.fromkeys(
        ("quote.py", "settings_json/quote.json", "templates/blocks/quote.html")
    )
    assert "has no block in" in problem(site, "package", changes)


def test_pytest_collects_the_cases_by_name(site: Path) -> None:
    generate(site)
    with import_path(site):
        collected = block_tests(MODULE)
    [mark] = collected.pytestmark  # type: ignore[attr-defined]
    assert "quote-lint-hostile" in [mark.kwargs["ids"](case) for case in mark.args[1]]
