"""The Post block: what a creator finds, and what readers get."""

import locale
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import tinycss2
from coloraide import Color
from selectolax.lexbor import LexborHTMLParser, LexborNode

from plugin_server.blocks import find
from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.errors import ContentNotFound, NotFound
from plugin_server.examples.block_examples import Example, examples
from plugin_server.examples.sample_accounts import SampleAccount
from plugin_server.kit.api.models import Broadcast
from plugin_server.kit.posts import PublishedPost, from_broadcast
from plugin_server.rendering.css import readable_on
from plugin_server.rendering.styles import EmailStyles

Maker = Callable[..., Any]
LAYOUTS = ["card", "image_left", "text_only"]
ANY = SearchQuery("")


def parse(html: str) -> LexborHTMLParser:
    return LexborHTMLParser(html, is_fragment=True)


def one(html: str, selector: str) -> LexborNode:
    [node] = parse(html).css(selector)
    return node


def style(node: LexborNode) -> dict[str, str]:
    nodes = tinycss2.parse_declaration_list(node.attributes["style"] or "", skip_whitespace=True)
    return {n.name: tinycss2.serialize(n.value).strip() for n in nodes}


@pytest.fixture
def show(render: Maker, account: Maker) -> Maker:
    """Return a renderer of the block: a post, raw settings, raw styles."""

    def show(
        post: PublishedPost, settings: Mapping[str, object] | None = None, styles: object = None
    ) -> str:
        return str(render("post", {"post": post.value, **(settings or {})}, account(post), styles))

    return show


def test_a_post_that_is_gone_is_told_in_a_creators_words(account: Maker) -> None:
    block = find("post")

    with pytest.raises(ContentNotFound, match="deleted or unpublished. Choose another"):
        block.context(block.settings.parse({"post": "gone"}), account())


def test_another_search_field_is_not_found(account: Maker, a_post: Maker) -> None:
    with pytest.raises(NotFound):
        find("post").search("layout", SearchQuery(""), account(a_post()))


def test_an_account_without_posts_is_told_what_to_do(account: Maker) -> None:
    with pytest.raises(ContentNotFound, match="no published posts yet"):
        find("post").search("post", SearchQuery(""), account())


def test_a_search_tells_equal_titles_apart(account: Maker, a_post: Maker) -> None:
    older = a_post(id=6, published_at=datetime(2024, 10, 7, tzinfo=UTC))
    options = find("post").search("post", SearchQuery(""), account(a_post(), older))

    assert [(o.label, o.value) for o in options] == [
        ("A title · October 8, 2024", "7"),
        ("A title · October 7, 2024", "6"),
    ]


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("America/New_York", ("October 7, 2024", "October 6, 2024")),
        ("America/St_Johns", ("October 8, 2024", "October 6, 2024")),
        ("Europe/Berlin", ("October 8, 2024", "October 7, 2024")),
        ("Pacific/Kiritimati", ("October 8, 2024", "October 7, 2024")),
    ],
)
def test_a_search_tells_equal_titles_apart_by_days_of_the_accounts_zone(
    account: Maker, a_post: Maker, zone: str, days: tuple[str, str]
) -> None:
    older = a_post(id=6, published_at=datetime(2024, 10, 7, tzinfo=UTC))
    another = a_post(id=5, title="Another", published_at=datetime(2024, 10, 6, tzinfo=UTC))
    kit = account(a_post(), older, another, zone=ZoneInfo(zone))
    search = find("post").search
    for query in (ANY, SearchQuery("titl"), SearchQuery("", ("7", "6"))):
        labels = [option.label for option in search("post", query, kit)]
        assert labels[:2] == [f"A title · {day}" for day in days]
    # The creator has moved.
    labels = [option.label for option in search("post", ANY, replace(kit, zone=UTC))]
    assert labels == ["A title · October 8, 2024", "A title · October 7, 2024", "Another"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_block_shows_what_kit_knows_of_the_post(show: Maker, a_post: Maker, layout: str) -> None:
    html = show(a_post(), {"layout": layout})

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
    show: Maker, a_post: Maker, layout: str, missing: dict[str, Any], absent: str
) -> None:
    html = show(a_post(**missing), {"layout": layout})

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
    show: Maker, a_post: Maker, layout: str, switched_off: str, absent: str
) -> None:
    html = show(a_post(), {"layout": layout, switched_off: False})
    before = show(a_post(), {"layout": layout})

    assert not parse(html).css(absent)
    assert parse(before).css(absent) or (layout, absent) == ("text_only", "img")
    assert one(html, "h2 a").attributes["href"] == POST_URL
    assert not [td for td in parse(html).css("td") if not td.text(strip=True) and not td.css("img")]


