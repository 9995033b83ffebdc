"""The kinds of elements that HTML's parser treats differently.

Source: https://html.spec.whatwg.org/multipage/parsing.html
"""

VOID = frozenset(
    {"area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input"}
    | {"keygen", "link", "meta", "param", "source", "track", "wbr"}
)
# What stands in them is text, whatever it looks like.
RAW = frozenset({"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"})
FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt"}
    | {"u"}
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Their end tags end whatever is still open inside.
BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "button", "center", "details", "dialog", "dir"}
    | {"div", "dl", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup"}
    | {"listing", "main", "menu", "nav", "ol", "pre", "search", "section", "summary", "ul"}
    | {"applet", "marquee", "object", "select"}
)
# Their start tags end a paragraph.
ENDS_PARAGRAPH = (
    BLOCKS - {"button", "applet", "marquee", "object", "select"}
    | HEADINGS
    | {"dd", "dt", "hr", "li", "p", "plaintext", "table", "xmp"}
)
SECTIONS = frozenset({"tbody", "tfoot", "thead"})
CELLS = frozenset({"td", "th"})
# Nothing but other parts of the table may stand directly in these.
TABLE_FRAME = SECTIONS | {"colgroup", "table", "tr"}
# These may stand nowhere but in a table.
TABLE_PARTS = SECTIONS | CELLS | {"caption", "col", "colgroup", "tr"}
ANYWHERE_IN_TABLES = frozenset({"script", "style", "template"})
# HTML lets authors leave out the end tags of these: the next tag makes clear where they end.
OPTIONAL_END = frozenset({"dd", "dt", "li", "optgroup", "option", "p", "rb", "rp", "rt", "rtc"})
OPTIONAL_END_IN_TABLES = OPTIONAL_END | SECTIONS | CELLS | {"caption", "colgroup", "tr"}
# The end tags of all others leave open what is inside.
ENDS_WHAT_IS_INSIDE = BLOCKS | HEADINGS | TABLE_PARTS | {"dd", "dt", "li", "p", "table", "template"}
# End tags find no element beyond these.
SCOPE = CELLS | {"applet", "caption", "html", "marquee", "object", "table", "template"}
BUTTON_SCOPE = SCOPE | {"button"}
LIST_SCOPE = SCOPE | {"ol", "ul"}
TABLE_SCOPE = frozenset({"html", "table", "template"})
# Elements with rules of their own: end tags of other elements find nothing beyond them.
SPECIAL = (
    BLOCKS - {"dialog", "search"} | ENDS_PARAGRAPH | TABLE_PARTS | SCOPE | VOID | RAW | {"noscript"}
) - {"dialog", "search"}
HEAD = frozenset(
    {"base", "basefont", "bgsound", "link", "meta", "noframes", "noscript", "script", "style"}
    | {"template", "title"}
)
DOCUMENT = frozenset({"body", "head", "html"})
FOREIGN = frozenset({"math", "svg"})
# In SVG and MathML, these hold HTML again.
HTML_IN_FOREIGN = frozenset(
    {"annotation-xml", "desc", "foreignobject", "mi", "mn", "mo", "ms", "mtext", "title"}
)
# Start tags that end SVG or MathML around them.
ENDS_FOREIGN = (
    FORMATTING - {"a"}
    | HEADINGS
    | {"blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "embed", "head", "hr", "img"}
    | {"li", "listing", "menu", "meta", "ol", "p", "pre", "ruby", "span", "sub", "sup", "table"}
    | {"ul", "var"}
)
