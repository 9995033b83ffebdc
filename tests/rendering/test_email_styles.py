"""The styles of the email: which are accepted, which are dropped, and the defaults."""

import logging

import pytest
import tinycss2
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from plugin_server.rendering.email_styles import ELEMENTS, INHERITED, EmailStyles

KIT = {
    "p": {
        "color": "rgb(45, 45, 47)",
        "font-family": 'Charter, Georgia, Times, "Times New Roman", serif',
        "font-size": "18px",
        "font-weight": "normal",
        "letter-spacing": "normal",
        "line-height": "27px",
        "text-transform": "none",
    }
}


def declarations(style: str) -> dict[str, str]:
    nodes = tinycss2.parse_declaration_list(style, skip_whitespace=True)
    return {n.name: tinycss2.serialize(n.value).strip().replace('"', "'") for n in nodes}


def test_equal_styles_have_the_same_digest_and_others_another() -> None:
    bold = {"p": {**KIT["p"], "font-weight": "bold"}}
    kit, again, other = (EmailStyles.parse(raw).digest for raw in (KIT, {**KIT, "x": 1}, bold))
    assert kit == again != other


@pytest.mark.parametrize("raw", [None, 3, "p", [], {"p": None}, {"p": []}, {"p": {"color": []}}])
def test_nonsense_gives_the_fallbacks(raw: object) -> None:
    assert EmailStyles.parse(raw).text("p") == EmailStyles().text("p")


def test_a_color_that_is_none_by_itself_is_dropped() -> None:
    styles = EmailStyles.parse({"a": {"color": "inherit"}, "p": {"color": "transparent"}})

    assert styles.color("a") is None


def test_a_refused_value_is_dropped_and_logged_without_its_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        styles = EmailStyles.parse({"p": {"color": "url(//secret.example)", "font-size": "20px"}})

    assert styles.get("p", "color") is None
    assert styles.get("p", "font-size") == "20px"
    assert "Dropped color of p" in caplog.text
    assert "secret" not in caplog.text


def test_elements_and_properties_that_kit_does_not_document_are_dropped_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        styles = EmailStyles.parse({"script": {"color": "red"}, "p": {"position": "fixed"}})

    assert styles.get("script", "color") is None
    assert styles.get("p", "position") is None
    assert "1 unknown elements" in caplog.text
    assert "1 unknown properties of p" in caplog.text
    assert "script" not in caplog.text


def test_missing_styles_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        EmailStyles.parse(None)

    assert caplog.text == ""


def test_text_looks_like_the_email() -> None:
    assert declarations(EmailStyles.parse(KIT).text("p")) == {
        "font-family": "Charter, Georgia, Times, 'Times New Roman', serif",
        "font-size": "18px",
        "font-weight": "400",
        "line-height": "27px",
        "color": "#2d2d2f",
    }


def test_the_line_height_follows_a_changed_size() -> None:
    style = declarations(EmailStyles.parse(KIT).text("p", size=24))

    assert (style["font-size"], style["line-height"]) == ("24px", "36px")


def test_a_line_height_says_nothing_about_text_without_a_size() -> None:
    style = EmailStyles.parse({"p": {"font-size": "0", "line-height": "20px"}}).text("p")

    assert declarations(style)["line-height"] == "21px"


@pytest.mark.parametrize(("given_size", "written"), [("9px", "14px"), ("90px", "28px")])
def test_sizes_are_kept_readable(given_size: str, written: str) -> None:
    style = EmailStyles.parse({"h2": {"font-size": given_size}}).text("h2")

    assert declarations(style)["font-size"] == written


def test_a_heading_without_styles_of_its_own_takes_those_of_paragraphs() -> None:
    style = declarations(EmailStyles.parse(KIT).text("h2"))

    assert style["color"] == "#2d2d2f"
    assert style["font-family"].startswith("Charter")
    assert style["font-weight"] == "700"


def test_no_color_is_invented() -> None:
    assert "color" not in declarations(EmailStyles().text("p"))


def test_choices_of_the_creator_go_before_the_email() -> None:
    style = EmailStyles.parse(KIT).text(
        "p", color="#c8102e", font_family="Arial", font_weight="700"
    )

    assert declarations(style) | {"color": "#c8102e", "font-family": "Arial"} == declarations(style)


VALUES = st.none() | st.integers() | st.text() | st.sampled_from(["0", "0px", "1px", "normal", "1"])


@settings(max_examples=100)
@given(
    st.dictionaries(
        st.sampled_from(sorted(ELEMENTS)),
        st.dictionaries(st.sampled_from(sorted(INHERITED)), VALUES),
    )
)
def test_any_styles_give_usable_text(raw: object) -> None:
    for element in ("p", "h2", "a"):
        style = declarations(EmailStyles.parse(raw).text(element))
        assert {"font-family", "font-size", "font-weight", "line-height"} <= style.keys()


@settings(max_examples=300)
@given(
    st.sampled_from(sorted(INHERITED)),
    VALUES
    | st.from_regex(r"-?\d{1,3}(\.\d)?px|[0-9]00|rgb\(\d{1,3}, \d{1,3}, \d{1,3}\)", fullmatch=True)
    | st.text("abc ,'\";:{}()\\<>/*!-1px#%", max_size=24),
)
def test_any_style_that_is_accepted_is_one_declaration_and_nothing_else(
    name: str, raw: object
) -> None:
    parsed = EmailStyles.parse({"p": {name: raw}}).get("p", name)
    if parsed is None:
        return
    paragraph = LexborHTMLParser(f'<p style="{name}:{parsed}">x</p>').css_first("p")
    assert paragraph is not None
    assert list(paragraph.attributes) == ["style"]
    [node] = tinycss2.parse_declaration_list(paragraph.attributes["style"] or "")
    assert (node.type, node.name, node.important) == ("declaration", name, False)
    assert not {token.type for token in node.value} & {"function", "url", "error", "{} block"}
