"""Whatever creators type, and whatever the data of a subscriber or event is, what Kit sends is harmless."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blocks.personal import CONTEXT, DYNAMIC, EVERYTHING, filled, sent, templates

from plugin_server.rendering.context_shape import split_context
from plugin_server.rendering.email_cache import Email
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.personal import engine
from plugin_server.rendering.personal.fields import subscriber_field
from plugin_server.rendering.personal.personal_block import PersonalBlock
from plugin_server.rendering.personal.samples import Uses
from plugin_server.rendering.renderer import Renderer, prepare
from plugin_server.rendering.value_types import Url
from plugin_server.testing.html_judge import judge

pytestmark = pytest.mark.slow

HOSTILE = st.sampled_from(
    [
        *("{{ x }}", "{", "}", "%}", "{%", "{% raw %}", "{% endif %}", "{{", "}}", "%7B%7B", "&#123;{"),
        *("<script>alert(1)</script>", "\"'>", "' onerror=x", "</div></p>", "<!--", "-->", "<", "&lt;"),
        *("url(", "(", "l(x)", "url", "ur", "u", "rl(", " (", "javascript:alert(1)", "data:text/html,x"),
        *("https://a.example/", "https://{{ x }}/", "https://u@a.example/", 'https://a.example/"><b>'),
        *("\u202eabc", "\x00", "\x1a", "\x85", "\u2028", "\ufeff", "\uffff", "\n\n", " \t"),
        *("\u05d0", "\ud83d"),
        *("kb_1", "\\0", "\\1", "+", "%", "%20", "%E2%80%A8", "a" * 500),
    ]
)  # fmt: skip
# Kit's data is JSON, in UTF-8.
TEXTS = st.text(max_size=20) | HOSTILE.filter(lambda text: "\ud83d" not in text)
SCALARS = TEXTS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
VALUES = SCALARS | st.lists(TEXTS, max_size=2) | st.dictionaries(TEXTS, TEXTS, max_size=2)
URLS = VALUES | TEXTS.map(lambda path: f"https://shop.example/{path}")
ITEMS = st.fixed_dictionaries(
    {}, optional={"title": VALUES, "url": URLS, "tags": st.lists(VALUES, max_size=2) | VALUES}
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "items": st.lists(ITEMS | VALUES, max_size=3) | VALUES,
        "checkout_url": URLS,
        "customer": st.fixed_dictionaries({}, optional={"city": VALUES}) | VALUES,
    },
)
SUBSCRIBERS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("first_name", "company", "city", "email_address"), VALUES)
)
SETTINGS = st.fixed_dictionaries(
    dict.fromkeys(("fallback", "words", "expected"), st.text(max_size=20) | HOSTILE)
)
# Blocks by their look: preparing one takes longer than a filling.
_blocks: dict[object, PersonalBlock] = {}


def block_of(values: dict[str, object]) -> tuple[str, list[str]]:
    """Return the Liquid of a block, and the values that it is filled with."""
    context = {**CONTEXT, **values}
    shape, texts = split_context(context)
    texts.append("kb-trial-0")
    if shape not in _blocks:
        prepared = prepare("trial", context, DYNAMIC, colored=())
        assert isinstance(prepared, PersonalBlock)
        _blocks[shape] = prepared
    return _blocks[shape].fill(texts, Email(EmailStyles())), texts


def require_harmless(html: str) -> None:
    if html:
        assert judge(html) == []
    assert not any(mark in html for mark in ("{{", "{%", "}}", "%}"))


@pytest.fixture(scope="module", autouse=True)
def _everything() -> Any:
    with templates({"blocks/trial.html": EVERYTHING}):
        _blocks.clear()
        yield


@pytest.mark.slow
@given(SETTINGS, st.lists(st.tuples(SUBSCRIBERS, EVENTS), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_what_is_sent_is_harmless(values: dict[str, object], whom: list[tuple[Any, Any]]) -> None:
    # A creator without a fallback gets another block: the template demands one.
    values = {name: text if str(text).strip(" \t\n") else "x" for name, text in values.items()}
    html, _ = block_of(values)
    for subscriber, event in whom:
        require_harmless(sent(html, subscriber, event))


@pytest.mark.slow
@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=150, deadline=None)
def test_neighbouring_values_form_nothing_together(first: str, second: str, words: str) -> None:
    html, _ = block_of({"words": words.strip(" \t\n") and words or "x"})
    require_harmless(sent(html, {"first_name": first, "company": second, "city": first}))


@pytest.mark.slow
@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_a_value_that_means_nothing_to_html_or_liquid_is_shown_as_it_is(value: str) -> None:
    plain = "".join(char for char in value if char.isalnum())[:299]
    html, _ = block_of({"fallback": "friend"})
    shown = sent(html, {"first_name": plain, "company": "x"}, {"items": [{}]})
    assert f"<p>Hello {plain or 'friend'}, " in shown


def test_made_up_subscribers_are_harmless_too() -> None:
    _blocks.clear()
    html, texts = block_of({})
    [prepared] = _blocks.values()
    results = [
        sent(html, each.data.get("subscriber"), _event(each.data))
        for each in Uses(prepared.marks, texts).samples()
    ]
    for result in results:
        require_harmless(result)
    # Every branch is among them.
    for inside in (
        "<p>one ",
        "<h2>other</h2>",
        "<b>",
        "<i>",
        '<img src="https://shop',
        "<div>your notes",
    ):
        assert any(inside in result for result in results), inside


def _event(data: dict[str, Any]) -> Any:
    return data.get("automation", {}).get("our_app", {}).get("abandoned_cart")


def test_filling_a_known_look_renders_no_liquid() -> None:
    renderer = Renderer(megabytes=1)
    filled(renderer)
    called: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add(str(frame.f_globals.get("__name__")).partition(".")[0])

    sys.setprofile(note)
    try:
        html = filled(
            renderer, words="other words", fallback="reader", url=Url("https://b.example/")
        )
    finally:
        sys.setprofile(None)
    assert "other words" in html
    assert "plugin_server" in called
    assert not called & {"liquid", "jinja2", "selectolax"}


def renders(work: Callable[[], object]) -> int:
    """Return how many subscribers Liquid is rendered for while something runs."""
    number = 0

    def note(frame: FrameType, event: str, _: object) -> None:
        nonlocal number
        number += event == "call" and frame.f_code is engine.render.__code__

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return number


def test_another_look_with_known_liquid_is_rendered_for_few() -> None:
    renderer = Renderer(megabytes=1)
    assert renders(lambda: filled(renderer)) > 20
    assert renders(lambda: filled(renderer, words="\u05e9\u05dc\u05d5\u05dd")) == 3
    assert renders(lambda: filled(renderer, field=subscriber_field("city"))) > 20


def test_tests_and_the_preview_render_every_look_for_all() -> None:
    renderer = Renderer(megabytes=1, verifies=True)
    number = renders(lambda: filled(renderer))
    assert renders(lambda: filled(renderer, words="\u05e9\u05dc\u05d5\u05dd")) == number
    assert renders(lambda: filled(renderer, words="other")) == 3
