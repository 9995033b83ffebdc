"""The gate: every rule refuses what it is for, and what blocks consist of passes."""

import pytest

from plugin_server.rendering.gate import MAX_BYTES, check
from plugin_server.rendering.limits import KIT_REJECTED_ELEMENTS

SHEET = "@media only screen and (max-width:600px) {{\n{}\n}}\n"


def codes(html: str) -> set[str]:
    return {finding.code for finding in check(html)}


def div(inside: str) -> str:
    return f"<div>{inside}</div>"


def styled(style: str) -> str:
    return f'<div style="{style}">a</div>'


def sheet(rules: str) -> str:
    return div(f"<style>\n{SHEET.format(rules)}</style>")


@pytest.mark.parametrize(
    ("html", "code"),
    [
        *((div(f"<{name}></{name}>"), "kit-rejects") for name in sorted(KIT_REJECTED_ELEMENTS - {"input"})),
        (div("<input>"), "kit-rejects"),
        (div("<ScRiPt>x</sCrIpT>"), "kit-rejects"),
        (div("<svg><script>x</script></svg>"), "kit-rejects"),
        (div("<math></math>"), "element"),
        (div("<template><p>x</p></template>"), "element"),
        (div("<link>"), "element"),
        (div("<h1>x</h1>"), "element"),
        (div("<!-- x -->"), "comment"),
        (div("<!--[if mso]>x<![endif]-->"), "comment"),
        (div('<p id="x">a</p>'), "attribute"),
        (div('<p onclick="x">a</p>'), "attribute"),
        (div('<img src="https://a.example/" alt="" onerror="x">'), "attribute"),
        (div('<p class="other">a</p>'), "attribute-value"),
        (div('<a href="https://a.example/">a</a>'), "attribute-missing"),
        (div('<a target="_blank">a</a>'), "attribute-missing"),
        (div('<a href="https://a.example/" target="_top">a</a>'), "attribute-value"),
        (div('<a href="/a" target="_blank">a</a>'), "address"),
        (div('<a href="#" target="_blank">a</a>'), "address"),
        (div('<a href="//a.example/" target="_blank">a</a>'), "address"),
        (div('<a href="javascript:alert(1)" target="_blank">a</a>'), "address"),
        (div('<a href="java&#x09;script:alert(1)" target="_blank">a</a>'), "address"),
        (div('<a href="&#1;javascript:1" target="_blank">a</a>'), "control"),
        (div('<a href="data:text/html,x" target="_blank">a</a>'), "address"),
        (div('<a href="https://u@a.example/" target="_blank">a</a>'), "address"),
        (div('<a href="https:\\\\a.example" target="_blank">a</a>'), "address"),
        (div('<a href="https://[a" target="_blank">a</a>'), "address"),
        (div('<a href="https://a.example?b" target="_blank">a</a>'), "address"),
        (div('<a href="HTTPS://a.example/" target="_blank">a</a>'), "address"),
        (div('<a href="https://A.example/" target="_blank">a</a>'), "address"),
        (div('<a href="https:///a.example/" target="_blank">a</a>'), "address"),
        (div('<a href="mailto:" target="_blank">a</a>'), "address"),
        (div('<a href="mailto:a@b.example?bcc=c@d.example" target="_blank">a</a>'), "address"),
        (div('<img alt="">'), "attribute-missing"),
        (div('<img src="https://a.example/">'), "attribute-missing"),
        (div('<img src="a.png" alt="">'), "address"),
        (div('<img src="mailto:a@b.example" alt="">'), "address"),
        (div("<strike>x</strike>"), "element"),
        (div("<h5>x</h5>"), "element"),
        (div('<ul type="square"><li>a</li></ul>'), "attribute"),
        (div('<ol start="2"><li>a</li></ol>'), "attribute"),
        (div('<ol reversed="reversed"><li>a</li></ol>'), "attribute"),
        (div('<ul><li value="2">a</li></ul>'), "attribute"),
        (div('<ul><li onclick="x">a</li></ul>'), "attribute"),
        (div('<blockquote cite="https://a.example/">a</blockquote>'), "attribute"),
        (div('<hr size="1">'), "attribute"),
        (div('<hr width="1">'), "attribute"),
        *((div(f'<{tag} style="margin:0">a</{tag}>'), "attribute") for tag in ("b", "i", "s", "u")),
        *((div(f'<{tag} class="x">a</{tag}>'), "attribute-value") for tag in ("h4", "li", "ol", "ul")),
        (div("<ul><li>a<li>b</li></ul>"), "structure"),
        (div("<p><ul><li>a</li></ul></p>"), "structure"),
        (div("<p><hr></p>"), "structure"),
        (div("<hr></hr>"), "structure"),
        (div("<b>a<i>b</b>c</i>"), "structure"),
        (div("<table><tbody></tbody></table>"), "attribute-missing"),
        (div('<table role="grid"><tbody></tbody></table>'), "attribute-value"),
        (div('<table role="presentation" bgcolor="red"><tbody></tbody></table>'), "attribute-value"),
        (styled("background-color:url(x)"), "css-token"),
        (styled("background-color:u\\72l(x)"), "css-syntax"),
        (styled("color:rgb(0,0,0)"), "css-token"),
        (styled("color:red"), "css-value"),
        (styled("color:#FFF"), "css-value"),
        *((styled(f"border-{side}:{value}"), code)
          for side in ("top", "right", "bottom", "left")
          for value, code in (
              ("1px dashed #dddddd", "css-value"),
              ("1px solid red", "css-value"),
              ("thick", "css-value"),
              ("1px solid url(x)", "css-token"),
              ("1px solid rgb(0,0,0)", "css-token"),
              ("2000px solid #dddddd", "css-value"),
          )),
        (styled("border-left-color:#dddddd"), "css-property"),
        (styled("border-inline:1px solid #dddddd"), "css-property"),
        (styled("font-style:oblique 90deg"), "css-value"),
        (styled("font-style:inherit"), "css-value"),
        (styled("list-style-type:'\u27a4'"), "css-value"),
        (styled("list-style-type:symbols('x')"), "css-token"),
        (styled("list-style-type:url(x)"), "css-token"),
        (styled("list-style:square"), "css-property"),
        (styled("list-style-image:none"), "css-property"),
        (styled("margin-left:auto"), "css-value"),
        (styled("margin-left:-1px"), "css-value"),
        (styled("padding:1px 2px 3px 4px 5px"), "css-value"),
        (styled("padding:-1px"), "css-value"),
        (styled("padding-inline:1px"), "css-property"),
        (styled("text-decoration:underline line-through"), "css-value"),
        (styled("text-indent:-999px"), "css-value"),
        (styled("text-indent:50%"), "css-value"),
        (styled("text-indent:16px hanging"), "css-value"),
        (styled("white-space:pre"), "css-value"),
        (styled("white-space:inherit"), "css-value"),
        (styled("font-size:900px"), "css-value"),
        (styled("width:expression(alert(1))"), "css-token"),
        (styled("font-size:16px !important"), "css-important"),
        (styled("position:absolute"), "css-property"),
        (styled("background:#ffffff"), "css-property"),
        (styled("COLOR:#ffffff"), "css-property"),
        (styled("@import x"), "css-syntax"),
        (styled("color:#ffffff}p{x"), "css-syntax"),
        (styled("color"), "css-syntax"),
        (styled("margin:0;" * 200), "css-size"),
        (div("<style>p { color:#ffffff }</style>"), "css-syntax"),
        (div("<style>@import 'x';</style>"), "css-syntax"),
        (div("<style>/* x */</style>"), "css-syntax"),
        (div(f"<style>{SHEET.format('')}{SHEET.format('')}</style>"), "css-syntax"),
        (sheet("@media print { .kb-a { width:100% !important } }"), "css-syntax"),
        (sheet("p { width:100% !important }"), "css-selector"),
        (sheet("* { width:100% !important }"), "css-selector"),
        (sheet(f".kb-{'a' * 61} {{ width:100% !important }}"), "css-selector"),
        (sheet(".kb-aé { width:100% !important }"), "css-selector"),
        (sheet(".xkb-a { width:100% !important }"), "css-selector"),
        (sheet(f".kb-{'a' * 59} {{ }}\n" * 40), "css-size"),
        (sheet(".kb-a p { width:100% !important }"), "css-selector"),
        (sheet(".kb-a { width:100% }"), "css-important"),
        (sheet(".kb-a { background-image:url(x) !important }"), "css-property"),
        (sheet(".kb-a { width:url(x) !important }"), "css-token"),
        (div("<style>@media print { }</style>"), "css-media"),
        (div("<style>@media only screen and (max-width:600px);</style>"), "css-media"),
        (sheet(".kb-a { width:1\\30 0% !important }"), "css-syntax"),
        (div(f"<style>{' ' * 3_000}</style>"), "css-size"),
        (div(f"<style>{SHEET.format('')}</style>" * 2), "style"),
        (div("<style></style>"), "css-syntax"),
        (div(f"<style>{SHEET.format('')}<p>x</p></style>"), "css-syntax"),
        (div(f"<style>{SHEET.format('')}</p></style>"), "css-syntax"),
        (div(f"<style>{SHEET.format('')}<p onclick='x'></style>"), "css-syntax"),
        (div("<plaintext>x"), "element"),
        (div('<p a"b=c>x</p>'), "comment"),
        (div("<a!b>x</a!b>"), "comment"),
        (div("{{ a }}"), "liquid"),
        (div("{% a"), "liquid"),
        (div("}}"), "liquid"),
        (div("{&#123; a"), "liquid"),
        (div("{<em></em>{ a"), "liquid"),
        (div('<p lang="{{">a</p>'), "liquid"),
        (div('<a href="https://a.example/&#123;&#123;" target="_blank">a</a>'), "liquid"),
        (div("a url(b)"), "css-url"),
        (div("URL\n (b)"), "css-url"),
        (div('<p lang="url&#40;x)">a</p>'), "css-url"),
        (div("url&lpar;x)"), "css-url"),
        (div("url&Tab;(x)"), "css-url"),
        (div('<a href="https://a.example/url\u200c(x)" target="_blank">a</a>'), "address"),
        (div('<a href="https://a.example/é" target="_blank">a</a>'), "address"),
        (div("a\x00"), "control"),
        (div("a\x1b"), "control"),
        (div("\ud800"), "control"),
        (div("a\r"), "control"),
        (div("\u202ea"), "control"),
        (div("&#x202e;a"), "control"),
        (div('<p lang="&#xfeff;">a</p>'), "control"),
        ("", "root"),
        ("text", "root"),
        ("<div>a</div><div>b</div>", "root"),
        ("<div>a</div>b", "root"),
        ("</div><div>a</div>", "structure"),
        ("<div>a</div></td></tr></table>", "structure"),
        ("<div>a", "structure"),
        (div("<p>a"), "structure"),
        (div("<p><div>a</div></p>"), "structure"),
        (div('<table role="presentation"><tr><td>a</td></tr></table>'), "structure"),
        (div('<table role="presentation"><tbody>a</tbody></table>'), "structure"),
        (div('<p lang="<p>">a</p>'), "structure"),
        (div('<p lang="he" lang="{{">a</p>'), "structure"),
        (
            div('<a href="https://a.example/" href="javascript:x" target="_blank">a</a>'),
            "structure",
        ),
        (div('<p>a</p onclick="x">'), "structure"),
        (div("<p lang=he>a</p>"), "structure"),
        (div("<p lang='he'>a</p>"), "structure"),
        (div('<p LANG="he">a</p>'), "structure"),
        (div("a<br/>"), "structure"),
        (div("<p><</p>"), "structure"),
        (div("<em>" * 60 + "</em>" * 60), "depth"),
        (div("é" * MAX_BYTES), "size"),
    ],
    ids=lambda value: ascii(value)[:60],
)  # fmt: skip
def test_a_broken_rule_is_found(html: str, code: str) -> None:
    assert code in codes(html)


