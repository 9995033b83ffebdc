"""The cache of emails: which style attributes are cached, and what may stand in one."""

import pytest

from plugin_server.rendering.email_cache import Email, EmailCache
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.placeholders import ColorGap, ElementFont, StyleCall
from plugin_server.rendering.prepared_block import UnsafeFilling

STYLES = EmailStyles.parse({"p": {"color": "#112233", "font-family": "Georgia, serif"}})
COLORED = StyleCall("colored", "p", (("color", ColorGap(0)), ("margin", "0")), (1,))


def test_a_style_is_the_same_as_that_of_the_values_themselves() -> None:
    email = Email(STYLES)
    for color in ("#aabbcc", "#000000"):
        assert email.style(COLORED, ["text", color]) == STYLES.text("p", color=color, margin="0")
    plain = StyleCall("plain", "p", (), ())
    assert email.style(plain, []) == STYLES.text("p")


def test_a_style_can_take_the_font_of_an_element_and_several_colors() -> None:
    declarations = (
        ("font_family", ElementFont("p")),
        ("color", ColorGap(0)),
        ("background_color", ColorGap(1)),
    )
    call = StyleCall("button", None, declarations, (1, 0))
    style = Email(STYLES).style(call, ["#111111", "#222222"])
    assert style == "font-family:Georgia, serif;color:#222222;background-color:#111111"


@pytest.mark.parametrize("color", ["red", "#12345", "#1234567", '#123456"', "#123456;x:y", ""])
def test_a_color_of_another_spelling_is_refused(color: str) -> None:
    with pytest.raises(UnsafeFilling):
        Email(STYLES).style(COLORED, ["text", color])


@pytest.mark.parametrize(
    "family", ['a"b', "a</style>", "{{ x }}", "a;color:red", "expression(alert(1))", "a\\22 b"]
)
def test_a_style_that_no_block_may_have_is_refused_even_if_the_parsers_let_it_pass(
    family: str,
) -> None:
    # As if ``css.font_stack`` had overlooked it.
    email = Email(EmailStyles({"p": {"font-family": family, "color": "#112233"}}))
    with pytest.raises((UnsafeFilling, ValueError)):
        email.style(StyleCall("text", "p", (), ()), [])


def test_the_cached_styles_of_an_email_are_bounded() -> None:
    email = Email(STYLES)
    calls = [StyleCall(str(n), "p", (("size", 14 + n % 10),), ()) for n in range(2_000)]
    most = 0
    for call in calls:
        email.style(call, [])
        most = max(most, email.memory)
    assert most < 500_000


def test_emails_are_bounded_and_the_ones_in_use_stay() -> None:
    emails = EmailCache(megabytes=0.05)
    used = emails.get(b"used", lambda: STYLES)
    emails.add(b"used", used)
    for number in range(100):
        emails.add(bytes([number]), Email(STYLES))
        assert emails.get(b"used", lambda: EmailStyles()) is used
    assert emails.get(bytes([0]), lambda: EmailStyles()).styles == EmailStyles()