def test_all_that_can_be_switched_off_may_be_off(show: Maker, a_post: Maker) -> None:
    names = ("show_image", "show_date", "show_description", "show_button")
    html = show(a_post(), dict.fromkeys(names, False))

    assert [td.text(strip=True) for td in parse(html).css("td td td")] == ["A title"]
    assert not parse(html).css("img, p")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (None, "October 8, 2024"),
        ("en_GB", "8 October 2024"),
        ("es", "8 de octubre de 2024"),
        ("ja", "2024年10月8日"),
    ],
)
def test_a_date_is_in_the_language_that_the_creator_chose(
    show: Maker, a_post: Maker, language: str | None, expected: str
) -> None:
    assert parse(show(a_post(), {"language": language})).css("p")[0].text() == expected


def test_every_language_that_is_offered_has_dates_of_its_own(show: Maker, a_post: Maker) -> None:
    [setting] = [each for each in find("post").settings.settings if each.name == "language"]
    dates = {
        language: parse(show(a_post(), {"language": language})).css("p")[0].text()
        for language in setting.options
    }

    assert len(setting.options) > 20
    assert [language for language, date in dates.items() if "October" in date] == ["en_US", "en_GB"]


def test_a_post_that_has_only_an_id_still_gives_a_block(show: Maker, a_post: Maker) -> None:
    bare = a_post(
        title=" ",
        public_url=None,
        description=None,
        published_at=None,
        thumbnail_url=None,
        thumbnail_alt=None,
    )

    assert [node.text(strip=True) for node in parse(show(bare)).css("td p, h2, a")] == ["Untitled"]


def test_the_opening_of_the_content_stands_in_for_a_description(show: Maker, a_post: Maker) -> None:
    html = show(a_post(description=" ", content="<style>p{}</style><p>Dear <b>reader</b>,</p>"))

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
    show: Maker, a_post: Maker, post: dict[str, Any], alt: str
) -> None:
    assert one(show(a_post(**post)), "img").attributes["alt"] == alt


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 10, 8, 23, 59, tzinfo=UTC),
        datetime(2024, 10, 9, 1, tzinfo=timezone(timedelta(hours=2))),
        datetime(2024, 10, 8),
    ],
)
def test_without_a_zone_the_date_is_that_of_utc(
    show: Maker, a_post: Maker, moment: datetime
) -> None:
    assert parse(show(a_post(published_at=moment))).css("p")[0].text() == "October 8, 2024"


@pytest.mark.parametrize(
    ("zone", "moment", "language", "date"),
    [
        ("America/New_York", "2026-03-02T03:30:00Z", "en_US", "March 1, 2026"),
        ("America/New_York", "2026-03-02T05:00:00Z", "en_US", "March 2, 2026"),
        ("America/New_York", "2026-03-09T04:30:00Z", "de", "9. März 2026"),
        ("America/St_Johns", "2026-07-01T02:29:00Z", "fr", "30 juin 2026"),
        ("Pacific/Pago_Pago", "2027-01-01T10:59:00Z", "es", "31 de diciembre de 2026"),
        ("Asia/Kolkata", "2028-02-28T18:30:00Z", "en_GB", "29 February 2028"),
        ("Pacific/Kiritimati", "2026-12-31T10:00:00Z", "en_US", "January 1, 2027"),
    ],
)
def test_the_date_is_that_of_the_accounts_zone(
    render: Maker, account: Maker, a_post: Maker, zone: str, moment: str, language: str, date: str
) -> None:
    kit = account(a_post(published_at=moment), zone=ZoneInfo(zone))
    html = render("post", {"post": "7", "language": language}, kit)
    assert parse(html).css("p")[0].text() == date


