import pytest

from plugin_server.sandbox.kit_rules import refusals


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<script>alert(1)</script>", ["<script>"]),
        ("<SCRIPT src=x>", ["<script>"]),
        ("<div><iframe src='https://x.example.com'></iframe></div>", ["<iframe>"]),
        ("<form><input></form>", ["<form>", "<input>"]),
        ("<video></video><audio></audio><video></video>", ["<video>", "<audio>"]),
        ("<link rel=stylesheet href=https://x.example.com/a.css>", ["an external style sheet"]),
        ("<style>@import 'a.css';</style>", ["@import in CSS"]),
        ("<td style='background: URL (a.png)'>", ["url() in CSS"]),
        ("<style>p { background: url(a.png) }</style>", ["url() in CSS"]),
    ],
)
def test_finds_what_kit_refuses(html: str, found: list[str]) -> None:
    assert refusals(html) == found


@pytest.mark.parametrize(
    "html",
    [
        "<p>We wrote url( in a sentence, and &lt;script&gt; too.</p>",
        "<style>@media (max-width:600px) { .a { width: 100% } }</style><p>x</p>",
        "<!-- <script> --><img src='https://x.example.com/a.png' alt=''>",
        "<a href='https://x.example.com/?url(1)'>x</a>",
        "",
    ],
)
def test_leaves_the_rest_alone(html: str) -> None:
    assert refusals(html) == []
