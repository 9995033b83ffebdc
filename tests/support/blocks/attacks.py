"""Puts hostile text in every place where it can enter: rich text, and each input of each block.

No block and no setting is named here: a new one is attacked as soon as it is listed. Of a dynamic block, what
is judged is what subscribers get, one of whom has the text in each field.
"""

import html
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Any

from markupsafe import escape
from support.blocks.attack_requests import Request, judged
from support.blocks.served import BLOCKS
from support.blocks.setting_variants import (
    TYPED,
    Settings,
    max_length,
    showing,
    takes_any_text,
    variant_for,
    with_all_texts,
)
from support.kit.hostile_accounts import PARTS, SITE, escaped, hostile_account, typical

from plugin_server.blocks.base import Block, Option, SearchQuery
from plugin_server.errors import ContentError
from plugin_server.examples.block_examples import example_settings
from plugin_server.examples.example_files import EVERYTHING
from plugin_server.examples.sample_accounts import SampleAccount
from plugin_server.rendering.email_styles import ELEMENTS, INHERITED, EmailStyles
from plugin_server.rendering.prepared_block import write_formatted
from plugin_server.rendering.refusal import ExplainedRefusal
from plugin_server.rendering.rich_text import RichText, excerpt, rich_text
from plugin_server.rendering.text import one_line
from plugin_server.settings.setting import Setting
from plugin_server.testing import judge

# Pieces that are repeated to make huge input.
SHAPES = {
    "formatting": "<b>",
    "alternating formatting": "<b><i><a>",
    "nested tables": "<table><tr><td>",
    "unknown tags": "<x-y>",
    "attributes": "<p a=b ",
    "hidden elements": "<p style='display:none'>",
    "open comments": "<!--",
    "closed comments": "<!---->",
    "open scripts": "<script>",
    "half closed styles": "<style></styl",
    "angles": "<",
    "quotes": "\"'",
    "open quotes": "<a \"<a '",
    "entities": "&amp;&#123;",
    "ampersands": "&",
    "braces": "{}{{}}",
    "Liquid": "{{a",
    "spaces": " ",
    "lines": "x\n\n",
    "words": "url (x) ",
    "places": "[number]",
    "one word": "x",
    "marks": "\u0301",
    "families": "'a',",
    "brackets": "rgb((",
    "URL": "../",
    "host": "\u00fc.",
    "wide characters": "\U0001f3f4",
    "zero width": "\u200d\u200b",
}

# Seconds of CPU time that a case may take, for a payload of ordinary length and for a huge one.
ORDINARY = 10_000
_SECONDS, _SECONDS_OF_HUGE = 0.1, 2.0
_EXCERPTS = (60, 300)
# The place of what changes everything.
EVERYWHERE = "everywhere"
_ESCAPED = ", escaped after what it holds"
# The parts of the account that belong to it.
_EVERYWHERE = ("texts", "escaped ends of URLs")
_RICH_TEXT = 2_000
_MAX_OPTIONS, _MAX_LABEL = 50, 80
_LIQUID = re.compile(r"\{\{|\{%|\}\}|%\}")
_STYLES = {
    "color": "rgb(45, 45, 47)",
    "font-family": "Georgia, serif",
    "font-weight": "400",
    "text-align": "left",
    "text-transform": "none",
}


@dataclass(frozen=True)
class Case:
    """One place where a payload enters.

    Attributes:
        block: the name of the block, ``""`` for rich text.
        field: where the payload is.
        run: returns what the product makes of it.
        examine: returns what is wrong with that.
        request: what a block is rendered from; ``None`` if none is.
        place: what it changes, if others may change something else in the same request; else ``""``.
    """

    block: str
    field: str
    run: Callable[[], Any]
    examine: Callable[[Any], Sequence[str]]
    request: Request | None = None
    place: str = ""


@dataclass(frozen=True)
class Failure:
    """A problem that a payload caused."""

    block: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.block or 'rich text'}, {self.field}: {self.reason}"


def limit(payload: str) -> float:
    """Return the seconds of CPU time that a case may take."""
    return _SECONDS if len(payload) <= ORDINARY else _SECONDS_OF_HUGE


