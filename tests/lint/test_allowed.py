"""``lint --allowed``: what blocks may use, complete and with what it takes."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from plugin_server.cli import main
from plugin_server.rendering.css_properties import PROPERTIES, value_form
from plugin_server.rendering.gate import ALLOWED, check, required_attributes
from plugin_server.rendering.jinja_environment import BYPASSES, jinja_environment


def printed(*options: str) -> str:
    result = CliRunner().invoke(main, ["lint", "--allowed", *options])
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture(scope="module")
def allowed() -> Any:
    return json.loads(printed("--format", "json"))


def test_people_read_elements_properties_functions_filters_and_macros() -> None:
    shown = printed()
    for line in (
        "  <a>               href* target* class style",
        "  dir               ltr or rtl",
        "  font-size         a length in px from 0px to 200px",
        "  text-align        left, right or center",
        "  readable_on(background)",
        "Macros of macros/email.html",
        "  button(styles, text, url, color, font_family=None, align=None)",
    ):
        assert line in shown.splitlines()
    assert max(map(len, shown.splitlines())) <= 120


def test_everything_that_the_gate_accepts_is_listed(allowed: Any) -> None:
    assert {name: set(attributes) for name, attributes in allowed["elements"].items()} == {
        name: set(attributes) for name, attributes in ALLOWED.items()
    }
    assert set(allowed["properties"]) == set(PROPERTIES)
    for name, attributes in allowed["elements"].items():
        required = required_attributes(name)
        assert (*attributes,)[: len(required)] == required


def test_filters_that_bypass_escaping_are_not_listed(allowed: Any) -> None:
    assert set(allowed["filters"]) == set(jinja_environment().filters)
    assert not set(allowed["filters"]) & set(BYPASSES)


@pytest.mark.parametrize("name", sorted(PROPERTIES))
def test_each_property_says_in_words_what_it_takes(name: str) -> None:
    form = value_form(name)
    assert form[0].islower() or form[0].isdigit()
    assert "not" not in form.split()
    assert "CSS value" not in form


@pytest.mark.parametrize("name", sorted(PROPERTIES))
def test_a_keyword_that_a_property_says_it_takes_is_accepted(name: str) -> None:
    form = value_form(name)
    words = form.replace(" or ", ", ").split(", ")
    if all(word.replace("-", "").isalpha() for word in words):
        for word in words:
            assert check(f'<div style="{name}:{word}">a</div>') == []


@pytest.mark.parametrize("call", ["css(property=value, …)", "styles.text(element, size=None,"])
def test_functions_are_listed_as_they_are_called(call: str, allowed: Any) -> None:
    [found] = [each for each in allowed["functions"] if each.startswith(call)]
    assert allowed["functions"][found].endswith(".")
