import pytest

from plugin_server.sandbox.checks.kit_rules import find_refusals, refusals

SCRIPTS = ["javascript", "vbscript", "data"]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<script>alert(1)</script>", ["<script>"]),
        ("<SCRIPT src=x>", ["<script>"]),
        ("<svg:script>x</svg:script>", ["<script>"]),
        ("<div><iframe src='https://x.example.com'></iframe></div>", ["<iframe>"]),
        ("<form><input></form>", ["<form>", "<input>"]),
        ("<video></video><audio></audio><video></video>", ["<video>", "<audio>"]),
        ("<command><action></action><prompt></prompt>", ["<command>", "<action>", "<prompt>"]),
        ("<!--><script>x</script>-->", ["<script>"]),
        ("<!--->\n<iframe></iframe>-->", ["<iframe>"]),
        ("<template><form></form></template>", ["<form>"]),
        ("<noscript><iframe></iframe></noscript>", ["<iframe>"]),
        ("<!--[if mso]><form></form><![endif]-->", ["<form>"]),
        ("<p title='<script>'>x</p><input>", ["<input>"]),
        ("<![x[ y ]]><form>", ["<form>"]),
    ],
)
def test_finds_refused_elements(html: str, found: list[str]) -> None:
    assert refusals(html) == found


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<link rel=stylesheet href=https://x.example.com/a.css>", "an external style sheet"),
        ("<link rel='alternate StyleSheet' href=a.css>", "an external style sheet"),
        ("<?xml-stylesheet href='a.css'?>", "an external style sheet"),
        ("<style>@import 'a.css';</style>", "@import in CSS"),
        (r"<style>@\69mport 'a.css';</style>", "@import in CSS"),
        ("<style>@/**/import 'a.css';</style>", "@import in CSS"),
        ("<svg><style>&#64;import 'a.css'</style></svg>", "@import in CSS"),
        ("<td style='background: URL (a.png)'>", "url() in CSS"),
        ("<td style='background: url(a.png'>", "url() in CSS"),
        ("<td style='background: url(a b)'>", "url() in CSS"),
        ("<td style='background:ur&#108;(a.png)'>", "url() in CSS"),
        (r"<td style='background:u\72l(a.png)'>", "url() in CSS"),
        (r"<td style='background:\000055rl( a.png )'>", "url() in CSS"),
        ("<td style='background:u/**/rl(a.png)'>", "url() in CSS"),
        ("<td style='background:url/**/(a.png)'>", "url() in CSS"),
        ("<td style='--a:{[(url(a.png))]}'>", "url() in CSS"),
        ("<style>p { background: url(a.png) }</style>", "url() in CSS"),
        ("<style>@media screen { p { background: url('a.png') } }</style>", "url() in CSS"),
        ("<style>@font-face { src: url(a.woff) }</style>", "url() in CSS"),
        ("<style><!-- p { background: url(a.png) } --></style>", "url() in CSS"),
        ("<style>p { background: url(a.png)", "url() in CSS"),
        ("<!--[if mso]><style>p { background: url(a) }</style><![endif]-->", "url() in CSS"),
        ("<td style='color:red' style='background:url(a)'>", "url() in CSS"),
        ("<svg><rect fill='url(#a)'/></svg>", "url() in CSS"),
        ("<td style='background:image-set(\"a.png\" 1x)'>", "image-set() in CSS"),
        ("<td style='width:expression(alert(1))'>", "expression() in CSS"),
        ("<td style='behavior : x'>", "behavior in CSS"),
    ],
)
def test_finds_css_however_it_is_spelled(html: str, found: str) -> None:
    assert refusals(html)[0] == found


@pytest.mark.parametrize("scheme", SCRIPTS)
@pytest.mark.parametrize(
    "spelling",
    [
        "<a href='{0}:x'>",
        "<a href=' \t{0}:x'>",
        "<a href='&#1;{0}:x'>",
        "<a href='{1}&Tab;{2}:x'>",
        "<a href='{1}\n{2}&colon;x'>",
        "<A HREF='{1}&#x0a;{2}&#58;x'>",
        "<img src={0}:x>",
        "<img srcset='a.png 1x, {0}:x 2x'>",
        "<td background={0}:x>",
        "<svg><a xlink:href={0}:x></svg>",
        "<svg><set attributeName=href to={0}:x></svg>",
        "<button formaction={0}:x>",
    ],
)
def test_finds_urls_that_are_programs(scheme: str, spelling: str) -> None:
    html = spelling.format(scheme, scheme[:2].upper(), scheme[2:])
    assert refusals(html) == [f"a {scheme}: URL"]


@pytest.mark.parametrize("html", ["<img/onerror=x>", "<p ONCLICK='x'>", "<svg\nonload\n=x>"])
def test_finds_event_handlers(html: str) -> None:
    (found,) = refusals(html)
    assert found.startswith("the event handler on")


@pytest.mark.parametrize(
    "html",
    [
        "<p>We wrote url( in a sentence, and &lt;script&gt; too.</p>",
        "<p title='javascript:x' alt='data:x'>on it</p>",
        "<style>@media (max-width:600px) { .a { width: 100% } }</style><p>x</p>",
        "<style>/* no url, no import */ .curl(1) {}</style>",
        "<!-- <script> --><img src='https://x.example.com/a.png' alt=''>",
        "<a href='https://x.example.com/?url(1)&data:x,javascript:y'>x</a>",
        "<a href='mailto:a@x.example.com'>x</a><a href='#javascript'>y</a>",
        "<p style='content:\"image\";background:#fff'>x</p>",
        "<link rel=preconnect href=https://x.example.com>",
        "<![x",
        "<",
        "",
    ],
)
def test_leaves_the_rest_alone(html: str) -> None:
    assert refusals(html) == []


def test_finds_every_line() -> None:
    html = (
        "<div>\n<iframe></iframe>\n<style>\n.a { color: red }\n.b { background: url(x) }\n</style>\n"
        "<!--[if mso]>\n<form></form><![endif]-->\n<iframe></iframe></div>"
    )
    found = [(each.message, each.place.line) for each in find_refusals(html)]
    assert found == [("<iframe>", 2), ("url() in CSS", 5), ("<form>", 8), ("<iframe>", 9)]


@pytest.mark.parametrize(
    "html",
    [
        "<p style='" + "(" * 100_000 + "'>",
        "<style>" + "{" * 100_000,
        "<div>" * 20_000,
        "<!--[if mso]>" * 20_000,
        "<" * 100_000,
        "<p " + "a=b " * 20_000 + ">",
        "/*" * 100_000,
        "<p style='" + "/*" * 50_000 + "'>",
        "\ud800<script>",
    ],
)
def test_reads_anything(html: str) -> None:
    assert refusals(html) == (["<script>"] if "script" in html else [])
