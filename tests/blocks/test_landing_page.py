"""The Landing page block: its search, its parts, colors and links."""

from collections.abc import Callable
from typing import Any

import pytest
from selectolax.lexbor import LexborNode
from support.blocks.block_html import one, parse, style
from support.blocks.served import find

from plugin_server.blocks.base import SearchQuery
from plugin_server.errors import ContentNotFound, SettingsInvalid
from plugin_server.examples.block_examples import examples
from plugin_server.examples.sample_accounts import SampleAccount
from plugin_server.kit.catalog import FormKind, PublishedForm
from plugin_server.rendering.css_properties import readable_on
from plugin_server.rendering.email_styles import EmailStyles

Maker = Callable[..., Any]
BLOCK = find("landing_page")
LANDING = PublishedForm("2", "landing_page", "Tide tables", "https://tides.example/")
FORM = PublishedForm("1", "form", "The letter", "https://letter.example/join")


@pytest.fixture
def kit(account: Maker) -> SampleAccount:
    made: SampleAccount = account(all_forms=(LANDING, FORM))
    return made


@pytest.fixture
def block(render: Maker, kit: SampleAccount) -> Maker:
    """Return a renderer of the landing page, for settings, with styles or another account."""

    def made(styles: object = None, account: SampleAccount = kit, **settings: object) -> str:
        html: str = render("landing_page", {"page": "2", **settings}, account, styles)
        return html

    return made


def panel(html: str) -> LexborNode:
    found = parse(html).css_first("td")
    assert found is not None
    return found


def button(html: str) -> LexborNode:
    return one(html, "table table td[bgcolor]")


def search(text: str, account: SampleAccount, **dependencies: object) -> list[tuple[str, str]]:
    query = SearchQuery(text, (text,), dependencies)
    return [(each.label, each.value) for each in BLOCK.search("page", query, account)]


# What a creator finds.


@pytest.mark.parametrize(
    ("dependencies", "found"),
    [
        ({}, ("Tide tables", "2")),
        ({"kind": None}, ("Tide tables", "2")),
        ({"kind": ["form"]}, ("Tide tables", "2")),
        ({"kind": "landing_page"}, ("Tide tables", "2")),
        ({"kind": "form"}, ("The letter", "1")),
    ],
)
def test_a_search_finds_what_the_creator_links_to(
    kit: SampleAccount, dependencies: dict[str, object], found: tuple[str, str]
) -> None:
    assert search("", kit, **dependencies) == [found]


def test_a_stored_choice_is_found_by_its_value_and_among_its_kind_only(kit: SampleAccount) -> None:
    assert search("1", kit, kind="form") == [("The letter", "1")]
    assert search("1", kit, kind="landing_page") == []


def test_a_search_looks_at_names(kit: SampleAccount) -> None:
    assert search("letter", kit, kind="form") == [("The letter", "1")]
    assert search("tables", kit, kind="form") == []


def test_equal_names_are_distinguished(account: Maker) -> None:
    twins = [PublishedForm(value, "form", "News", "https://a.example/") for value in "43"]

    assert len({label for label, _ in search("", account(all_forms=twins), kind="form")}) == 2


@pytest.mark.parametrize(
    ("forms", "kind", "sentence"),
    [
        ((), "form", "You have no forms yet. Create one, then choose it here."),
        (
            (FORM,),
            "landing_page",
            "You have no landing pages yet. Create one, then choose it here, or link to a form.",
        ),
        (
            (LANDING,),
            "form",
            "You have no forms yet. Create one, then choose it here, or link to a landing page.",
        ),
    ],
)
def test_an_account_with_nothing_to_find_says_what_to_do(
    account: Maker, forms: tuple[PublishedForm, ...], kind: FormKind, sentence: str
) -> None:
    with pytest.raises(ContentNotFound) as raised:
        search("", account(all_forms=forms), kind=kind)
    assert raised.value.messages == [sentence]


# What is wrong with a choice.


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"page": "9"},
            "This landing page was deleted or archived. Choose another one.",
        ),
        (
            {"page": "9", "kind": "form"},
            "This form was deleted or archived. Choose another one.",
        ),
        (
            {"page": "2", "kind": "form"},
            "“Tide tables” is a landing page. Choose a form, or link to a landing page again.",
        ),
        (
            {"page": "1"},
            "“The letter” is a form. Choose a landing page, or link to a form again.",
        ),
    ],
)
def test_a_choice_that_cannot_be_shown_says_what_to_do(
    block: Maker, settings: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ContentNotFound) as raised:
        block(**settings)
    assert raised.value.messages == [sentence]


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "mailto:a@b.example", "/join"])
def test_a_page_that_nobody_can_open_is_refused(account: Maker, block: Maker, url: str) -> None:
    broken = PublishedForm("2", "landing_page", "Tide tables", url)

    with pytest.raises(ContentNotFound, match="no address that readers could open"):
        block(account=account(all_forms=(broken,)))


def test_a_choice_is_needed(kit: SampleAccount) -> None:
    with pytest.raises(SettingsInvalid, match='"Page or form" is not set'):
        BLOCK.settings.parse({})


# What readers get.


def test_a_block_is_finished_after_one_choice(block: Maker) -> None:
    html = block()

    assert one(html, "h2 a").text() == "Tide tables"
    assert button(html).text(strip=True) == "Take a look"
    assert {a.attributes["href"] for a in parse(html).css("a")} == {"https://tides.example/"}
    assert {a.attributes["target"] for a in parse(html).css("a")} == {"_blank"}
    assert not parse(html).css("p, img")
    assert style(panel(html))["border"].startswith("1px solid")


