"""Attack strings through every field of a block, judged by parsers that the gate does not use."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plugin_server.errors import SettingsInvalid
from plugin_server.rendering.styles import ELEMENTS, INHERITED

CORPUS = json.loads((Path(__file__).parents[1] / "corpus" / "attacks.json").read_text("utf-8"))
NESTED = {
    "formatting": "<b>" * 5_000 + "x",
    "boxes": "<div>" * 5_000 + "x" + "</div>" * 5_000,
    "attributes": "<p " + "a=b " * 10_000 + ">x",
    "angles": "<" * 10_000,
    "braces": "{" * 10_000 + "}" * 10_000,
}
ATTACKS = [attack for group in CORPUS.values() for attack in group] + list(NESTED.values())

Render = Callable[..., str]
Judge = Callable[[str], list[str]]


def placements(attack: str) -> Iterator[tuple[dict[str, Any], dict[str, Any], object]]:
    """Yield post fields, settings and styles, with ``attack`` in each place in turn."""
    yield {"title": attack, "description": attack, "thumbnail_alt": attack}, {}, None
    yield {"public_url": attack, "thumbnail_url": attack}, {}, None
    base = f"https://creator.example/{attack}"
    yield {"public_url": base, "thumbnail_url": base}, {"layout": "image_left"}, None
    yield {"description": None, "content": attack}, {"layout": "text_only"}, None
    yield {"description": None, "content": f"<p>{attack}</p>{{"}, {}, None
    yield {}, {"button_text": attack}, None
    yield {}, {"button_color": attack}, None
    yield {}, {"font": {"fontFamily": attack, "fontWeight": attack}}, None
    yield {}, {"font": {"fontFamily": f"Georgia, '{attack}'"}}, None
    yield {}, {"layout": attack}, None
    yield {}, {}, {element: dict.fromkeys(INHERITED, attack) for element in ELEMENTS}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: ascii(attack)[:40])
def test_no_attack_survives_in_any_field(
    attack: str,
    render: Render,
    account: Callable[..., Any],
    a_post: Callable[..., Any],
    judge: Judge,
) -> None:
    for post, settings, styles in placements(attack):
        try:
            html = render("post", {"post": "7", **settings}, account(a_post(**post)), styles)
        except SettingsInvalid:
            continue  # refused with a sentence
        assert judge(html) == []


def test_the_judge_sees_what_it_is_for(judge: Judge) -> None:
    for bad in (
        "<script>x</script>",
        "<p onclick=x>",
        "<a href='java\tscript:x'>a</a>",
        "<p style='color:u\\72l(x)'>",
        "<p title='url (x)'>",
        "<b>{</b>{ x",
        "{&#123;",
        "<!-- x -->",
    ):
        assert judge(bad), bad