class Dateless(SampleAccount):
    """An account whose zone nobody may ask for."""

    def time_zone(self) -> tzinfo:
        pytest.fail("nobody has to wait for the zone")


@pytest.mark.parametrize(("block", "setting"), [("post", "post"), ("post_list", "posts")])
def test_a_block_without_dates_does_not_wait_for_the_zone(
    render: Maker, account: Maker, a_post: Maker, block: str, setting: str
) -> None:
    kit = Dateless(**vars(account(a_post(), a_post(id=6, title="Another"))))
    settings = {"post": "7", "show_date": False}
    assert "A title" in render(block, settings, kit)
    options = find(block).search(setting, ANY, kit)
    assert [option.label for option in options] == ["A title", "Another"]


def test_the_date_does_not_follow_the_locale_of_the_process(show: Maker, a_post: Maker) -> None:
    before = locale.setlocale(locale.LC_TIME)
    try:
        locale.setlocale(locale.LC_TIME, "C.UTF-8")
        html = show(a_post())
    finally:
        locale.setlocale(locale.LC_TIME, before)

    assert "October 8, 2024" in html


@pytest.mark.parametrize("chosen", ["#000", "#fff", "yellow", "#777777", "rgb(200, 16, 46)"])
def test_a_button_can_be_read_and_pressed(show: Maker, a_post: Maker, chosen: str) -> None:
    html = show(a_post(), {"button_color": chosen, "button_text": "Los geht’s"})
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


def test_a_button_takes_the_color_of_the_emails_links(show: Maker, a_post: Maker) -> None:
    html = show(a_post(), styles={"a": {"color": "rgb(200, 16, 46)"}})

    assert one(html, "td[bgcolor]").attributes["bgcolor"] == "#c8102e"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_background_but_the_buttons(show: Maker, a_post: Maker, layout: str) -> None:
    tree = parse(show(a_post(), {"layout": layout}))

    assert len(tree.css("[bgcolor]")) == 1
    assert len([n for n in tree.css("[style]") if "background-color" in style(n)]) == 2


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("behind", ["#000000", "#ffffff", "#777777", "#f6efe4", "#1f4e5f"])
@pytest.mark.parametrize("chosen", [None, "#fdfdfd", "#101010", "#c8102e"])
def test_all_text_can_be_read_on_a_background(
    show: Maker, a_post: Maker, layout: str, behind: str, chosen: str | None
) -> None:
    styles = {"p": {"color": "#2d2d2f"}, "h2": {"color": "#c8102e"}, "a": {"color": behind}}
    settings = {"layout": layout, "background_color": behind, "text_color": chosen}
    tree = parse(show(a_post(), settings, styles))
    [panel] = tree.css(f"td[bgcolor='{behind}']")

    assert style(panel)["background-color"] == behind
    for text in panel.css("h2, h2 a, p, img"):
        assert Color(style(text)["color"]).contrast(behind) >= 4.5
    assert Color(style(panel.css("td[bgcolor]")[-1])["background-color"]).contrast(behind) >= 3


def test_text_keeps_its_color_on_a_background_where_it_can_be_read(
    show: Maker, a_post: Maker
) -> None:
    styles = {"p": {"color": "#2d2d2f"}, "h2": {"color": "#7a1f3d"}}
    tree = parse(show(a_post(), {"background_color": "#f6efe4"}, styles))
    chosen = parse(show(a_post(), {"text_color": "#123456"}, styles))

    assert [style(node)["color"] for node in tree.css("h2, p")] == ["#7a1f3d", "#2d2d2f", "#2d2d2f"]
    assert {style(node)["color"] for node in chosen.css("h2, h2 a, p")} == {"#123456"}


def test_a_transparent_background_is_none(show: Maker, a_post: Maker) -> None:
    settings = {"background_color": "transparent"}

    assert show(a_post(), settings) == show(a_post())


