"""The Post block: its parts, layouts, colors and sizes."""

from collections.abc import Callable
from typing import Any

import pytest
from coloraide import Color
from support.blocks.block_html import one, parse, style
from support.blocks.served import find

from plugin_server.blocks.base import SearchQuery
from plugin_server.errors import ContentNotFound
from plugin_server.examples.block_examples import Example, examples
from plugin_server.kit.api.models import Broadcast
from plugin_server.kit.posts import from_broadcast
from plugin_server.rendering.css_properties import readable_on
from plugin_server.rendering.email_styles import EmailStyles

Maker = Callable[..., Any]
LAYOUTS = ["card", "image_left", "text_only"]
ANY = SearchQuery("")


def test_a_post_that_is_gone_gives_a_sentence_for_the_creator(account: Maker) -> None:
    block = find("post")

    with pytest.raises(ContentNotFound, match="deleted or unpublished. Choose another"):
        block.context(block.settings.parse({"post": "gone"}), account())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_block_shows_what_kit_knows_of_the_post(
    show_post: Maker, a_post: Maker, layout: str
) -> None:
    html = show_post(a_post(), {"layout": layout})

    assert one(html, "h2 a").text() == "A title"
    assert [p.text() for p in parse(html).css("p")] == ["October 8, 2024", "A description."]
    assert one(html, "td[bgcolor] a").text(strip=True) == "Read more"
    assert len(parse(html).css("img")) == (0 if layout == "text_only" else 1)
    assert {a.attributes["href"] for a in parse(html).css("a")} == {POST_URL}
    assert {a.attributes["target"] for a in parse(html).css("a")} == {"_blank"}


POST_URL = "https://creator.example/posts/a"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("missing", "absent"),
    [
        ({"public_url": None}, "a"),
        ({"public_url": "javascript:alert(1)"}, "a"),
        ({"thumbnail_url": None}, "img"),
        ({"thumbnail_url": "data:image/png;base64,x"}, "img"),
        ({"description": None, "content": None, "published_at": None}, "p"),
    ],
)
def test_what_is_missing_leaves_no_trace(
    show_post: Maker, a_post: Maker, layout: str, missing: dict[str, Any], absent: str
) -> None:
    html = show_post(a_post(**missing), {"layout": layout})

    assert not parse(html).css(absent)
    assert one(html, "h2").text() == "A title"
    assert not [td for td in parse(html).css("td") if not td.text(strip=True) and not td.css("img")]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("switched_off", "absent"),
    [
        ("show_image", "img"),
        ("show_date", "p:lexbor-contains('2024')"),
        ("show_description", "p:lexbor-contains('description')"),
        ("show_button", "td[bgcolor]"),
    ],
)
def test_what_a_creator_switches_off_leaves_no_trace(
    show_post: Maker, a_post: Maker, layout: str, switched_off: str, absent: str
) -> None:
    html = show_post(a_post(), {"layout": layout, switched_off: False})
    before = show_post(a_post(), {"layout": layout})

    assert not parse(html).css(absent)
    assert parse(before).css(absent) or (layout, absent) == ("text_only", "img")
    assert one(html, "h2 a").attributes["href"] == POST_URL
    assert not [td for td in parse(html).css("td") if not td.text(strip=True) and not td.css("img")]


def test_all_that_can_be_switched_off_may_be_off(show_post: Maker, a_post: Maker) -> None:
    names = ("show_image", "show_date", "show_description", "show_button")
    html = show_post(a_post(), dict.fromkeys(names, False))

    assert [td.text(strip=True) for td in parse(html).css("td td td")] == ["A title"]
    assert not parse(html).css("img, p")


def test_a_post_that_has_only_an_id_still_gives_a_block(show_post: Maker, a_post: Maker) -> None:
    bare = a_post(
        title=" ",
        public_url=None,
        description=None,
        published_at=None,
        thumbnail_url=None,
        thumbnail_alt=None,
    )

    assert [node.text(strip=True) for node in parse(show_post(bare)).css("td p, h2, a")] == [
        "Untitled"
    ]


