"""The rules on places: what a value is escaped for, and Liquid where parsers of HTML stumble.

Kit checks and cleans the HTML of a block before it renders Liquid, so both have to be in order: the
HTML as it stands, and what becomes of it.
"""

import re
from collections.abc import Iterator

from plugin_server.findings.finding import Finding, Place, error, info, warning
from plugin_server.findings.wording import shown
from plugin_server.lint.liquid.data_rules import name_of
from plugin_server.lint.liquid.flow import SUBSCRIBER, Flow
from plugin_server.lint.liquid.places import Kind, Places, Spot
from plugin_server.lint.liquid.template import Piece, Template
from plugin_server.lint.liquid.values import Encoding, Value
from plugin_server.lint.liquid.vocabulary import BLOCK_TAGS

_URL_ATTRIBUTES = frozenset({"action", "background", "cite", "href", "longdesc", "poster", "src"})
_EVENT = re.compile(r"on[a-z]+")
_BEGINS_MARKUP = re.compile(r"<(?=[a-zA-Z/!?])")
_SPACE = re.compile(r"\s")
_ESCAPE = "Write | escape at the end of its filters."
_ASSIGN_BEFORE = "Assign the value before the element, and print the variable in quotes."


def unescaped(template: Template, places: Places, flow: Flow) -> Iterator[Finding]:
    """Find values that are not escaped for the place where they are printed."""
    for printed in flow.printed:
        value = printed.value
        piece = template.piece_at(printed.offset)
        if not value.origins or value.encoding is Encoding.PLAIN or piece is None:
            continue
        spot, name = places.at(piece.start), shown(name_of(template, printed))
        if spot.kind in (Kind.NAME, Kind.TAG):
            where = f"the tag <{spot.element}>" if spot.kind is Kind.TAG else "the name of a tag"
            advice = "Write the tag out, and print values in texts and quoted attributes only."
            yield _error("liquid-in-tag", piece, f"{name} stands in {where}", advice)
        elif spot.kind is Kind.RAW or spot.attribute == "style" or _EVENT.fullmatch(spot.attribute):
            where = f"<{spot.element}>" if spot.kind is Kind.RAW else spot.attribute
            message = f"{name} stands in {where}, where no filter makes it safe"
            advice = "Write an if around whole elements, each with styles of your own."
            yield _error("liquid-css", piece, message, advice)
        elif spot.kind is Kind.VALUE:
            yield from _in_value(places, spot, piece, name, value)
        elif value.encoding < Encoding.MARKUP:
            message = f"{name} is not escaped: HTML in it becomes part of the email"
            yield _warning("liquid-escape", piece, message, _ESCAPE)


def _in_value(
    places: Places, spot: Spot, piece: Piece, name: str, value: Value
) -> Iterator[Finding]:
    where = f"{spot.attribute} of <{spot.element}>"
    if not spot.quote:
        message = f"{where} has no quotes: a space in {name} ends it"
        yield _warning("liquid-escape", piece, message, f'Write {spot.attribute}="{{{{ … }}}}".')
    is_url = spot.attribute in _URL_ATTRIBUTES
    before = places.html[spot.start : piece.start].strip()
    if is_url and before:
        if value.encoding < Encoding.URL:
            message = f"{name} is a part of the URL in {where}, and not encoded for that"
            advice = "Write | url_encode at the end of its filters, after default."
            yield _warning("liquid-url", piece, message, advice)
        return
    if value.encoding < Encoding.HTML:
        message = f"{name} is not escaped in {where}: a quote in it ends it"
        yield _warning("liquid-escape", piece, message, _ESCAPE)
    after = places.html[piece.end : spot.end].strip()
    if is_url and value.is_whole_url_encoded and not after:
        message = f"{name} is a whole URL, and url_encode makes it none"
        yield _warning("liquid-url", piece, message, "Write | escape instead of url_encode.")
    elif is_url and any(path[0] == SUBSCRIBER for path in value.origins):
        message = f"{name} decides where {where} leads: it may be javascript:, or no URL"
        advice = "Write your own https://…, and the value after a ? with url_encode."
        yield _warning("liquid-url", piece, message, advice)


def _error(code: str, piece: Piece, message: str, advice: str) -> Finding:
    return error(code, Place(offset=piece.start), message, advice)


def _warning(code: str, piece: Piece, message: str, advice: str) -> Finding:
    return warning(code, Place(offset=piece.start), message, advice)


def in_tags(template: Template, places: Places) -> Iterator[Finding]:
    """Find branches and loops within tags and attributes."""
    for piece in template.pieces:
        if piece.tag not in BLOCK_TAGS or piece.tag == "capture":
            continue
        spot = places.at(piece.start)
        if spot.kind is Kind.VALUE:
            message = f"{{% {piece.tag} %}} stands in {spot.attribute} of <{spot.element}>"
            message = f"{message}: what cleans the HTML may encode or drop it"
            yield _warning("liquid-in-attribute", piece, message, _ASSIGN_BEFORE)
        elif spot.kind in (Kind.TAG, Kind.NAME):
            message = f"{{% {piece.tag} %}} stands among the attributes of <{spot.element}>"
            message = f"{message}: parsers take its words for attributes"
            advice = "Write the whole element twice, in an if and its else."
            yield _warning("liquid-in-tag", piece, message, advice)


def in_tables(template: Template, places: Places) -> Iterator[Finding]:
    """Find Liquid between the parts of tables, where parsers move text before the table."""
    for piece in template.pieces:
        spot = places.at(piece.start)
        if not spot.is_between_table_parts or not (piece.tag in BLOCK_TAGS or not piece.tag):
            continue
        what = template.written(piece) if len(piece.code) < 40 else f"{{% {piece.tag} … %}}"
        message = f"{what} stands directly in <{spot.element}>: parsers move it before the table"
        advice = "Put it into a cell, or around a whole table."
        yield _warning("liquid-in-table", piece, message, advice)


def broken_markup(template: Template, places: Places) -> Iterator[Finding]:
    """Find quotes and signs in Liquid that mean something else to a parser of HTML."""
    for piece in template.pieces:
        spot = places.at(piece.start)
        text = template.written(piece)
        if spot.kind is Kind.VALUE and spot.quote and spot.quote in text:
            other = "'" if spot.quote == '"' else '"'
            message = (
                f"a {spot.quote} in Liquid ends {spot.attribute} of <{spot.element}> for parsers"
            )
            advice = f"Write {other} in it, or assign the value before the element."
            yield _warning("liquid-quote", piece, message, advice)
        elif spot.kind is Kind.TEXT and _BEGINS_MARKUP.search(text):
            message = "a < in Liquid begins a tag for parsers of HTML"
            yield _warning("liquid-quote", piece, message, "Write a space after it.")
        elif spot.attribute in _URL_ATTRIBUTES and not piece.tag and _SPACE.search(text):
            message = f"spaces in Liquid in {spot.attribute}: what cleans URLs may write %20"
            advice = f"Write {{{{{_SPACE.sub('', piece.code)}}}}}." if "'" not in text else ""
            yield info("liquid-url-space", Place(offset=piece.start), message, advice)
