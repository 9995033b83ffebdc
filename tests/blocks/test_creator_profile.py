"""The Creator profile block: its parts, layouts, colors and links."""

from collections.abc import Callable
from typing import Any

import pytest
from selectolax.lexbor import LexborNode
from support.blocks.block_html import one, parse, style
from support.blocks.served import find

from plugin_server.errors import ContentNotFound, SettingsInvalid
from plugin_server.examples.block_examples import examples
from plugin_server.examples.sample_accounts import SampleAccount
from plugin_server.kit.api.models import CreatorProfile
from plugin_server.rendering.css_properties import readable_on
from plugin_server.rendering.email_styles import EmailStyles

Maker = Callable[..., Any]
BLOCK = find("creator_profile")
URL = "https://letters.example/me"
PHOTO = "https://images.example/me.png"
PROFILE = {
    "name": "Harbour Letters",
    "byline": "Maren Oakes",
    "bio": "Tides and boats.\r\nAnd bread.\n\n\n\nSundays.",
    "image_url": PHOTO,
    "profile_url": URL,
}
LAYOUTS = ["beside", "left", "center", "right"]
NOTHING = {"show_photo": False, "show_byline": False, "show_bio": False, "show_link": False}


@pytest.fixture
def someone(account: Maker) -> Maker:
    """Return a maker of accounts whose profile is filled in but for what a test changes."""
    return lambda **changes: account(profile=CreatorProfile(**{**PROFILE, **changes}))


@pytest.fixture
def block(render: Maker, someone: Maker) -> Maker:
    """Return a renderer for settings, with styles or another account."""

    def made(
        styles: object = None, account: SampleAccount | None = None, **settings: object
    ) -> str:
        html: str = render("creator_profile", settings, account or someone(), styles)
        return html

    return made


def paragraphs(html: str) -> list[str]:
    return [" ".join(p.text().split()) for p in parse(html).css("p")]


def links(html: str) -> set[str | None]:
    return {a.attributes["href"] for a in parse(html).css("a")}


# What there is to show.


def test_a_block_is_finished_without_any_choice(block: Maker) -> None:
    html = block()

    assert one(html, "h2 a").text() == "Harbour Letters"
    assert paragraphs(html) == [
        "Maren Oakes",
        "Tides and boats. And bread.",
        "Sundays.",
        "View my profile",
    ]
    assert len(parse(html).css("p br")) == 1
    photo = one(html, "a img")
    assert (photo.attributes["src"], photo.attributes["alt"]) == (PHOTO, "Harbour Letters")
    assert photo.attributes["width"] == "96"
    assert links(html) == {URL}
    assert {a.attributes["target"] for a in parse(html).css("a")} == {"_blank"}


@pytest.mark.parametrize("profile", [None, {}, {"name": " ", "bio": "\n", "profile_url": URL}])
def test_an_empty_profile_says_where_to_fill_it_in(
    account: Maker, block: Maker, profile: dict[str, str] | None
) -> None:
    empty = account(profile=None if profile is None else CreatorProfile(**profile))

    with pytest.raises(ContentNotFound, match=r"Fill it in in Kit's settings"):
        block(account=empty)


def test_a_block_with_everything_off_is_the_name(block: Maker) -> None:
    html = block(**NOTHING)

    assert one(html, "h2").text() == "Harbour Letters"
    assert not parse(html).css("p, img, a")


def test_what_is_left_must_be_something(block: Maker, someone: Maker) -> None:
    with pytest.raises(SettingsInvalid, match=r"Switch on the photo, the byline or the bio"):
        block(account=someone(name=None), **NOTHING)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("missing", [*PROFILE, None])
def test_what_is_missing_leaves_no_hole(
    someone: Maker, block: Maker, layout: str, missing: str | None
) -> None:
    gone = [missing] if missing else [name for name in PROFILE if name != "name"]
    html = block(account=someone(**dict.fromkeys(gone)), layout=layout)

    cells = parse(html).css("td")
    assert not [td for td in cells if not td.text(strip=True) and not td.css("img")]
    assert "None" not in html
    if missing in ("image_url", None):
        assert not parse(html).css("img, [class$=-column]")


def test_a_photo_beside_nothing_but_a_link_is_named_by_the_link(
    someone: Maker, block: Maker
) -> None:
    html = block(account=someone(name=None), link_text="About me")
    assert one(html, "a img").attributes["alt"] == "About me"
    html = block(account=someone(name=None), show_link=False)
    assert one(html, "img").attributes["alt"] == ""


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "mailto:me@letters.example"])
def test_without_an_address_nothing_is_linked(
    someone: Maker, block: Maker, url: str | None
) -> None:
    html = block(account=someone(profile_url=url))
    assert not parse(html).css("a")
    assert "View my profile" not in html


def test_an_unusable_photo_is_left_out(someone: Maker, block: Maker) -> None:
    assert not parse(block(account=someone(image_url="data:image/png,x"))).css("img")


def test_long_texts_are_shortened_at_a_word(someone: Maker, block: Maker) -> None:
    long = "word " * 400
    html = block(account=someone(name=long, byline=long, bio=long))

    texts = [one(html, "h2").text(), *paragraphs(html)[:2]]
    assert all(len(text) <= limit for text, limit in zip(texts, (120, 160, 600), strict=True))
    assert all(text.endswith("word…") for text in texts)
    assert one(html, "img").attributes["alt"] == texts[0]


# What a creator chooses.


@pytest.mark.parametrize(
    ("switch", "gone"),
    [("show_byline", "Maren Oakes"), ("show_bio", "Tides and boats. And bread.")],
)
def test_a_text_can_be_hidden(block: Maker, switch: str, gone: str) -> None:
    assert gone in paragraphs(block())
    assert gone not in paragraphs(block(**{switch: False}))