def test_the_opening_of_the_content_stands_in_for_a_description(
    show_post: Maker, a_post: Maker
) -> None:
    html = show_post(
        a_post(description=" ", content="<style>p{}</style><p>Dear <b>reader</b>,</p>")
    )

    assert parse(html).css("p")[1].text() == "Dear reader,"


@pytest.mark.parametrize(
    ("post", "alt"),
    [
        ({}, "A picture"),
        ({"thumbnail_alt": None}, "A title"),
        ({"thumbnail_alt": None, "public_url": None}, ""),
        ({"thumbnail_alt": '"><script>'}, '"><script>'),
    ],
)
def test_a_picture_has_an_alternative(
    show_post: Maker, a_post: Maker, post: dict[str, Any], alt: str
) -> None:
    assert one(show_post(a_post(**post)), "img").attributes["alt"] == alt


@pytest.mark.parametrize("chosen", ["#000", "#fff", "yellow", "#777777", "rgb(200, 16, 46)"])
def test_a_button_can_be_read_and_pressed(show_post: Maker, a_post: Maker, chosen: str) -> None:
    html = show_post(a_post(), {"button_color": chosen, "button_text": "Los geht’s"})
    cell = one(html, "td[bgcolor]")
    link = style(one(html, "td[bgcolor] a"))

    color = cell.attributes["bgcolor"]
    assert color is not None
    assert color == style(cell)["background-color"] == link["background-color"]
    assert link["color"] == readable_on(color)
    heights = (link["line-height"], link["padding-top"], link["padding-bottom"])
    assert sum(int(height.removesuffix("px")) for height in heights) >= 44


def test_a_button_takes_the_first_brand_color_where_the_creator_chose_none(
    render: Maker, account: Maker, a_post: Maker
) -> None:
    branded = account(a_post(), colors=("#1f4e5f", "#e07a5f"))
    html = render("post", {"post": "7"}, branded, {"a": {"color": "#c8102e"}})
    chosen = render("post", {"post": "7", "button_color": "#123456"}, branded)

    assert one(html, "td[bgcolor]").attributes["bgcolor"] == "#1f4e5f"
    assert one(chosen, "td[bgcolor]").attributes["bgcolor"] == "#123456"


def test_a_button_takes_the_color_of_the_emails_links(show_post: Maker, a_post: Maker) -> None:
    html = show_post(a_post(), styles={"a": {"color": "rgb(200, 16, 46)"}})

    assert one(html, "td[bgcolor]").attributes["bgcolor"] == "#c8102e"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_background_but_the_buttons(show_post: Maker, a_post: Maker, layout: str) -> None:
    tree = parse(show_post(a_post(), {"layout": layout}))

    assert len(tree.css("[bgcolor]")) == 1
    assert len([n for n in tree.css("[style]") if "background-color" in style(n)]) == 2


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("behind", ["#000000", "#ffffff", "#777777", "#f6efe4", "#1f4e5f"])
@pytest.mark.parametrize("chosen", [None, "#fdfdfd", "#101010", "#c8102e"])
def test_all_text_can_be_read_on_a_background(
    show_post: Maker, a_post: Maker, layout: str, behind: str, chosen: str | None
) -> None:
    styles = {"p": {"color": "#2d2d2f"}, "h2": {"color": "#c8102e"}, "a": {"color": behind}}
    settings = {"layout": layout, "background_color": behind, "text_color": chosen}
    tree = parse(show_post(a_post(), settings, styles))
    [panel] = tree.css(f"td[bgcolor='{behind}']")

    assert style(panel)["background-color"] == behind
    for text in panel.css("h2, h2 a, p, img"):
        assert Color(style(text)["color"]).contrast(behind) >= 4.5
    assert Color(style(panel.css("td[bgcolor]")[-1])["background-color"]).contrast(behind) >= 3