def test_a_font_is_used_throughout_and_its_weight_for_the_title(show: Maker, a_post: Maker) -> None:
    font = {"fontFamily": '"Courier New", Courier, monospace', "fontWeight": 300}
    html = show(a_post(), {"font": font})

    texts = parse(html).css("h2, p, td[bgcolor] a")
    assert {style(t)["font-family"].replace('"', "'") for t in texts} == {
        "'Courier New', Courier, monospace"
    }
    assert "&#" not in html
    assert [style(t)["font-weight"] for t in texts] == ["300", "400", "400", "600"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_right_to_left_text_mirrors_the_block(show: Maker, a_post: Maker, layout: str) -> None:
    html = show(a_post(title="כותרת", description="תיאור"), {"layout": layout})
    tree = parse(html)

    assert tree.root is not None
    assert tree.root.attributes["dir"] == "rtl"
    assert {td.attributes["align"] for td in tree.css("td")} == {"right", "center"}
    assert "text-align:left" not in html
    assert [p.attributes["dir"] for p in tree.css("p")] == ["ltr", "rtl"]


def test_columns_hold_without_the_media_query(show: Maker, a_post: Maker) -> None:
    html = show(a_post(), {"layout": "image_left"})
    columns = [
        td for td in parse(html).css("td") if "-column" in (td.attributes.get("class") or "")
    ]

    assert [td.attributes["width"] for td in columns] == ["36%", "64%"]
    assert {style(td)["display"] for td in columns} == {"inline-block"}
    assert sum(int(style(td)["min-width"].removesuffix("px")) for td in columns) < 480
    assert len(parse(html).css("style")) == 1


@pytest.mark.parametrize("example", [*examples(find("post"))], ids=lambda each: each.name)
def test_an_example_is_small_enough_and_harmless(
    example: Example, judge: Callable[[str], list[str]]
) -> None:
    html = example.render(EmailStyles())

    assert judge(html) == []
    assert len(html.encode()) < 10_000


def test_a_draft_from_before_there_were_toggles_looks_as_it_did(show: Maker, a_post: Maker) -> None:
    old = {"layout": "card", "button_text": "Read more", "button_color": "#1f5fbf"}
    now = {"show_image": True, "show_date": True, "show_description": True, "show_button": True}

    assert show(a_post(), old) == show(a_post(), {**old, **now})


def test_a_broadcast_is_shown_without_link_and_button(show: Maker) -> None:
    sent = Broadcast(id=3, subject="A letter", preview_text="Dear reader")
    html = show(from_broadcast(sent))

    assert not parse(html).css("a, td[bgcolor]")
    assert one(html, "h2").text() == "A letter"
    assert one(html, "p").text() == "Dear reader"


def test_a_stored_choice_finds_its_label_again(account: Maker, a_post: Maker) -> None:
    posts = [a_post(id=n, title=f"Title {n}") for n in range(1, 60)]
    query = SearchQuery("55", values=("55",))

    assert find("post").search("post", query, account(*posts)) == [Option("Title 55", "55")]


def test_the_same_draft_gives_the_same_bytes(show: Maker, a_post: Maker) -> None:
    assert show(a_post(), {"layout": "image_left"}) == show(a_post(), {"layout": "image_left"})


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_block_stays_small(show: Maker, a_post: Maker, layout: str) -> None:
    html = show(a_post(title="Ж" * 5_000, description="ж " * 5_000), {"layout": layout})

    assert len(show(a_post(), {"layout": layout}).encode()) < 4_000
    assert len(html.encode()) < 10_000
    assert max(len(line.encode()) for line in html.split("\n")) <= 998


def test_creators_who_are_served_at_once_get_their_own_blocks(show: Maker, a_post: Maker) -> None:
    def block(n: int) -> tuple[int, str]:
        content = f"<p>{'<b>' * 50}Only for {n}{'</b>' * 50}</p><script>{n}</script>"
        post = a_post(title=f"Title {n}", description=None, content=content)
        return n, show(post, {"button_color": f"#{n:06x}", "button_text": f"Button {n}"})

    with ThreadPoolExecutor(16) as pool:
        for n, html in pool.map(block, range(400)):
            assert one(html, "h2").text() == f"Title {n}"
            assert parse(html).css("p")[1].text() == f"Only for {n}"
            assert one(html, "td[bgcolor] a").text(strip=True) == f"Button {n}"
            assert one(html, "td[bgcolor]").attributes["bgcolor"] == f"#{n:06x}"
