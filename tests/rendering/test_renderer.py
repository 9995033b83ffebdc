"""The Jinja environment and the renderer: mistakes that the author of a template cannot make."""

import logging
from collections.abc import Iterator

import pytest
from jinja2 import ChoiceLoader, DictLoader, TemplateError, UndefinedError
from markupsafe import Markup

from plugin_server.errors import BlockRefused
from plugin_server.rendering.context_shape import UnusableContext
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.rendering.renderer import class_name, fold_lines, render_block, strip_indentation
from plugin_server.resources.paths import TEMPLATES

TRIALS = {
    "trial": "<div>{{ text }}</div>",
    "pair": "<div>{{ left }}{{ right }}</div>",
    "filtered": "<div>{{ text|e }}{{ text|forceescape }}</div>",
    "attribute": '<div><img src="https://a.example/" alt="{{ text }}"></div>',
    "open": "<div><p>{{ text }}</div>",
    "classed": '<div class="{{ css_class }}">\n\n    a  \n </div>\n',
}


@pytest.fixture(autouse=True)
def trials() -> Iterator[None]:
    """Put the templates above beside those of the project."""
    env = jinja_environment()
    own = env.loader
    assert own is not None
    trials = DictLoader({f"blocks/{name}.html": source for name, source in TRIALS.items()})
    env.loader = ChoiceLoader([trials, own])
    yield
    env.loader = own


def render(name: str, instance: str = "one", **context: object) -> str:
    return render_block(name, context, EmailStyles(), instance=instance)


@pytest.mark.parametrize("name", ["safe", "tojson", "urlize", "xmlattr"])
def test_a_template_cannot_bypass_escaping(name: str) -> None:
    with pytest.raises(TemplateError, match=f"No filter named '{name}'"):
        jinja_environment().from_string(f"{{{{ x|{name} }}}}")


def test_a_name_that_the_context_lacks_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("trial")


def test_none_is_never_printed() -> None:
    with pytest.raises(TypeError, match="None"):
        render("trial", text=None)


def test_text_is_escaped_and_liquid_defused() -> None:
    expected = "<div>&lt;b&gt; {\u200c{ x }\u200c}</div>"

    assert render("trial", text="<b> {{ x }}") == expected


@pytest.mark.parametrize("name", ["filtered", "attribute"])
def test_liquid_is_defused_wherever_text_is_printed(name: str) -> None:
    assert "{\u200c{ x }\u200c} {\u200c%" in render(name, text="{{ x }} {% y %}")


@pytest.mark.parametrize(
    ("left", "right"), [("{", "{ x"), ("x }", "}"), ("{", "% x"), ("x %", "}")]
)
def test_values_side_by_side_make_no_liquid(left: str, right: str) -> None:
    assert left[-1] + right[0] not in render("pair", left=left, right=right)


def test_a_block_that_breaks_a_rule_is_refused_and_logged_without_its_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(BlockRefused) as caught:
        render("open", text="a secret")

    assert "Refused block open: structure" in caplog.text
    assert "secret" not in caplog.text + "".join(caught.value.messages)


def test_a_context_holds_no_markup() -> None:
    with pytest.raises(UnusableContext, match="Markup"):
        render("trial", text=Markup("<script>x</script>"))


def test_equal_input_gives_equal_bytes_and_each_instance_its_own_class() -> None:
    assert render("classed") == render("classed")
    assert render("classed") == f'<div class="{class_name("classed", "one")}">\na\n</div>'
    assert class_name("post", "one") != class_name("post", "two")
    assert class_name("post", "lone \ud800").startswith("kb-post-")


def test_long_lines_are_folded_at_spaces_outside_styles() -> None:
    style = "font-family:'Segoe UI', Arial;" * 5
    html = f'<p style="{style}">{"wörd " * 400}end</p><p style="{style}">a</p>'
    folded = fold_lines(strip_indentation(html))

    assert max(len(line.encode()) for line in folded.split("\n")) <= 998
    assert folded.replace("\n", " ") == html
    assert folded.count(style) == 2


def test_every_macro_file_compiles() -> None:
    for path in (TEMPLATES / "macros").glob("*.html"):
        jinja_environment().get_template(f"macros/{path.name}")


@pytest.mark.parametrize(("length", "warned"), [(10_000, False), (25_000, True)])
def test_a_warning_is_logged_for_a_large_block(
    length: int, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    render("trial", text="word " * (length // 5))
    assert bool(caplog.records) is warned
