"""The forms of Liquid that dynamic blocks have, and no others.

Each field that is used is assigned once to a variable, cleaned: at the top of the block, or at the start of
the loop whose item has it. After that, Liquid only prints variables and compares them with constants.

A value is cleaned while it is URL-encoded, where each of its characters is a word of letters, digits and
percent signs. So no constant in these forms needs a quotation mark, brace or ``<``, and no filter is needed
that Shopify's first releases lack. What ``text.defuse`` and ``text.printable`` do to texts at once, a chain
of ``replace`` does here.

Kit's engine is Shopify's, in Ruby; blocks are judged with python-liquid (``engine.py``). Both choose the same
branches, and print the same texts and URLs, for any data. They differ where their filters do, so:

* Ruby strips ASCII white space alone. The spaces of ``SPACES`` become plain ones, and values are stripped
  again; of other spaces, a value is not blank.
* In Ruby, a number has a size. Lists are tested by a loop.
* In Ruby, a capital sigma has one small letter, in Python two. Compared texts have one.
* A value that is no text looks otherwise: Ruby prints ``true``, ``1.0e+20`` and ``["a"]``, Python ``True``,
  ``1e+20`` and ``['a']``. Apostrophes are ``&#39;`` and ``&#x27;``, and python-liquid cuts a value of
  exactly 300 characters.

Source: https://shopify.github.io/liquid/filters/url_encode/ and
https://github.com/Shopify/liquid/blob/v5.4.0/lib/liquid/standardfilters.rb
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from plugin_server.rendering.personal.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Equals,
    Has,
    HasUrl,
    Lacks,
    Literal,
)
from plugin_server.rendering.personal.fields import Field, Loop
from plugin_server.rendering.personal.marks import (
    Each,
    EndEach,
    EndWhen,
    Mark,
    Otherwise,
    PersonalLink,
    PersonalText,
    PersonalUrl,
    When,
)


@dataclass(frozen=True)
class Quoted:
    """The place of a text of the context within quotes.

    Attributes:
        literal: the text.
        is_small: whether its letters are written small, to be compared.
        is_printed: whether it is cleaned as a value that is printed as text.
    """

    literal: Literal
    is_small: bool = False
    is_printed: bool = False


# Liquid, with places for texts of the context.
Code = tuple[str | Quoted, ...]

# Characters of a value; longer ones end in an ellipsis.
MAX_VALUE = 300
MAX_URL = 2000
# The end of a tag, with a line break where it prints none: lines of an email have 998 bytes at most.
_END = "\n%}"
_NON_JOINER = "%E2%80%8C"
# A variation selector, which is invisible: its last hexadecimal digit is that of the character replaced.
_INVISIBLE = "%EF%B8%8"
# Spaces that people type, which Ruby does not strip: the no-break ones, and the one between Chinese letters.
# As in texts of creators, they become plain spaces.
SPACES = (("%C2%A0", "+"), ("%E2%80%AF", "+"), ("%E3%80%80", "+"))
# What ``text.printable`` removes, and ``text.defuse`` disarms, in URL-encoded text.
CLEANING = (
    *SPACES,
    *((control, "+") for control in ("%09", "%0A", "%0D")),
    *((start, _INVISIBLE) for start in ("%0", "%1", "%C2%8", "%C2%9", "%E2%81%A", "%EF%BF%B")),
    ("%7F", ""),
    *((f"%E2%80%A{digit}", "") for digit in "89ABCDE"),
    ("%EF%BB%BF", ""),
    ("%28", f"{_NON_JOINER}%28"),
    ("%7B", f"%7B{_NON_JOINER}"),
    ("%7D", f"{_NON_JOINER}%7D"),
)
# As in texts of creators, several spaces in a value that is compared are one: each step halves up to eight.
_ONE_SPACE = (*((control, "+") for control in ("%09", "%0A", "%0D")), *(("++", "+"),) * 3)
# A small sigma at the end of a word is that of its middle: Ruby makes no other of a capital one.
_SIGMA = ("%CF%82", "%CF%83")
# How URL-encoded text is made a part of a URL: what needs no encoding there is decoded, "%" last.
_IN_URL = (
    ("+", "%20"),
    *(("%2F", "/"), ("%3F", "?"), ("%3D", "="), ("%26", "&amp;"), ("%23", "#"), ("%3A", ":")),
    *(("%2B", "+"), ("%2C", ","), ("%3B", ";"), ("%40", "@"), ("%21", "!"), ("%25", "%")),
)


def cleaned(encoded: str) -> str:
    """Return URL-encoded text as the Liquid of a value that is printed cleans it."""
    for old, new in CLEANING:
        encoded = encoded.replace(old, new)
    return encoded


def compared(text: str) -> str:
    """Return text as the Liquid of a value that is compared makes it small, URL-encoded."""
    return quote_plus(text.lower()).replace(*_SIGMA)


def _replacing(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(f' | replace: "{old}", "{new}"' for old, new in pairs)


_STRIPPING = f" | strip | url_encode{_replacing(SPACES)} | url_decode | strip"


@dataclass
class Scope:
    """The variables that are assigned at one place.

    Attributes:
        variables: the names, by the form of the value, the path, and what stands for no value.
    """

    variables: dict[tuple[str, str, Literal | None], str] = field(default_factory=dict)


class Writer:
    """Writes the Liquid of a block's marks."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        """Take the marks in the order in which they stand."""
        self._marks = marks
        self._count = self._flags = 0
        self._scopes: dict[Loop | None, Scope] = {None: Scope()}
        for mark in marks:
            for form, used, default in _variables_of(mark):
                self._variable(form, used, default)

    def write(self) -> list[Code]:
        """Return the Liquid of each mark; the first one also has the block's assignments."""
        written = [self._code(mark) for mark in self._marks]
        if written:
            written[0] = (*self._assignments(None), *written[0])
        return written

    def _variable(self, form: str, used: Field, default: Literal | None = None) -> str:
        variables = self._scopes.setdefault(used.loop, Scope()).variables
        key = (form, used.path, default)
        if key not in variables:
            if form == "text" and default:
                # What it is made from has to be assigned before.
                self._variable("text", used)
            self._count += 1
            variables[key] = f"kb_{self._count}"
        return variables[key]

    def _assignments(self, loop: Loop | None) -> Iterator[str | Quoted]:
        scope = self._scopes.get(loop, Scope())
        for (form, path, default), name in scope.variables.items():
            if form == "text" and default:
                yield from _with_default(name, scope.variables[form, path, None], default)
            else:
                yield from _FORMS[form](name, path, default)

    def _code(self, mark: Mark) -> Code:
        match mark:
            case When():
                setup, test = self._test(mark.condition)
                return (*setup, "{% if ", *test, " %}")
            case Otherwise():
                return ("{% else %}",)
            case EndWhen():
                return ("{% endif %}",)
            case Each():
                loop = mark.loop
                start = f"{{% for {loop.variable} in {loop.items.path} limit: {loop.limit} %}}"
                return (start, *self._assignments(loop))
            case EndEach():
                return ("{% endfor %}",)
            case PersonalText():
                return (f"{{{{ {self._variable('text', mark.field, mark.default)} }}}}",)
            case PersonalUrl():
                return (f"{{{{{self._variable('url', mark.field)}}}}}",)
            case PersonalLink():
                variable = self._variable("query", mark.field, mark.default)
                return (f"{mark.parameter}={{{{{variable}}}}}",)
        raise TypeError(type(mark).__name__)

    def _test(self, condition: Condition) -> tuple[Code, Code]:
        """Return what has to stand before a test of a condition, and the test."""
        match condition:
            case Has(used):
                return (), (self._filled(used, "!="),)
            case Lacks(used):
                return (), (self._filled(used, "=="),)
            case HasUrl(used):
                return (), (f'{self._variable("url", used)} != ""',)
            case Equals(used, text):
                return (), (
                    f'{self._variable("small", used)} == "',
                    Quoted(text, is_small=True),
                    '"',
                )
            case AllOf(parts) | AnyOf(parts):
                setup: list[str | Quoted] = []
                tests: list[str | Quoted] = []
                for part in parts:
                    before, test = self._simple_test(part)
                    setup += before
                    tests += (" and " if isinstance(condition, AllOf) else " or ", *test)
                return tuple(setup), tuple(tests[1:])
        raise TypeError(type(condition).__name__)

    def _simple_test(self, condition: Condition) -> tuple[Code, Code]:
        """Return a test without "and" and "or", which Liquid reads from the right, whatever their kind."""
        setup, test = self._test(condition)
        if not isinstance(condition, AllOf | AnyOf):
            return setup, test
        self._flags += 1
        flag = f"kb_flag{self._flags}"
        start = f'{{% assign {flag} = "" %}}{{% if '
        end = f' %}}{{% assign {flag} = "1" %}}{{% endif %}}'
        return (*setup, start, *test, end), (f'{flag} != ""',)

    def _filled(self, used: Field, sign: str) -> str:
        if used.is_list:
            return f'{self._variable("items", used)} {sign} ""'
        return f'{self._variable("text", used)} {sign} ""'


