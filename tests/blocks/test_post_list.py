"""The Post list block: columns, parts, colors and sizes."""

from collections.abc import Callable
from typing import Any

import pytest
from coloraide import Color
from selectolax.lexbor import LexborHTMLParser, LexborNode
from support.blocks.block_html import parse, style, texts
from support.blocks.served import find

from plugin_server.examples.block_examples import example_settings
from plugin_server.examples.example_files import TYPICAL
from plugin_server.examples.sample_accounts import typical_account

Maker = Callable[..., Any]
COLUMNS = ["1", "2", "3"]


def cells(node: LexborHTMLParser | LexborNode) -> list[LexborNode]:
    return [td for td in node.css("td") if "-column" in (td.attributes.get("class") or "")]


def rows(html: str) -> list[list[LexborNode]]:
    """Return the columns of each row, of which the first may hold a pair of columns."""
    found = [[td for td in cells(tr) if td.parent == tr] for tr in parse(html).css("tr")]
    paired = [td for row in found for column in row for td in pair(column)]
    return [row for row in found if row and row[0] not in paired]


def pair(column: LexborNode) -> list[LexborNode]:
    """Return the columns inside of one."""
    return [td for td in cells(column) if td != column]


def places(row: list[LexborNode]) -> list[LexborNode]:
    """Return the columns in which posts stand."""
    return [td for column in row for td in pair(column) or [column]]


def share(td: LexborNode) -> float:
    return int((td.attributes["width"] or "").removesuffix("%")) / 100


def width(td: LexborNode, outer: float) -> float:
    """Return the px that a column takes of the width around it."""
    return max(share(td) * outer, int(style(td).get("min-width", "0px").removesuffix("px")))


def test_without_any_choice_it_shows_the_three_newest_posts_below_each_other(
    show_list: Maker,
) -> None:
    html = show_list()

    assert texts(html, "h2 a") == ["Title 12", "Title 11", "Title 10"]
    assert texts(html, "p") == [
        *("December 8, 2024", "A description."),
        *("November 8, 2024", "A description."),
        *("October 8, 2024", "A description."),
    ]
    assert len(parse(html).css("img")) == 3
    assert [len(row) for row in rows(html)] == [2, 2, 2]


@pytest.mark.parametrize(
    ("columns", "count", "lengths"), [("2", 3, [2, 2]), ("3", 5, [3, 3]), ("3", 1, [3])]
)
def test_an_incomplete_row_keeps_the_widths_of_the_others(
    show_list: Maker, columns: str, count: int, lengths: list[int]
) -> None:
    found = [places(row) for row in rows(show_list(columns=columns, count=count))]
    widths = [[td.attributes["width"] for td in row] for row in found]
    empty = [td for row in found for td in row if not td.text(strip=True)]

    assert [len(row) for row in found] == lengths
    assert len({tuple(row) for row in widths}) == 1
    assert len(empty) == sum(lengths) - count
    assert not any("min-width" in style(td) or "padding-bottom" in style(td) for td in empty)


@pytest.mark.parametrize("columns", COLUMNS)
def test_columns_hold_without_the_media_query(show_list: Maker, columns: str) -> None:
    html = show_list(columns=columns, background_color="#ffffff", count=6)

    for row in rows(html):
        assert {style(td)["display"] for td in (*row, *places(row))} == {"inline-block"}
        # What a background leaves of 320 px.
        assert max(width(td, 0) for td in places(row)) <= 240
        # The width around each set of columns, as a share of what a row has.
        sets = [(row, 1.0), *((pair(td), share(td)) for td in row if pair(td))]
        for columns_, part in sets:
            # What phones leave of their width, down from the widest of them; and a usual email.
            for beside, outer in ((False, 335), (False, 400), (True, 540), (True, 600)):
                taken = sum(width(td, outer * part) for td in columns_)
                assert (taken <= outer * part) is beside, outer
    assert len(parse(html).css("style")) == 1


def test_images_beside_each_other_are_equally_wide_in_a_usual_email(show_list: Maker) -> None:
    for columns in ("2", "3"):
        [row, *_] = rows(show_list(columns=columns))
        widths = []
        for td in places(row):
            outer = 600 if td in row else share(row[0]) * 600
            gutters = [inner for inner in td.css("td") if "padding-right" in style(inner)]
            gutter = sum(int(style(g)["padding-right"].removesuffix("px")) for g in gutters)
            widths.append(round(share(td) * outer - gutter))
        assert len(widths) == int(columns)
        assert len(set(widths)) == 1
        assert {
            img.attributes["width"] for img in parse(show_list(columns=columns)).css("img")
        } == {str(widths[0])}


@pytest.mark.parametrize("columns", COLUMNS)
def test_all_rows_are_equally_far_apart(show_list: Maker, columns: str) -> None:
    found = [td for row in rows(show_list(columns=columns, count=6)) for td in places(row)]

    assert len({style(td)["padding-bottom"] for td in found}) == 1


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize(
    ("switched_off", "absent"),
    [
        ("show_image", "img"),
        ("show_date", "p:lexbor-contains('2024')"),
        ("show_description", "p:lexbor-contains('description')"),
    ],
)
def test_what_a_creator_switches_off_leaves_no_trace(
    show_list: Maker, columns: str, switched_off: str, absent: str
) -> None:
    assert parse(show_list(columns=columns)).css(absent)
    html = show_list(columns=columns, count=6, **{switched_off: False})

    assert not parse(html).css(absent)
    assert len(texts(html, "h2 a")) == 6
    assert not [td for td in parse(html).css("td") if not td.text(strip=True) and not td.css("img")]


