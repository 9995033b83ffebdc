"""The Subscriber count block: the sentence, the number and its rounding, layouts."""

from collections.abc import Callable
from typing import Any

import pytest
from selectolax.lexbor import LexborNode
from support.blocks.block_html import parse, style
from support.blocks.served import find

from plugin_server.errors import ContentNotFound, SettingsInvalid
from plugin_server.examples.block_examples import examples
from plugin_server.examples.sample_accounts import SampleAccount
from plugin_server.kit.posts import Posts
from plugin_server.rendering.css_properties import readable_on
from plugin_server.rendering.email_styles import EmailStyles

Maker = Callable[..., Any]
BLOCK = find("subscriber_count")
LAYOUTS = ["sentence", "big_number", "badge"]
HEBREW = "הצטרפו אל [number] קוראים"


@pytest.fixture
def block(render: Maker) -> Maker:
    """Return a renderer for settings, with styles or another number or account."""

    def made(
        styles: object = None,
        count: int | None = 12_480,
        account: SampleAccount | None = None,
        **settings: object,
    ) -> str:
        shown = account or SampleAccount(Posts((), is_whole=True), subscribers=count)
        html: str = render("subscriber_count", settings, shown, styles)
        return html

    return made


def texts(html: str) -> list[str]:
    return [p.text() for p in parse(html).css("p")]


def painted(html: str) -> LexborNode:
    [node] = parse(html).css("[bgcolor]")
    return node


# The number.


def test_a_block_is_finished_without_any_choice(block: Maker) -> None:
    assert texts(block()) == ["Join 12,480 readers"]


@pytest.mark.parametrize(
    ("count", "rounding", "shown"),
    [
        (12_480, None, "12,480"),
        (12_480, "exact", "12,480"),
        (12_480, "hundreds", "12,400"),
        (12_480, "thousands", "12,000"),
        (12_480, "short", "12.4K"),
        (12_999, "thousands", "12,000"),
        (1_999, "short", "1.9K"),
        (100, "hundreds", "100"),
        # Never to nothing.
        (80, "hundreds", "80"),
        (999, "thousands", "999"),
        (1, "short", "1"),
    ],
)
def test_a_number_is_only_rounded_down(
    block: Maker, count: int, rounding: str | None, shown: str
) -> None:
    assert texts(block(count=count, rounding=rounding)) == [f"Join {shown} readers"]


def test_a_number_is_written_in_the_chosen_language(block: Maker) -> None:
    assert texts(block(language="de")) == ["Join 12.480 readers"]
    assert texts(block(language="es", rounding="short")) == ["Join 12,4\xa0mil readers"]


@pytest.mark.parametrize(
    ("count", "advice"),
    [(0, "You have no subscribers yet"), (-3, "no subscribers yet"), (None, "Kit does not say")],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_said_where_there_is_nothing_to_tell(
    block: Maker, count: int | None, advice: str, layout: str
) -> None:
    with pytest.raises(ContentNotFound, match=advice):
        block(count=count, layout=layout)


# The sentence.


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("We are [number]!", "We are 12,480!"),
        ("[NUMBER] and [ number ]", "12,480 and 12,480"),
        ("{{[number]}}", "{\u200c{12,480}\u200c}"),
        (r"\1 [number] \g<0>", r"\1 12,480 \g<0>"),
    ],
)
def test_the_number_stands_where_the_creator_wants_it(
    block: Maker, sentence: str, shown: str
) -> None:
    assert texts(block(sentence=sentence)) == [shown]
    assert texts(block(sentence=sentence, layout="badge")) == [shown]