def test_a_form_invites_to_sign_up(block: Maker) -> None:
    html = block(kind="form", page="1")

    assert one(html, "h2").text() == "The letter"
    assert button(html).text(strip=True) == "Sign up"


def test_a_creators_own_words_come_first(block: Maker) -> None:
    html = block(heading="Know the tide", text="Free.", button_text="Show me")

    assert one(html, "h2").text() == "Know the tide"
    assert one(html, "p").text(strip=True) == "Free."
    assert button(html).text(strip=True) == "Show me"


def test_text_keeps_its_paragraphs_and_lines(block: Maker) -> None:
    html = block(text="One.\nTwo.\n\nThree.")

    assert [p.text().split() for p in parse(html).css("p")] == [["One.", "Two."], ["Three."]]
    assert len(parse(html).css("p br")) == 1


def test_many_paragraphs_do_not_make_a_block_too_large(block: Maker) -> None:
    html = block(text="\n\n".join(str(n) for n in range(200)))

    assert len(html.encode()) < 12_000
    assert [int(n) for p in parse(html).css("p") for n in p.text().split()] == [*range(200)]


def test_the_button_and_the_texts_can_stand_in_the_middle(block: Maker) -> None:
    left, center = block(text="Free."), block(text="Free.", alignment="center")

    assert {td.attributes["align"] for td in parse(center).css("td")} == {"center"}
    assert [t.attributes.get("align") for t in parse(center).css("table")][-1] == "center"
    assert [t.attributes.get("align") for t in parse(left).css("table")][-1] is None
    assert panel(left).attributes["align"] == "left"


def test_left_is_where_lines_begin(block: Maker) -> None:
    html = block(heading="כותרת", text="טקסט", button_text="Go")

    root = parse(html).root
    assert root is not None
    assert root.attributes["dir"] == "rtl"
    assert {td.attributes["align"] for td in parse(html).css("td")} == {"right", "center"}
    assert "text-align:left" not in html
    assert button(html).attributes["dir"] == "ltr"


@pytest.mark.parametrize("chosen", ["#1f4e5f", "#fdf1e3", "yellow", "#777777"])
def test_all_text_can_be_read_on_a_chosen_background(block: Maker, chosen: str) -> None:
    styles = {"p": {"color": "#808080"}, "h2": {"color": "#808080"}}
    html = block(styles, text="Free.", background_color=chosen)

    background = panel(html).attributes["bgcolor"]
    assert background is not None
    assert style(panel(html))["background-color"] == background
    assert {style(n)["color"] for n in parse(html).css("h2, h2 a, p")} == {readable_on(background)}
    assert "border" not in style(panel(html))


def test_the_emails_own_colors_stay_where_they_can_be_read(block: Maker) -> None:
    styles = {"p": {"color": "#333333"}, "h2": {"color": "#7a1f3d"}}
    html = block(styles, text="Free.", background_color="#fdf1e3")

    assert style(one(html, "p"))["color"] == "#333333"
    assert {style(n)["color"] for n in parse(html).css("h2, h2 a")} == {"#7a1f3d"}


@pytest.mark.parametrize("chosen", [None, "transparent"])
def test_without_a_background_the_emails_own_shows(block: Maker, chosen: str | None) -> None:
    html = block({"p": {"color": "#123456"}}, text="Free.", background_color=chosen)

    assert len(parse(html).css("[bgcolor]")) == 1
    assert style(one(html, "p"))["color"] == "#123456"
    assert "border" in style(panel(html))


def test_the_border_can_be_switched_off(block: Maker) -> None:
    html = block(border=False)

    assert "border:1px" not in html
    assert "padding-left" not in style(panel(html))
    assert not parse(html).css("style")


def test_a_button_takes_the_creators_color_then_the_brands_then_that_of_links(
    account: Maker, block: Maker
) -> None:
    branded = account(all_forms=(LANDING,), colors=("#1f4e5f", "#e07a5f"))
    styles = {"a": {"color": "rgb(200, 16, 46)"}}

    def color(**given: Any) -> str | None:
        return button(block(styles, **given)).attributes["bgcolor"]

    assert color(account=branded, button_color="#7a1f3d") == "#7a1f3d"
    assert color(account=branded) == "#1f4e5f"
    assert color() == "#c8102e"
    assert button(block()).attributes["bgcolor"] == "#1f5fbf"


def test_a_button_does_not_vanish_in_its_background(account: Maker, block: Maker) -> None:
    branded = account(all_forms=(LANDING,), colors=("#1f4e5f",))
    html = block(account=branded, background_color="#1f4e5f")

    assert button(html).attributes["bgcolor"] == "#ffffff"
    chosen = block(background_color="#1f4e5f", button_color="#1f4e5f")
    assert button(chosen).attributes["bgcolor"] == "#1f4e5f"


def test_a_font_is_used_throughout_and_its_weight_for_the_heading(block: Maker) -> None:
    html = block(text="Free.", font={"fontFamily": "Courier, monospace", "fontWeight": 300})

    texts = parse(html).css("h2, p, table table td[bgcolor] a")
    assert {style(t)["font-family"] for t in texts} == {"Courier, monospace"}
    assert [style(t)["font-weight"] for t in texts] == ["300", "400", "600"]


def test_every_example_stays_small() -> None:
    for example in examples(BLOCK):
        html = example.render(EmailStyles())
        assert len(html.encode()) < (10_000 if example.name == "very_long" else 3_500)
