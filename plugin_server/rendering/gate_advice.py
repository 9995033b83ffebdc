"""What a broken rule of the gate means, and what to write instead: for the authors of templates.

One table has the rules, another what to write in the place of names that HTML and CSS have but blocks do
not. The texts repeat what is written in a block, so they are for developers and never logged in production.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from plugin_server.findings.wording import listed, suggestion
from plugin_server.rendering import gate
from plugin_server.rendering.css_properties import PROPERTIES, value_form

SEE_ALLOWED = "See “plugin-server lint --allowed”."
_BY_CSS = 'style="{{ css(…) }}", which knows the spelling'

ELEMENTS_INSTEAD = {
    "article": "Write <div>.",
    "button": "Write a link, or the macro email.button().",
    "center": 'Write align="center" on a cell, or css(text_align="center").',
    "font": 'Write a <span> with style="{{ css(…) }}".',
    "footer": "Write <div>.",
    "h1": "Write <h2>: <h1> is the email's own.",
    "header": "Write <div>.",
    "link": 'Write style="{{ css(…) }}": mail clients load no style sheets.',
    "main": "Write <div>.",
    "nav": "Write <div>.",
    "section": "Write <div>.",
    "svg": "Put the drawing in a file and write an <img>.",
    "th": "Write <td>: the tables of blocks are for layout.",
    "thead": "Write <tbody>: the tables of blocks are for layout.",
}
ATTRIBUTES_INSTEAD = {
    "id": "Write a class: a block may stand twice in an email.",
    "title": "Write it as text: few readers see a title.",
}
PROPERTIES_INSTEAD = {
    "background": "Write background-color: mail clients show no more of a background.",
    "float": "Lay out by a table, or the macro email.column().",
    "flex": "Lay out by a table, or the macro email.column().",
    "gap": "Write a padding, or the argument gap of the macro email.row().",
    "position": "Lay out by a table: mail clients ignore it.",
}
# What attributes take, where their pattern does not say so by itself.
_FORMS = {
    "bgcolor": "a color as #rrggbb in small letters",
    "class": "{{ css_class }}, or {{ css_class }} followed by a hyphen and a name",
    "height": "a number of pixels",
    "href": "an absolute http, https or mailto URL",
    "lang": "a language code such as en or pt-BR",
    "src": "an absolute http or https URL",
    "style": "what {{ css(…) }} or {{ styles.text(…) }} prints",
    "width": "a number of pixels, or a percentage such as 50%",
    "alt": "any text",
}
# Characters of a list within a sentence.
_LONGEST_LIST = 150
_WORDS = re.compile(r"[a-z_0-9]+(\|[a-z_0-9]+)*")


def attribute_form(name: str) -> str:
    """Return what an attribute takes, such as ``left, right or center``."""
    pattern = gate.attribute_pattern(name)
    if name in _FORMS or pattern is None:
        return _FORMS.get(name, "any text")
    if _WORDS.fullmatch(pattern):
        return listed(pattern.split("|"))
    return f"what matches {pattern}"


class Offence(NamedTuple):
    """What breaks a rule.

    Attributes:
        code: of the rule.
        message: the gate's.
        element: the name of the element that it is on or in; ``""`` for none.
        subject: the element, attribute or property.
        written: the attribute, declaration or text, as it is written.
    """

    code: str
    message: str
    element: str = ""
    subject: str = ""
    written: str = ""


class Rule(NamedTuple):
    """How a broken rule is explained.

    Attributes:
        sentence: with the fields of an offence in braces, without a full stop.
        advice: what to write instead, or a function that returns it.
    """

    sentence: str
    advice: str | Callable[[Offence], str]


def _element(offence: Offence) -> str:
    return _instead_of(offence.subject, gate.ALLOWED, ELEMENTS_INSTEAD)


def _attribute(offence: Offence) -> str:
    if offence.subject.startswith("on"):
        return "Remove it: it is a script, which Kit rejects."
    return _instead_of(offence.subject, gate.ALLOWED[offence.element], ATTRIBUTES_INSTEAD)


def _property(offence: Offence) -> str:
    if (small := offence.subject.lower()) != offence.subject and small in PROPERTIES:
        return f"Write {small}."
    return property_advice(offence.subject)


def property_advice(name: str) -> str:
    """Return what to write instead of a CSS property that blocks may not use."""
    return _instead_of(name, PROPERTIES, PROPERTIES_INSTEAD)


def _instead_of(name: str, allowed: Collection[str], instead: Mapping[str, str]) -> str:
    known = sorted(allowed)
    if not known:
        return "Remove it: this element takes none."
    if found := instead.get(name) or suggestion(name, known):
        return f"{found} {SEE_ALLOWED}"
    listing = f"Allowed are {listed(known, 'and')}."
    return listing if len(listing) <= _LONGEST_LIST else SEE_ALLOWED


def _attribute_value(offence: Offence) -> str:
    return f"{offence.subject} takes {attribute_form(offence.subject)}."


def _missing(offence: Offence) -> str:
    return {
        "alt": 'Write alt="…" with what the image shows, or alt="" for mere decoration.',
        "href": "Write href with an absolute https URL, or no link.",
        "role": 'Write role="presentation": screen readers then know that it is only layout.',
        "src": "Write src with an absolute https URL, or no image.",
        "target": 'Write target="_blank", so that readers keep the email.',
    }.get(offence.subject, f'Write {offence.subject}="…": {attribute_form(offence.subject)}.')


def _address(offence: Offence) -> str:
    what = "page" if offence.subject == "href" else "image"
    make = "parse_link" if offence.subject == "href" else "parse_web_url"
    return (
        f"Write the absolute https URL of the {what}; {make}() of plugin_server.blocks makes one of a text "
        "in the block's context."
    )


def _css_value(offence: Offence) -> str:
    name, _, value = offence.written.partition(":")
    try:
        normal = PROPERTIES[offence.subject](value.strip().replace('"', "'"))
    except (KeyError, ValueError):
        return f"{offence.subject} takes {value_form(offence.subject)}."
    return f"Write {name.strip()}:{normal}, or {_BY_CSS}."


def _css_token(offence: Offence) -> str:
    return f"{offence.subject} takes {value_form(offence.subject)}."


def _css_syntax(offence: Offence) -> str:
    if offence.element == "style":
        return (
            "Write one @media only screen and (max-width:600px) around all rules, without comments."
        )
    return f"Write properties as name:value, with ; between them, or {_BY_CSS}."


def _important(offence: Offence) -> str:
    return "Write !important." if offence.element == "style" else "Remove !important."


_NO_LIQUID = (
    "Write one brace only, or a space between two: Kit runs Liquid over the finished email. Texts of the "
    "context are safe. For a subscriber's value, use personal() in a dynamic block."
)
RULES: Mapping[str, Rule] = {
    "address": Rule("{written} is not an absolute URL in its normal spelling", _address),
    "attribute": Rule("<{element}> may not have the attribute {subject}", _attribute),
    "attribute-missing": Rule("<{element}> has no {subject}", _missing),
    "attribute-value": Rule("<{element}> may not have {written}", _attribute_value),
    "comment": Rule("the comment {written}", "Delete it, or write {# … #}, which is not sent."),
    "control": Rule(
        "a control character in {subject}",
        "Remove it: copy the text without it, and save as UTF-8.",
    ),
    "css-important": Rule("{message}: {subject}", _important),
    "css-media": Rule(
        "a <style> with another media query",
        "Write @media only screen and (max-width:600px), as the macro email.responsive() does.",
    ),
    "css-property": Rule("blocks may not use the CSS property {subject}", _property),
    "css-selector": Rule(
        "a <style> with a selector that is not a class of the block",
        'Write .{{ css_class }}-name, and class="{{ css_class }}-name" on the element.',
    ),
    "css-size": Rule("{message}", "Write fewer declarations, and share those of several elements."),
    "css-syntax": Rule("{written}: {message}", _css_syntax),
    "css-token": Rule("{written}: {message}", _css_token),
    "css-url": Rule(
        "url( in {subject}: Kit rejects it, in texts too",
        "Write an <img>, or a space before the parenthesis.",
    ),
    "css-value": Rule("{written}: {message}", _css_value),
    "depth": Rule("{message}", "Take out elements that only wrap another one."),
    "element": Rule("<{subject}> is not an element that blocks may have", _element),
    "filling": Rule(
        "{message}",
        "Look for values beside each other that form Liquid or url( together, and separate them.",
    ),
    "kit-rejects": Rule(
        "Kit rejects blocks with <{subject}>", "Write a link to a page that has it."
    ),
    "liquid": Rule("a delimiter of Liquid in {subject}", _NO_LIQUID),
    "mutation": Rule("{message}", "Write the elements around it in a simpler way."),
    "personal": Rule(
        "{message}",
        "Look at the block as sent to several subscribers in the sandbox, and let each branch of when() be "
        "whole elements.",
    ),
    "prepared": Rule(
        "{message}",
        "Print each value by itself, and let only settings such as selects and toggles decide about markup.",
    ),
    "root": Rule(
        "{message}", "Write one element around everything, such as the macro email.section()."
    ),
    "size": Rule(
        "{message}", "Show fewer items, or use shorter styles: Gmail cuts long emails off."
    ),
    "spelling": Rule(
        "{written} is not in the one spelling that all mail clients read alike",
        lambda offence: f"Write {offence.subject}.",
    ),
    "structure": Rule(
        "{message}",
        "Write every start and end tag, and <tbody> in tables; close elements in order.",
    ),
    "table-body": Rule(
        "<tr> stands directly in <table>: parsers add a <tbody>", "Write <tbody> around the rows."
    ),
    "style": Rule("a second <style> element", "Write all rules in one, inside one media query."),
}


def explain(offence: Offence) -> tuple[str, str]:
    """Return a sentence without a full stop, and what to write instead."""
    rule = RULES[offence.code]
    fields = offence._asdict()
    unknown = any(f"{{{name}}}" in rule.sentence and not value for name, value in fields.items())
    sentence = offence.message if unknown else rule.sentence.format(**fields)
    return sentence, rule.advice(offence) if callable(rule.advice) else rule.advice