@pytest.mark.parametrize("sentence", ["Join our readers", "Join # readers", "Join [numbers]"])
def test_a_sentence_without_a_place_for_the_number_says_how_to_add_it(
    block: Maker, sentence: str
) -> None:
    for layout in ("sentence", "badge"):
        with pytest.raises(SettingsInvalid, match=r'"Sentence".*Write \[number\] there'):
            block(sentence=sentence, layout=layout)
    assert texts(block(sentence=sentence, layout="big_number")) == ["12,480", sentence]


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("Join [number] readers", ["Join", "12,480", "readers"]),
        ("Join [number]+ readers.", ["Join", "12,480+", "readers."]),
        ("[number] readers", ["12,480", "readers"]),
        ("Readers: [number]", ["Readers:", "12,480"]),
        ("[number]", ["12,480"]),
        ("[number]人の読者", ["12,480", "人の読者"]),
        ("([number])", ["(12,480)"]),
        ("[number] of [number]", ["12,480", "of 12,480"]),
    ],
)
def test_a_big_number_stands_between_the_words(
    block: Maker, sentence: str, parts: list[str]
) -> None:
    html = block(sentence=sentence, layout="big_number")

    assert texts(html) == parts
    sizes = [style(p)["font-size"] for p in parse(html).css("p")]
    assert [size == "44px" for size in sizes] == ["480" in part[:7] for part in parts]


# The looks.


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("alignment", ["left", "center", "right"])
def test_a_block_stands_on_the_chosen_side(block: Maker, layout: str, alignment: str) -> None:
    html = block(layout=layout, alignment=alignment)

    cells = [td for td in parse(html).css("td") if td.attributes.get("bgcolor") is None]
    assert {td.attributes["align"] for td in cells} == {alignment}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_right_to_left_text_begins_on_the_right(block: Maker, layout: str) -> None:
    html = block(layout=layout, sentence=HEBREW, language="he")

    root = parse(html).root
    assert root is not None
    assert root.attributes["dir"] == "rtl"
    assert "text-align:left" not in html


def test_colors_are_those_of_the_email_unless_chosen(block: Maker) -> None:
    styles = {"p": {"color": "#222222"}, "h2": {"color": "#333333"}}

    def colors(**settings: object) -> list[str]:
        html = block(styles, layout="big_number", **settings)
        return [style(p)["color"] for p in parse(html).css("p")]

    assert colors() == ["#222222", "#333333", "#222222"]
    assert colors(text_color="#3a2a20") == ["#3a2a20"] * 3
    assert colors(number_color="#7a1f3d") == ["#222222", "#7a1f3d", "#222222"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("chosen", ["#1f4e5f", "#fdf1e3"])
def test_all_text_can_be_read_on_a_chosen_background(
    block: Maker, layout: str, chosen: str
) -> None:
    gray = {"color": "#808080"}
    html = block(
        {"p": gray, "h2": gray},
        layout=layout,
        background_color=chosen,
        text_color="#777777",
        number_color="#888888",
    )

    assert painted(html).attributes["bgcolor"] == style(painted(html))["background-color"] == chosen
    assert {style(n)["color"] for n in parse(html).css("p, span")} == {readable_on(chosen)}


def test_a_badge_takes_the_creators_color_then_the_brands_then_that_of_links(
    block: Maker, account: Maker
) -> None:
    branded = account(subscribers=12_480, colors=("#1f4e5f",))
    styles = {"a": {"color": "rgb(200, 16, 46)"}}

    def color(**given: Any) -> str | None:
        return painted(block(styles, layout="badge", **given)).attributes["bgcolor"]

    assert color(account=branded, background_color="#7a1f3d") == "#7a1f3d"
    assert color(account=branded, background_color="transparent") == "#1f4e5f"
    assert color(account=branded) == "#1f4e5f"
    assert color() == "#c8102e"
    assert painted(block(layout="badge")).attributes["bgcolor"] == "#1f5fbf"


@pytest.mark.parametrize("layout", ["sentence", "big_number"])
def test_without_a_background_the_emails_own_shows(
    block: Maker, account: Maker, layout: str
) -> None:
    branded = account(subscribers=12_480, colors=("#1f4e5f",))
    for chosen in (None, "transparent"):
        html = block(account=branded, layout=layout, background_color=chosen)
        assert "bgcolor" not in html


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_font_is_used_throughout(block: Maker, layout: str) -> None:
    html = block(layout=layout, font={"fontFamily": "Courier, monospace", "fontWeight": 300})

    assert {style(p)["font-family"] for p in parse(html).css("p")} == {"Courier, monospace"}
    assert "300" in {style(p)["font-weight"] for p in parse(html).css("p")}


def test_every_example_stays_small() -> None:
    for example in examples(BLOCK):
        html = example.render(EmailStyles())
        assert len(html.encode()) < 3_000