def test_the_photo_can_be_hidden(block: Maker) -> None:
    html = block(show_photo=False)
    assert not parse(html).css("img")
    assert "-column" not in html


def test_links_can_be_left_out(block: Maker) -> None:
    html = block(show_link=False)
    assert not parse(html).css("a")
    assert paragraphs(html)[-1] == "Sundays."
    assert len(parse(html).css("img")) == 1


def test_the_words_of_the_link_can_be_chosen(block: Maker) -> None:
    assert paragraphs(block(link_text="Who I am"))[-1] == "Who I am"


@pytest.mark.parametrize(
    ("shape", "size", "radius"),
    [
        (None, 96, "48px"),
        ("round", 160, "80px"),
        ("rounded", 48, "6px"),
        ("square", 48, None),
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_photo_has_the_chosen_shape_and_size(
    block: Maker, layout: str, shape: str | None, size: int, radius: str | None
) -> None:
    photo = one(block(photo_shape=shape, photo_size=size, layout=layout), "img")

    assert photo.attributes["width"] == str(size)
    assert style(photo)["width"] == f"{size}px"
    assert style(photo).get("border-radius") == radius


def columns(html: str) -> list[LexborNode]:
    return [td for td in parse(html).css("td") if "-column" in (td.attributes.get("class") or "")]


@pytest.mark.parametrize("size", range(48, 168, 8))
def test_a_photo_of_any_size_fits_beside_the_text(block: Maker, size: int) -> None:
    photo, words = map(style, columns(block(photo_size=size)))

    assert photo["display"] == words["display"] == "inline-block"
    shares = [int(column["width"].removesuffix("%")) for column in (photo, words)]
    assert sum(shares) == 100
    # In 540 px, the narrowest row where they stand side by side; and alone in 240 px.
    assert shares[0] * 540 >= (size + 20) * 100
    assert photo["min-width"] == f"{size + 20}px"
    assert size + 20 <= 240


def test_a_few_words_stand_in_the_middle_beside_the_photo(block: Maker) -> None:
    assert {td.attributes["valign"] for td in columns(block())} == {"top"}
    assert {td.attributes["valign"] for td in columns(block(show_bio=False))} == {"middle"}


@pytest.mark.parametrize(
    ("layout", "side"),
    [
        (None, "left"),
        ("beside", "left"),
        ("left", "left"),
        ("center", "center"),
        ("right", "right"),
    ],
)
def test_all_stands_on_the_chosen_side(block: Maker, layout: str | None, side: str) -> None:
    html = block(layout=layout)

    assert {td.attributes["align"] for td in parse(html).css("td")} == {side}
    assert bool(columns(html)) == (layout in (None, "beside"))


@pytest.mark.parametrize("layout", ["beside", "left"])
def test_right_to_left_text_mirrors_the_block(someone: Maker, block: Maker, layout: str) -> None:
    html = block(account=someone(name="מכתבים מהנמל", byline="מארן", bio=None), layout=layout)

    root = parse(html).root
    assert root is not None
    assert root.attributes["dir"] == "rtl"
    assert {td.attributes["align"] for td in parse(html).css("td")} == {"right"}
    assert [p.attributes["dir"] for p in parse(html).css("p")] == ["rtl", "ltr"]
    if layout == "beside":
        assert style(one(html, "[class$=-gutter]"))["padding-left"] == "20px"


def test_colors_are_those_of_the_email_unless_chosen(block: Maker) -> None:
    styles = {
        "p": {"color": "#222222"},
        "h2": {"color": "#333333"},
        "a": {"color": "#c8102e"},
    }
    html = block(styles)
    assert style(one(html, "h2"))["color"] == "#333333"
    assert style(parse(html).css("p")[0])["color"] == "#222222"
    assert style(one(html, "p a"))["color"] == "#c8102e"
    assert "bgcolor" not in html

    html = block(styles, text_color="#3a2a20", link_color="#7a1f3d")
    assert {style(node)["color"] for node in parse(html).css("h2, h2 a, img")} == {"#3a2a20"}
    assert style(one(html, "p a"))["color"] == "#7a1f3d"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("chosen", ["#1f4e5f", "#fdf1e3"])
def test_all_text_can_be_read_on_a_chosen_background(
    block: Maker, layout: str, chosen: str
) -> None:
    gray = {"color": "#808080"}
    html = block(
        {"p": gray, "h2": gray, "a": gray},
        layout=layout,
        background_color=chosen,
        text_color="#777777",
        link_color="#888888",
    )

    panel = parse(html).css_first("td")
    assert panel is not None
    assert panel.attributes["bgcolor"] == style(panel)["background-color"] == chosen
    texts = parse(html).css("h2, h2 a, p a, img, span")
    assert {style(node)["color"] for node in texts} == {readable_on(chosen)}


def test_a_transparent_background_is_none(block: Maker) -> None:
    assert block(background_color="transparent") == block()


def test_a_font_is_used_throughout_and_its_weight_for_the_name(block: Maker) -> None:
    html = block(font={"fontFamily": "Courier, monospace", "fontWeight": 300})

    assert {style(n)["font-family"] for n in parse(html).css("h2, p")} == {"Courier, monospace"}
    assert {style(n)["font-weight"] for n in parse(html).css("p")} == {"400"}
    assert style(one(html, "h2"))["font-weight"] == "300"


def test_every_example_stays_small() -> None:
    for example in examples(BLOCK):
        html = example.render(EmailStyles())
        assert len(html.encode()) < 6_000


def test_a_bio_of_many_short_paragraphs_stays_small(someone: Maker, block: Maker) -> None:
    assert len(block(account=someone(bio="a\n\n" * 600)).encode()) < 12_000