def problems(case: Case, limit: float = inf) -> Iterator[str]:
    """Yield what is wrong with what comes of a case, which may take that many seconds of CPU time.

    The result has to be an error message for the creator, or a block that passes the gate and the
    judge. Any other exception is a failure, and so is a block that the gate refuses: no text may prevent
    a creator from having a block.
    """
    taken, result, found = timed(case)
    if taken > limit:
        # A pause of Python or of the machine does not hit the same case twice.
        taken = min(taken, timed(case)[0])
    yield from found
    if result is not None:
        yield from case.examine(result)
    if taken > limit:
        yield f"took {taken:.3f} s of CPU time"


def timed(case: Case) -> tuple[float, Any, list[str]]:
    """Run a case; return its CPU seconds, its result or ``None``, and what was wrong if there is none."""
    start = time.thread_time()
    found: list[str] = []
    result = None
    try:
        result = case.run()
    except ContentError as error:
        found = [f"the sentence {ascii(m)}" for m in error.messages if not _is_sentence(m)]
    except ExplainedRefusal as refusal:
        found = ["refused: " + "; ".join(map(str, refusal.findings))]
    except Exception as error:  # whatever it is, a creator would see an error page
        found = [f"{type(error).__name__}: {ascii(str(error))[:200]}"]
    return time.thread_time() - start, result, found


def _is_sentence(message: str) -> bool:
    return one_line(message) == message and 0 < len(message) <= 300


# Cases.


def cases(payload: str) -> Iterator[Case]:
    """Yield all cases of a payload, those of rich text first."""
    yield from of_rich_text(payload)
    for block in BLOCKS:
        yield from of_block(block, payload)


def of_rich_text(payload: str) -> Iterator[Case]:
    """Yield the cases of rich text."""
    for length in _EXCERPTS:
        yield _cleaner_case(payload, length)
    yield _rich_text_case(payload)


def of_block(block: Block, payload: str) -> Iterator[Case]:
    """Yield the cases of a block."""
    yield from _typed_cases(block, payload)
    yield from _account_cases(block, payload, example_settings(block, EVERYTHING))
    yield from _whole_cases(block, payload)
    yield from _style_cases(block, payload)
    yield from _search_cases(block, payload)


def from_accounts(payload: str) -> Iterator[Case]:
    """Yield the cases in which the payload comes from Kit, or from everywhere at once."""
    for block in BLOCKS:
        yield from _account_cases(block, payload, variant_for(block, payload))
        yield from _whole_cases(block, payload)


def _cleaner_case(payload: str, limit: int) -> Case:
    def examine(text: str) -> Iterator[str]:
        if len(text) > limit or one_line(text) != text:
            yield "too long, or not one printable line"
        if _LIQUID.search(text):
            yield "Liquid in cleaned text"
        if excerpt(html.escape(text), limit) != text:
            yield "cleaning it twice gives another text"

    return Case(
        "", f"opening of {limit}", lambda: excerpt(payload, limit), lambda text: list(examine(text))
    )


def _rich_text_case(payload: str) -> Case:
    return Case(
        "",
        "rich text",
        lambda: rich_text(payload, _RICH_TEXT),
        lambda rich: judge(f"<div>{''.join(_rich_lines(rich))}</div>"),
    )


def _rich_lines(rich: RichText) -> Iterator[str]:
    for part in rich.parts:
        for line in part.lines:
            yield f'<p dir="{line.direction}">'
            for piece in line.pieces:
                words = write_formatted(piece.words, 0)
                yield f'<a href="{escape(piece.url)}">{words}</a>' if piece.url else words
            yield "</p>"


def _render_case(field: str, request: Request, payload: str, place: str = "") -> Case:
    block = request.block
    return Case(
        block.name,
        field,
        lambda: request.content().html(),
        lambda html: judged(block, html, payload),
        request,
        place,
    )


def _typed_cases(block: Block, payload: str) -> Iterator[Case]:
    for setting in block.settings.settings:
        base = showing(block, setting)
        for how, value in _raw_values(block, setting, payload):
            # Of other types, most payloads are refused, so that hardly a block has to be rendered.
            place = setting.name if setting.type in TYPED else ""
            if how == _ESCAPED:
                # All texts that are typed at once have it like this, too.
                place = EVERYWHERE
            request = Request(block, base, {setting.name: value})
            yield _render_case(f"setting {setting.name}{how}", request, payload, place)