def _variables_of(mark: Mark) -> Iterator[tuple[str, Field, Literal | None]]:
    match mark:
        case When():
            yield from _tested(mark.condition)
        case PersonalText():
            yield "text", mark.field, mark.default
        case PersonalUrl():
            yield "url", mark.field, None
        case PersonalLink():
            yield "query", mark.field, mark.default


def _tested(condition: Condition) -> Iterator[tuple[str, Field, None]]:
    match condition:
        case Has(used) | Lacks(used):
            yield "items" if used.is_list else "text", used, None
        case HasUrl(used):
            yield "url", used, None
        case Equals(used):
            yield "small", used, None
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _tested(part)


def _default(default: Literal | None) -> Code:
    return (' | default: "', Quoted(default), '"') if default else ()


def _text(name: str, path: str, _: Literal | None) -> Code:
    start = f"{{% assign {name} = {path} | truncate: {MAX_VALUE} | strip | url_encode"
    return (f"{start}{_replacing(CLEANING)} | url_decode | strip | escape{_END}",)


def _with_default(name: str, text: str, default: Literal) -> Code:
    """Write the value of a cleaned text, or else a default, which is cleaned when it is written."""
    start = f'{{% assign {name}d = "'
    end = f'" | url_decode | escape{_END}{{% assign {name} = {text} | default: {name}d{_END}'
    return (start, Quoted(default, is_printed=True), end)