@pytest.mark.parametrize(
    "html",
    [
        div("text"),
        div("f(x) = { x } &amp; 100% &lt;script&gt; &lt;!-- --&gt; javascript:alert(1)"),
        div('<p dir="rtl" lang="he">שלום<br>&nbsp;</p>'),
        div('<a href="https://a.example/?a=1&amp;b=%7B%7B" target="_blank">a</a>'),
        div('<a href="mailto:a@b.example" target="_blank">a</a>'),
        div('<img src="http://a.example/a.png" alt="" width="560" border="0">'),
        div(
            '<table role="presentation" width="100%"><tbody><tr><td align="left" valign="top" '
            'bgcolor="#ffffff">a</td></tr></tbody></table>'
        ),
        styled("font-family:Charter, Georgia, 'Times New Roman', serif;color:#2d2d2f"),
        styled("border:1px solid #dddddd;border-radius:7px 7px 0 0;width:100%"),
        div("<b>a</b><i>a</i><s>a</s><u>a</u><br><hr><h4>a</h4><blockquote><p>a</p></blockquote>"),
        div('<ul dir="rtl" lang="he" class="kb-a"><li style="margin:0">a</li></ul><ol><li>a</li></ol>'),
        div('<hr class="kb-a" style="border:0;border-top:1px solid #dddddd;margin:0">'),
        *(styled(f"border-{side}:4px solid #dddddd;border-{side}:0;margin-{side}:8px;padding-{side}:8px")
          for side in ("top", "right", "bottom", "left")),
        styled("padding:0 8px;font-style:italic;text-indent:16px;text-decoration:line-through"),
        *(styled(f"list-style-type:{kind}") for kind in ("none", "disc", "decimal", "lower-alpha")),
        *(styled(f"white-space:{value}") for value in ("normal", "nowrap", "pre-line", "pre-wrap")),
        sheet(".kb-a-column,.kb-b { display:block !important; width:100% !important }"),
    ],
)  # fmt: skip
def test_what_blocks_consist_of_passes(html: str) -> None:
    assert check(html) == []


def test_a_finding_names_the_place_and_not_the_content() -> None:
    [finding] = check(div('<p title="my secret">a</p>'))

    assert str(finding) == "attribute at div > p: p has an attribute that is not allowed"


def test_an_unknown_element_is_not_named() -> None:
    assert "secret" not in "".join(map(str, check(div("<secret-stuff>a</secret-stuff>"))))


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 3_500 + "</div>" * 3_500,
        "<b><i>" * 6_000,
        "<p " + "a=b " * 9_000 + ">",
        "<" * 39_000,
        "&#123;" * 6_000,
        f'<div style="{"(" * 39_000}">a</div>',
        f'<div style="{"(" * 990}">a</div>',
        div(f"<style>{'{' * 1_900}</style>"),
    ],
    ids=lambda html: html[:20],
)
def test_hostile_blocks_are_refused_with_a_bearable_report(html: str) -> None:
    assert 1 <= len(check(html)) <= 20