def _raw_values(block: Block, setting: Setting, payload: str) -> Iterator[tuple[str, object]]:
    """Yield values for a setting: the payload, and the payload within a value that is accepted."""
    yield "", payload
    if setting.type in TYPED and len(payload) > max_length(setting):
        yield ", cut", payload[: max_length(setting)]
    if setting.type in TYPED and not takes_any_text(block, setting):
        held = showing(block, setting).get(setting.name) or SITE
        yield ", before what it holds", f"{payload}{held}"
        yield ", after what it holds", f"{held}{payload}"
        yield _ESCAPED, f"{held}{escaped(payload)}"
        yield ", as a host", f"https://{payload}"
    if setting.type == "color":
        yield ", after a color", f"#7a1f3d{payload}"
    if setting.type == "search":
        yield ", in a list", [payload]
    if setting.type == "fontFamily":
        yield ", as a family", {"fontFamily": payload, "fontWeight": payload}
        yield ", as a quoted family", {"fontFamily": f"Georgia, '{payload}'", "fontWeight": 400}


def _account_cases(block: Block, payload: str, settings: Settings) -> Iterator[Case]:
    for part, place in PARTS.items():
        if part not in _EVERYWHERE:
            request = Request(block, settings, account={part: payload})
            yield _render_case(f"account's {part}", request, payload, place)


def _style_cases(block: Block, payload: str) -> Iterator[Case]:
    settings = example_settings(block, EVERYTHING)
    for how, styles in _styles(payload).items():
        yield _render_case(f"styles{how}", Request(block, settings, styles=styles), payload)


def _whole_cases(block: Block, payload: str) -> Iterator[Case]:
    """Yield cases in which a payload is in many places, all of which can hold it in one request."""
    base, typed = variant_for(block, payload), with_all_texts(block, payload)
    yield _render_case("all texts that are typed", Request(block, base, typed), payload, EVERYWHERE)
    for part in _EVERYWHERE:
        request = Request(block, base, account={part: payload})
        yield _render_case(f"account's {part}", request, payload, EVERYWHERE)
    request = Request(block, base, typed, {"texts": payload}, _styles(payload)[""])
    yield _render_case("everything at once", request, payload, EVERYWHERE)


@lru_cache(maxsize=64)
def _styles(payload: str) -> Mapping[str, EmailStyles]:
    """Return styles with a payload, by how they have it; for each block the same."""
    after_good_ones = {name: _STYLES.get(name, "16px") + payload for name in INHERITED}
    return {
        "": EmailStyles.parse(dict.fromkeys(ELEMENTS, dict.fromkeys(INHERITED, payload))),
        ", after good values": EmailStyles.parse(dict.fromkeys(ELEMENTS, after_good_ones)),
    }


def _search_cases(block: Block, payload: str) -> Iterator[Case]:
    def case(setting: str, how: str, query: SearchQuery, account: SampleAccount) -> Case:
        return Case(
            block.name,
            f"search of {setting}, {how}",
            lambda: block.search(setting, query, account),
            lambda options: list(_option_problems(options)),
        )

    account = hostile_account({"texts": payload})
    for setting in block.settings.search_names:
        known = example_settings(block, EVERYTHING)
        query = SearchQuery(payload, (payload,), known)
        yield case(setting, "words", query, typical())
        yield case(setting, "labels", SearchQuery("", ("",), known), account)
        yield case(
            setting, "dependencies", SearchQuery("", (), dict.fromkeys(known, payload)), account
        )


def _option_problems(options: Sequence[Option]) -> Iterator[str]:
    if len(options) > _MAX_OPTIONS:
        yield "more options than a list can show"
    labels = [option.label for option in options]
    if len(set(labels)) < len(labels):
        yield "two equal labels"
    for label in labels:
        if one_line(label) != label or not 0 < len(label) <= _MAX_LABEL:
            yield f"label {ascii(label)[:200]}"