def _query(name: str, path: str, default: Literal | None) -> Code:
    start = f"{{% assign {name} = {path} | truncate: {MAX_VALUE}{_STRIPPING} | url_encode"
    return (start, *_default(default), _END)


def _small(name: str, path: str, _: Literal | None) -> Code:
    spaced = f" | strip | url_encode{_replacing((*SPACES, *_ONE_SPACE))} | url_decode | strip"
    start = f"{{% assign {name} = {path}{spaced} | downcase | url_encode"
    return (f"{start}{_replacing([_SIGMA])}{_END}",)


def _items(name: str, path: str, _: Literal | None) -> Code:
    """Write ``"1"`` for a list with items; a size would do if numbers had none in Ruby."""
    lines = (
        f'assign {name} = ""',
        f"for {name}i in {path} limit: 1",
        f'assign {name} = "1"',
        "endfor",
    )
    return ("".join(f"{{% {line}{_END}" for line in lines),)


def _url(name: str, path: str, _: Literal | None) -> Code:
    """Write the URL at a path in the spelling of the gate, or ``""`` for anything else.

    Its host has only letters, digits, dots, hyphens and underscores, and its port is the scheme's.
    """
    lines = (
        f"assign {name}v = {path} | strip | url_encode",
        f'assign {name}w = {name}v | truncate: {MAX_URL}, ""',
        f'assign {name}p = {name}v | split: "%2F"',
        f"assign {name}s = {name}p[0] | downcase",
        f"assign {name}h = {name}p[2] | downcase",
        f'assign {name}o = {name}p[0] | append: "%2F%2F" | append: {name}p[2]',
        f'assign {name} = ""',
        f'if {name}p[1] == "" and {name}h != "" and {name}v == {name}w',
        f'unless {name}h contains "%" or {name}h contains "+" or {name}h contains "~"',
        f'assign {name}r = {name}v | remove_first: {name}o{_replacing(_IN_URL)} | default: "/"',
        *(
            line
            for scheme in ("http", "https")
            for line in (
                f'if {name}s == "{scheme}%3a"',
                f'assign {name} = "{scheme}://" | append: {name}h | append: {name}r',
                "endif",
            )
        ),
        "endunless",
        "endif",
    )
    return ("".join(f"{{% {line}{_END}" for line in lines),)


_FORMS = {"text": _text, "query": _query, "small": _small, "items": _items, "url": _url}
