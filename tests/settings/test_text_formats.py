"""Text settings whose block says what has to be typed."""

import json
from collections.abc import Iterator
from datetime import time
from pathlib import Path

import pytest
from support.blocks.packages import QUOTE, import_path, write_package

from plugin_server.blocks.base import Block
from plugin_server.blocks.loading import InvalidBlock, load_block
from plugin_server.errors import SettingsInvalid
from plugin_server.examples.block_examples import examples
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.value_types import Url
from plugin_server.settings.definition import parse_definition
from plugin_server.settings.text_formats import EMAIL, LINK, PHONE, TIME, TextFormat
from plugin_server.settings.values import Values

SIDEBAR = [
    {"type": "text", "name": "start", "label": "Start"},
    {"type": "text", "name": "contact", "label": "Contact", "required": True},
    {"type": "text", "name": "words", "label": "Words"},
    {"type": "toggle", "name": "shown", "label": "Shown"},
]
EVENT = '''"""An event."""

from plugin_server.blocks import EMAIL, TIME, AccountData, Block, TextFormat, Values, format_time


class EventBlock(Block):
    """Announce an event."""

    formats = {formats}

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        start = values.time("start")
        return {{
            "start": format_time(start, "de") if start else "",
            "contact": values.link("contact"),
            "words": values.text("words"),
            "shown": values.is_on("shown"),
        }}
'''
FORMATS = '{"start": TIME, "contact": EMAIL}'
TEMPLATE = """{% import "macros/email.html" as email %}
{% call email.section(css_class, words|direction) %}
{{ email.paragraph(styles, start) }}
{{ email.paragraph(styles, words) }}
{{ email.button(styles, "Write", contact, "#112233") }}
{% endcall %}
"""
FULL = {"start": "6.30 pm", "contact": "me@tide.example", "words": "Low tide", "shown": True}


def files(formats: str = FORMATS, sidebar: object = SIDEBAR) -> dict[str, str]:
    """Return a package with an event in place of the quotation."""
    changed = {
        "quote.py": EVENT.format(formats=formats),
        "settings_json/quote.json": json.dumps(sidebar),
        "templates/blocks/quote.html": TEMPLATE,
        "settings_json/examples/quote/everything_on.json": json.dumps(FULL),
    }
    return {**QUOTE, **changed}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with import_path(tmp_path):
        yield tmp_path


def event(site: Path) -> Block:
    write_package(site, files())
    with import_path(site):
        return load_block("quote")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("18:30", time(18, 30)),
        ("18.30", time(18, 30)),
        ("18h30", time(18, 30)),
        ("7:05", time(7, 5)),
        ("00:00", time(0)),
        ("6:30 pm", time(18, 30)),
        ("6:30PM", time(18, 30)),
        ("6 p.m.", time(18)),
        ("12 am", time(0)),
        ("12:15 pm", time(12, 15)),
        ("٦:٣٠", time(6, 30)),
    ],
)
def test_times_are_read_as_people_write_them(typed: str, expected: time) -> None:
    assert TIME.read(typed) == expected


@pytest.mark.parametrize(
    "typed",
    ["6", "noon", "24:00", "18:60", "18:3", "13 pm", "0:30 am", "18:30:00", "²:30", "-1:00"],
)
def test_what_is_not_a_time_is_refused(typed: str) -> None:
    assert TIME.read(typed) is None


@pytest.mark.parametrize(
    "typed",
    ["+49 (0)30 1234-567", "112", "020 7946 0018 ext. 12", "202.555.0147 x9", "٠٢٠ ٧٩٤٦"],
)
def test_phone_numbers_stay_as_they_were_typed(typed: str) -> None:
    assert PHONE.read(typed) == typed


@pytest.mark.parametrize(
    "typed", ["12", "(-)", "0800 FLOWERS", "1" * 16, "12+34567", "call 112", "{{ 112 }}"]
)
def test_what_is_not_a_phone_number_is_refused(typed: str) -> None:
    assert PHONE.read(typed) is None


@pytest.mark.parametrize("typed", ["me+events@tide.example", "mailto:me+events@tide.example"])
def test_an_email_address_becomes_a_link_that_writes_to_it(typed: str) -> None:
    read = EMAIL.read(typed)
    assert type(read) is Url
    assert read == "mailto:me+events@tide.example"


