"""SVG icons: one color, and nothing but a drawing."""

import pytest

from plugin_server.resources.paths import STATIC
from plugin_server.sandbox.dashboard.svg_icons import check_svg

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(content: str) -> bytes:
    return f"<svg {NAMESPACES}>{content}</svg>".encode()


@pytest.mark.parametrize(
    "content",
    [
        "<path/>",
        '<path fill="none" stroke="#123"/>',
        '<g fill="red"><path/><path style="fill: #FF0000"/><path fill="rgb(255, 0, 0)"/></g>',
        '<path fill="currentColor"/><path stroke="currentColor" fill="none"/>',
        '<defs><path id="a"/></defs><use xlink:href="#a"/><use href="#a"/>',
        '<clipPath id="a"><rect/></clipPath><path fill="#00f" clip-path="url(#a)"/>',
        "<style>.a { fill: #000 } .b { stroke: black }</style><path class='a'/>",
        "<title>A boat</title><desc>On a quay</desc><path/>",
        '<metadata><x:layer xmlns:x="https://editor.example.com/" x:color="red"/></metadata><path/>',
        '<path fill="#00f" fill-opacity="0.5"/><path fill="#00f"/>',
        '<rect fill="transparent"/><path fill="#00f"/>',
    ],
)
def test_a_drawing_of_one_color_is_taken(content: str) -> None:
    assert check_svg(svg(content)) == []


@pytest.mark.parametrize("path", sorted((STATIC / "icons").glob("*.svg")), ids=lambda p: p.stem)
def test_our_own_icons_are_taken(path: object) -> None:
    assert check_svg(path.read_bytes()) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "colors"),
    [
        ('<path fill="red"/><path fill="#00f"/>', "#00f, red"),
        ('<path/><path fill="red"/>', "black, red"),
        ('<path fill="white"/><path stroke="#000"/>', "#000, white"),
        ('<path style="stroke:#123;fill:#456"/>', "#123, #456"),
        ("<style>.a{fill:#000}.b{/*;*/fill/**/:#0f0}</style>", "#000, #0f0"),
        (
            '<linearGradient id="a"><stop stop-color="#000"/><stop stop-color="#fff"/></linearGradient>',
            "#000, #fff",
        ),
    ],
)
def test_a_drawing_of_several_colors_is_refused(content: str, colors: str) -> None:
    assert check_svg(svg(content)) == [
        f"Icon has several colors ({colors}); Kit takes an SVG of one color."
    ]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("<script>1</script>", "<script>"),
        ('<path onclick="x"/>', "onclick"),
        ('<path ONCLICK="x"/>', "ONCLICK"),
        ("<foreignObject/>", "<foreignObject>"),
        ('<h:iframe xmlns:h="http://www.w3.org/1999/xhtml"/>', "<iframe>"),
        ('<image href="https://x.example.com/a.png"/>', "<image>"),
        ('<use xlink:href="https://x.example.com/a.svg#b"/>', "href="),
        ('<use href="&#104;ttps://x.example.com/a.svg#b"/>', "href="),
        ('<a href="#x"/>', "<a>"),
        ('<animate attributeName="fill" values="red;blue"/>', "<animate>"),
        ("<rect fill=\"url( 'https://x.example.com/')\"/>", "url("),
        ('<rect style="fill:u\\72l(https://x.example.com/)"/>', "url("),
        ("<style>@im\\port 'https://x.example.com/';</style>", "@import"),
        ("<style>a { fill: url(https://x.example.com/) }</style>", "url("),
        ('<?xml-stylesheet href="https://x.example.com/"?>', "<?xml-stylesheet?>"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_is_no_drawing_is_refused(content: str, named: str, encoding: str) -> None:
    (refused,) = check_svg(svg(content).decode().encode(encoding))
    assert refused.startswith("Icon has more in it than a drawing (")
    assert named in refused


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<svg>", "its SVG cannot be read in line 1."),
        (b"<svg>\n</g></svg>", "its SVG cannot be read in line 2."),
        (b"<html><svg/></html>", "its outermost element must be <svg>."),
        (b"<!DOCTYPE svg [<!ENTITY a 'x'>]><svg>&a;</svg>", "declares an entity (a)"),
        (b"<!DOCTYPE svg [<!ENTITY % a SYSTEM 'file:///x'>%a;]><svg/>", "declares an entity (a)"),
    ],
)
def test_what_cannot_be_judged_is_refused(content: bytes, words: str) -> None:
    assert words in " ".join(check_svg(content))


def test_an_ordinary_document_type_is_no_reason() -> None:
    public = '"-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"'
    assert check_svg(f"<!DOCTYPE svg PUBLIC {public}>".encode() + svg("<path/>")) == []
