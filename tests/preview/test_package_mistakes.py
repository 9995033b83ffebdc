"""Mistakes in a package of blocks are placed in its own files, never in those of the framework."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.blocks.packages import QUOTE, import_path, write_package

from plugin_server.blocks.base import Block, context_of
from plugin_server.blocks.loading import load_block
from plugin_server.cli import main
from plugin_server.examples.sample_accounts import typical_account
from plugin_server.preview.source_errors import find_source_error, source_errors_of
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.renderer import render_block
from plugin_server.settings.values import Values

MODULE = '''"""A quotation."""

from plugin_server.blocks.base import Block
from plugin_server.rendering.urls import parse_link
{imports}

class QuoteBlock(Block):
    """Show a sentence that somebody said."""

    def context(self, values, data):
        return {context}
'''
TEMPLATE = "templates/blocks/quote.html"
ACME = '{% import "macros/acme.html" as acme %}\n<div>\n{{ acme.loud(styles, words) }}\n</div>\n'
LOUD = "{% macro loud(styles, words) %}\n<font>{{ words }}</font>\n{% endmacro %}\n"


@pytest.fixture
def mistakes(tmp_path: Path) -> Callable[[Mapping[str, str]], list[str]]:
    """Render a package's block; return what its author reads."""

    def render(files: Mapping[str, str]) -> list[str]:
        write_package(tmp_path, {**QUOTE, **files})
        with import_path(tmp_path):
            quote = load_block("quote")
            values = quote.settings.parse({"words": "Lend me your ears"})
            with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever a mistake leads to
                render_with_values(quote, values)
            return [str(each) for each in source_errors_of(caught.value)]

    return render


def render_with_values(block: Block, values: Values) -> str:
    context = context_of(block, values, typical_account())
    return render_block(block.name, context, EmailStyles(), instance="one")


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ('{"words": values["wrods"]}', ': asks for "wrods"; the settings JSON has "words"'),
        (
            '{"words": values["words"].titlle}',
            ": AttributeError: 'str' object has no attribute 'titlle'. Did you mean \"title\"?",
        ),
        ("{'words': valuez}", 'Did you mean "values"?'),
        (
            '{"words": {1, 2}}',
            ": the context’s “words” is of type set, which templates cannot print.",
        ),
    ],
)
def test_a_mistake_of_a_module_has_its_line_there(
    context: str, expected: str, mistakes: Callable[[Mapping[str, str]], list[str]]
) -> None:
    [error] = mistakes({"quote.py": MODULE.format(imports="", context=context)})
    assert error.startswith("acme_blocks/quote.py, line 11: ")
    assert expected in error


def test_what_fails_in_a_helper_of_the_built_in_blocks_is_placed_where_it_is_called(
    mistakes: Callable[[Mapping[str, str]], list[str]],
) -> None:
    imports = "from plugin_server.blocks.default_style import side\n"
    module = MODULE.format(imports=imports, context='{"words": side(*[])}')
    [error] = mistakes({"quote.py": module})
    assert error.startswith("acme_blocks/quote.py, line 12: TypeError: ")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {TEMPLATE: "<div>\n{{ wrods }}\n</div>"},
            "templates/blocks/quote.html, line 2: uses “wrods”, which is not in the context. "
            'Did you mean "words"? It has words.',
        ),
        (
            {TEMPLATE: ACME.replace("loud", "luod"), "templates/macros/acme.html": LOUD},
            "templates/blocks/quote.html, line 3: acme-blocks/macros/acme.html has no macro “luod”. "
            'Did you mean "loud"? It has loud.',
        ),
        (
            {TEMPLATE: ACME.replace("words)", "words, big=1)"), "templates/macros/acme.html": LOUD},
            "templates/blocks/quote.html, line 3: the macro “loud” takes no argument “big”. "
            "It is loud(styles, words).",
        ),
        (
            {TEMPLATE: ACME, "templates/macros/acme.html": LOUD},
            "templates/macros/acme.html, line 2: <font> is not an element that blocks may have. Write a "
            '<span> with style="{{ css(…) }}". See “plugin-server lint --allowed”.',
        ),
    ],
)
def test_a_mistake_of_a_template_has_its_line_there(
    files: Mapping[str, str], expected: str, mistakes: Callable[[Mapping[str, str]], list[str]]
) -> None:
    assert mistakes(files) == [f"acme_blocks/{expected}"]


def test_macros_of_the_package_are_known_without_running_the_template(tmp_path: Path) -> None:
    files = {TEMPLATE: ACME.replace("loud", "luod"), "templates/macros/acme.html": LOUD}
    folder = write_package(tmp_path, {**QUOTE, **files})
    with import_path(tmp_path):
        found = find_source_error(folder / TEMPLATE)
        shown = CliRunner().invoke(main, ["lint", "--allowed"]).stdout
    assert str(found) == (
        f"acme_blocks/{TEMPLATE}, line 3: macros/acme.html has no macro “luod”. "
        'Did you mean "loud"? It has loud.'
    )
    assert "Macros of acme-blocks/macros/acme.html\n  loud(styles, words)\n" in shown