@pytest.mark.parametrize("columns", COLUMNS)
def test_what_kit_does_not_know_leaves_no_trace(
    show_list: Maker, account: Maker, a_post: Maker, columns: str
) -> None:
    bare = {"public_url": None, "thumbnail_url": None, "description": None, "published_at": None}
    html = show_list(
        account(*[a_post(id=n, **bare) for n in (1, 2, 3)]), columns=columns, link_text="Read"
    )

    assert not parse(html).css("a, img, p")
    assert texts(html, "h2") == ["A title"] * 3


def test_a_heading_stands_above_smaller_ones(show_list: Maker) -> None:
    html = show_list(heading="In case you missed it")

    assert texts(html, "h2") == ["In case you missed it"]
    assert texts(html, "h3 a") == ["Title 12", "Title 11", "Title 10"]


def test_a_link_text_makes_a_link_below_each_post(show_list: Maker) -> None:
    tree = parse(show_list(link_text="Read it", link_color="#7a1f3d"))
    links = [a for a in tree.css("p a") if a.text() == "Read it"]

    assert [a.attributes["href"] for a in links] == [
        f"https://creator.example/posts/{n}" for n in (12, 11, 10)
    ]
    assert {style(a)["color"] for a in links} == {"#7a1f3d"}
    assert not parse(show_list()).css("p a")


def test_dates_are_in_the_language_that_the_creator_chose(show_list: Maker) -> None:
    assert texts(show_list(language="ja", count=1), "p")[0] == "2024年12月8日"


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("behind", ["#000000", "#ffffff", "#777777", "#1f4e5f"])
def test_all_text_can_be_read_on_a_background(show_list: Maker, columns: str, behind: str) -> None:
    styles = {"p": {"color": "#2d2d2f"}, "h3": {"color": "#c8102e"}, "a": {"color": "#145aa0"}}
    chosen = {"background_color": behind, "heading": "Heading", "link_text": "Read it"}
    tree = parse(show_list(styles=styles, columns=columns, **chosen))
    [panel] = tree.css("[bgcolor]")

    assert panel.attributes["bgcolor"] == style(panel)["background-color"] == behind
    for text in panel.css("h2, h3, h3 a, p, p a, img"):
        if "color" in style(text) and not text.css("a"):
            assert Color(style(text)["color"]).contrast(behind) >= 4.5


def test_text_takes_the_color_that_the_creator_chose(show_list: Maker) -> None:
    tree = parse(show_list(text_color="#123456", heading="Heading"))

    assert {style(node)["color"] for node in tree.css("h2, h3, h3 a, p")} == {"#123456"}


def test_a_font_is_used_throughout_and_its_weight_for_headings(show_list: Maker) -> None:
    font = {"fontFamily": "Georgia, serif", "fontWeight": "300"}
    tree = parse(show_list(font=font, heading="Heading", link_text="Read it", count=1))

    assert {style(node)["font-family"] for node in tree.css("h2, h3, p")} == {"Georgia, serif"}
    assert [style(node)["font-weight"] for node in tree.css("h2, h3, p")] == [
        *("300", "300"),
        *("400", "400", "400"),
    ]


@pytest.mark.parametrize("columns", COLUMNS)
def test_right_to_left_text_mirrors_the_block(
    show_list: Maker, account: Maker, a_post: Maker, columns: str
) -> None:
    posts = [a_post(id=n, title="כותרת", description="תיאור") for n in range(1, 7)]
    html = show_list(account(*posts), columns=columns, count=6)
    tree = parse(html)

    assert tree.root is not None
    assert tree.root.attributes["dir"] == "rtl"
    assert {td.attributes["align"] for td in tree.css("td")} == {"right"}
    assert "text-align:left" not in html
    assert "padding-right" not in html.split("</style>")[1]


def test_a_typical_list_is_small(render: Maker) -> None:
    settings = example_settings(find("post_list"), TYPICAL)
    full = {**settings, "link_text": "Read more"}

    assert len(render("post_list", settings, typical_account()).encode()) < 10_000
    assert len(render("post_list", full, typical_account()).encode()) < 10_000


LONG_FONT = "'Helvetica Neue', " * 7 + "Helvetica, Arial, sans-serif"


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("text", ["Ж" * 5_000, "ж " * 5_000, "<&\"'{{%}} " * 500, "长" * 5_000])
def test_ten_very_long_posts_are_cut_until_they_fit(
    show_list: Maker, account: Maker, a_post: Maker, columns: str, text: str
) -> None:
    long = {"title": text, "description": text, "thumbnail_alt": text}
    posts = [a_post(id=n, **long) for n in range(1, 11)]
    styles = {name: {"font-family": LONG_FONT} for name in ("p", "h2", "h3")}
    settings = {"columns": columns, "count": 10, "heading": text[:500], "link_text": text[:500]}
    html = show_list(account(*posts), styles, **settings)

    assert len(html.encode()) < 40_000
    assert len(texts(html, "h3")) == 10


def test_words_of_ten_long_posts_in_a_usual_email_stay(
    show_list: Maker, account: Maker, a_post: Maker
) -> None:
    posts = [a_post(id=n, title="ж " * 200, description="ж " * 200) for n in range(1, 11)]

    assert len([p for p in texts(show_list(account(*posts), count=10), "p") if "ж" in p]) == 10


@pytest.mark.parametrize("length", [900, 1900])
def test_urls_that_fill_an_email_leave_room_for_fewer_posts(
    show_list: Maker, account: Maker, a_post: Maker, length: int
) -> None:
    url = f"https://creator.example/{'a' * length}"
    posts = [a_post(id=n, public_url=url, thumbnail_url=url) for n in range(1, 11)]
    html = show_list(account(*posts), count=10, link_text="Read more")

    assert 1 <= len(texts(html, "h2")) < 10
    assert len(html.encode()) < 40_000