def test_text_keeps_its_color_on_a_background_where_it_can_be_read(
    show_post: Maker, a_post: Maker
) -> None:
    styles = {"p": {"color": "#2d2d2f"}, "h2": {"color": "#7a1f3d"}}
    tree = parse(show_post(a_post(), {"background_color": "#f6efe4"}, styles))
    chosen = parse(show_post(a_post(), {"text_color": "#123456"}, styles))

    assert [style(node)["color"] for node in tree.css("h2, p")] == ["#7a1f3d", "#2d2d2f", "#2d2d2f"]
    assert {style(node)["color"] for node in chosen.css("h2, h2 a, p")} == {"#123456"}


def test_a_transparent_background_is_none(show_post: Maker, a_post: Maker) -> None:
    settings = {"background_color": "transparent"}

    assert show_post(a_post(), settings) == show_post(a_post())


def test_a_font_is_used_throughout_and_its_weight_for_the_title(
    show_post: Maker, a_post: Maker
) -> None:
    font = {"fontFamily": '"Courier New", Courier, monospace', "fontWeight": 300}
    html = show_post(a_post(), {"font": font})

    texts = parse(html).css("h2, p, td[bgcolor] a")
    assert {style(t)["font-family"].replace('"', "'") for t in texts} == {
        "'Courier New', Courier, monospace"
    }
    assert "&#" not in html
    assert [style(t)["font-weight"] for t in texts] == ["300", "400", "400", "600"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_right_to_left_text_mirrors_the_block(show_post: Maker, a_post: Maker, layout: str) -> None:
    html = show_post(a_post(title="כותרת", description="תיאור"), {"layout": layout})
    tree = parse(html)

    assert tree.root is not None
    assert tree.root.attributes["dir"] == "rtl"
    assert {td.attributes["align"] for td in tree.css("td")} == {"right", "center"}
    assert "text-align:left" not in html
    assert [p.attributes["dir"] for p in tree.css("p")] == ["ltr", "rtl"]


def test_columns_hold_without_the_media_query(show_post: Maker, a_post: Maker) -> None:
    html = show_post(a_post(), {"layout": "image_left"})
    columns = [
        td for td in parse(html).css("td") if "-column" in (td.attributes.get("class") or "")
    ]

    assert [td.attributes["width"] for td in columns] == ["36%", "64%"]
    assert {style(td)["display"] for td in columns} == {"inline-block"}
    assert sum(int(style(td)["min-width"].removesuffix("px")) for td in columns) < 480
    assert len(parse(html).css("style")) == 1


@pytest.mark.parametrize("example", [*examples(find("post"))], ids=lambda each: each.name)
def test_an_example_is_small(example: Example) -> None:
    assert len(example.render(EmailStyles()).encode()) < 10_000


def test_a_draft_from_before_there_were_toggles_looks_as_it_did(
    show_post: Maker, a_post: Maker
) -> None:
    old = {"layout": "card", "button_text": "Read more", "button_color": "#1f5fbf"}
    now = {"show_image": True, "show_date": True, "show_description": True, "show_button": True}

    assert show_post(a_post(), old) == show_post(a_post(), {**old, **now})


def test_a_broadcast_is_shown_without_link_and_button(show_post: Maker) -> None:
    sent = Broadcast(id=3, subject="A letter", preview_text="Dear reader")
    html = show_post(from_broadcast(sent))

    assert not parse(html).css("a, td[bgcolor]")
    assert one(html, "h2").text() == "A letter"
    assert one(html, "p").text() == "Dear reader"


def test_the_same_draft_gives_the_same_bytes(show_post: Maker, a_post: Maker) -> None:
    assert show_post(a_post(), {"layout": "image_left"}) == show_post(
        a_post(), {"layout": "image_left"}
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_block_stays_small(show_post: Maker, a_post: Maker, layout: str) -> None:
    html = show_post(a_post(title="Ж" * 5_000, description="ж " * 5_000), {"layout": layout})

    assert len(show_post(a_post(), {"layout": layout}).encode()) < 4_000
    assert len(html.encode()) < 10_000
    assert max(len(line.encode()) for line in html.split("\n")) <= 998