@pytest.mark.parametrize(
    "typed",
    [
        "me",
        "me@tide",
        "me@tide..example",
        "me@-tide.example",
        "me@tide.example?bcc=x@y.example",
        "me@tide.example, you@tide.example",
        "Me <me@tide.example>",
        "https://tide.example",
    ],
)
def test_what_is_not_an_email_address_is_refused(typed: str) -> None:
    assert EMAIL.read(typed) is None


def test_a_link_is_one_of_the_web() -> None:
    assert LINK.read("https://Tide.example/a b") == Url("https://tide.example/a%20b")
    assert [LINK.read(typed) for typed in ("tide.example", "mailto:me@x.example")] == [None, None]


def test_each_creator_reads_what_to_type(site: Path) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        event(site).settings.parse({"start": "at noon", "contact": "me"})
    assert caught.value.messages == [
        '"Start" is not a time. Type it as 18:30 or 6:30 pm.',
        '"Contact" is not an email address. Type it as name@example.com.',
    ]


def test_values_have_the_types_of_their_formats(site: Path) -> None:
    values = event(site).settings.parse(FULL)
    assert values.time("start") == time(18, 30)
    assert values.link("contact") == Url("mailto:me@tide.example")
    assert values.text("words") == "Low tide"
    with pytest.raises(TypeError, match=r'values\.time\("start"\)'):
        values.text("start")
    with pytest.raises(TypeError, match=r'values\.link\("contact"\)'):
        values.text("contact")


def test_an_empty_setting_is_empty_or_missing_whatever_its_format(site: Path) -> None:
    settings = event(site).settings
    assert settings.parse({"contact": "me@tide.example", "start": " "}).time("start") is None
    with pytest.raises(SettingsInvalid, match=r'"Contact" is empty\. Fill it in\.'):
        settings.parse({})


def test_a_package_has_formats_of_its_own() -> None:
    def parse(raw: str) -> Values:
        year = TextFormat("a year", "Type it in digits.", int)
        return parse_definition(json.dumps(SIDEBAR)).with_formats({"start": year}).parse(
            {"start": raw, "contact": "me"}
        )  # fmt: skip

    assert parse("1984")["start"] == 1984
    with pytest.raises(TypeError, match=r'"start" is int: read it with values\["start"\]'):
        parse("1984").text("start")
    with pytest.raises(SettingsInvalid, match=r'"Start" is not a year\. Type it in digits\.'):
        parse("the year before")


def test_straining_texts_leave_formats_alone(site: Path) -> None:
    write_package(site, files())
    with import_path(site):
        made = {each.name: each for each in examples(load_block("quote"))}
    for name in ("hostile", "very_long", "other_alphabets", "right_to_left"):
        settings = made[name].settings
        assert (settings["start"], settings["contact"]) == (FULL["start"], FULL["contact"])
        assert settings["words"] != FULL["words"]


def test_a_block_with_formats_renders(site: Path) -> None:
    write_package(site, files())
    with import_path(site):
        html = {each.name: each.render(EmailStyles()) for each in examples(load_block("quote"))}
    assert "18:30" in html["hostile"]
    assert 'href="mailto:me@tide.example"' in html["hostile"]


@pytest.mark.parametrize(
    ("formats", "problem"),
    [
        ('("start",)', '"formats" is a dictionary: {"start": TIME}, not tuple'),
        (
            '{"start": "time"}',
            "the format of \"start\" is 'time': make it TIME, PHONE, EMAIL, LINK or a TextFormat of your own",
        ),
        (
            '{"starts": TIME}',
            '"formats" names "starts", which the settings JSON does not have. Did you mean "start"?',
        ),
        (
            '{"shown": TIME}',
            '"formats" names "shown", which is of type toggle: only a setting of type text has a format',
        ),
    ],
)
def test_mistakes_of_an_author_are_explained(site: Path, formats: str, problem: str) -> None:
    write_package(site, files(formats))
    with import_path(site), pytest.raises(InvalidBlock) as caught:
        load_block("quote")
    assert caught.value.problem == problem
    assert caught.value.file.name == "quote.py"
