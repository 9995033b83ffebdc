"""Names that a block's settings JSON, module and template must agree on."""

import json
from pathlib import Path

import pytest

from plugin_server.findings.finding import Place, json_path
from plugin_server.resources.packages import BlockPackage
from plugin_server.settings.checker import check
from plugin_server.settings.rules import Context
from plugin_server.settings.usage import check_uses

SETTINGS = [
    {"type": "text", "name": "title", "label": "Title"},
    {"type": "toggle", "name": "has_link", "label": "Link"},
    {
        "type": "group",
        "name": "more",
        "label": "More",
        "settings": [
            {
                "type": "text",
                "name": "link",
                "label": "Link",
                "dependencies": [{"field": "has_link", "value": True}],
            }
        ],
    },
]
MODULE = """
class QuoteBlock:
    def context(self, values, data):
        return {"words": values["title"], "url": values.get("link")}
"""
TEMPLATE = """
{% import "macros/email.html" as email %}
{% set large = words | upper %}
{% for word in [large] %}{{ email.paragraph(styles, word) }}{% endfor %}
{{ url }} {{ css_class }} {{ hairline(none) }}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates" / "blocks").mkdir(parents=True)
    (tmp_path / "quote.py").write_text(MODULE)
    (tmp_path / "templates" / "blocks" / "quote.html").write_text(TEMPLATE)
    return tmp_path


def found(folder: Path, settings: object = SETTINGS, block: str | None = "quote") -> list[str]:
    report = check(
        json.dumps(settings),
        Context(block=block),
        table=[
            lambda bar, context: check_uses(
                bar, context, BlockPackage("quotes", "1.0", "quotes", folder, folder)
            )
        ],
    )
    return [f"{each.severity[0]} {_place(each.place)} {each.message}" for each in report.findings]


def _place(place: Place) -> str:
    """Return the path in the settings JSON, or the file and line below the package's folder."""
    if place.path is not None:
        return json_path(place.path)
    return f"{place.file.partition('/')[2]}:{place.line}"


def test_a_block_that_uses_all_of_its_settings_has_no_findings(folder: Path) -> None:
    assert found(folder) == []


def test_a_setting_that_nothing_uses_is_a_warning(folder: Path) -> None:
    (folder / "quote.py").write_text(MODULE.replace('values.get("link")', '"/"'))

    [message] = found(folder)
    assert message.startswith("w [2].settings[0].name")
    assert '"link"' in message


def test_a_setting_that_only_the_template_uses_is_used(folder: Path) -> None:
    (folder / "quote.py").write_text(MODULE.replace('values.get("link")', '"/"'))
    (folder / "templates" / "blocks" / "quote.html").write_text(TEMPLATE + "{{ link }}")

    assert found(folder) == []


def test_a_template_that_uses_an_unknown_name_is_an_error_with_its_line(folder: Path) -> None:
    (folder / "templates" / "blocks" / "quote.html").write_text(TEMPLATE + "{{ wrods }}")

    assert found(folder) == ['e templates/blocks/quote.html:6 uses "wrods", which nothing provides']


def test_a_module_that_reads_an_unknown_setting_is_an_error_with_its_line(folder: Path) -> None:
    (folder / "quote.py").write_text(MODULE.replace('["title"]', '["titles"]'))

    assert 'e quote.py:4 uses "titles", which nothing provides' in found(folder)


def test_dependencies_that_a_search_reads_are_used(folder: Path) -> None:
    module = MODULE.replace('values.get("link")', 'query.dependencies["link"]')
    (folder / "quote.py").write_text(module)

    assert found(folder) == []


def test_anyone_elses_settings_are_not_looked_for_in_our_code(folder: Path) -> None:
    assert found(folder, [{**SETTINGS[0], "name": "other"}], block=None) == []


@pytest.mark.parametrize(
    ("text_format", "placeholder", "messages"),
    [
        ("TIME", "18:30", []),
        ("TIME", "", []),
        ("LINK", "https://", []),
        ("POSTCODE", "anything", []),
        (
            "TIME",
            "half past",
            ['w [0].placeholder "half past" is not a time, which the block takes here'],
        ),
        (
            "LINK",
            "tide.example",
            ['w [0].placeholder "tide.example" is not a web address, which the block takes here'],
        ),
    ],
)
@pytest.mark.parametrize("annotation", ["", ": ClassVar[Mapping[str, TextFormat]]"])
def test_a_placeholder_that_creators_could_not_type_is_a_warning(
    folder: Path, text_format: str, placeholder: str, messages: list[str], annotation: str
) -> None:
    formats = f'    formats{annotation} = {{"title": {text_format}, "gone": TIME}}\n    def context'
    (folder / "quote.py").write_text(MODULE.replace("    def context", formats))

    settings = [{**SETTINGS[0], "placeholder": placeholder}, *SETTINGS[1:]]
    assert found(folder, settings) == messages


def test_a_block_without_a_template_yet_has_no_findings(folder: Path) -> None:
    (folder / "templates" / "blocks" / "quote.html").unlink()

    assert found(folder) == []


def test_a_block_without_a_module_yet_provides_nothing(folder: Path) -> None:
    (folder / "quote.py").unlink()

    assert [message[0] for message in found(folder)] == ["e", "e", "w", "w"]


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (b"def x(:\n", "line 1: invalid syntax"),
        (b"class Quote:\n  x = (\n", "line 2: '(' was never closed"),
        (b"na\xefve = 1\n", "is not text"),
        (b"x = 'abc\0'\n", "null bytes"),
    ],
)
def test_a_module_that_cannot_be_read_is_an_error_and_nothing_more(
    folder: Path, module: bytes, words: str
) -> None:
    (folder / "quote.py").write_bytes(module)

    [message] = found(folder)
    assert message.startswith("e $ quote.py ")
    assert words in message


@pytest.mark.parametrize(
    "template", ["{{ title|nofilter }}", "{% unless title %}", "{{ title is no }}"]
)
def test_a_template_that_does_not_compile_is_left_to_the_linter(
    folder: Path, template: str
) -> None:
    (folder / "templates" / "blocks" / "quote.html").write_text(template)

    assert found(folder) == []


def test_a_template_that_does_not_parse_is_left_to_the_linter(folder: Path) -> None:
    (folder / "templates" / "blocks" / "quote.html").write_text("{% if %}")

    assert found(folder) == []
