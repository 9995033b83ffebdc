"""Requests with payloads in them, which can be combined so that one render serves several payloads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from support.blocks.readers import judge_attacked
from support.blocks.setting_variants import TYPED, Settings, variants
from support.kit.hostile_accounts import hostile_account, typical

from plugin_server.blocks.base import Block, dynamic_block
from plugin_server.errors import ContentError
from plugin_server.examples.block_examples import example_settings
from plugin_server.examples.example_files import EVERYTHING
from plugin_server.examples.sample_accounts import SampleAccount
from plugin_server.rendering.context_shape import Shape, split_context
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.renderer import render_block

NO_STYLES = EmailStyles.parse(None)
# What is looked for in the layouts of a block.
_MARKS = {"texts": "Marked words", "ends of URLs": "marked", "colors": "#123456"}


@dataclass(frozen=True)
class Request:
    """What a block is rendered from.

    Attributes:
        block: the block.
        base: settings without an attack.
        typed: the settings in which a payload is.
        account: the payload by the part of the account that holds it (``hostile_accounts.PARTS``).
        styles: of the email around the block.
    """

    block: Block
    base: Settings
    typed: Settings = field(default_factory=dict)
    account: Mapping[str, str] = field(default_factory=dict)
    styles: EmailStyles = NO_STYLES

    def content(self) -> "Content":
        """Return what the block is to show.

        Raises:
            ContentError: the creator gets a sentence instead.
        """
        values = self.block.settings.parse({**self.base, **self.typed})
        if self.account:
            account = _account(tuple(self.account.items()))
            return _content(self.block, self.block.context(values, account), self.styles)
        # Many values that are refused or left out leave the same settings.
        given = (self.block.name, tuple(values.values()), self.styles.digest)
        found = _contents.get(given)
        if found is None:
            found = _content(self.block, self.block.context(values, typical()), self.styles)
            remember(_contents, given, found)
        return found

    def added(self, content: "Content") -> frozenset[str]:
        """Return the texts that the payloads add to the block, given its content."""
        return content.texts - Request(self.block, self.base).content().texts


@lru_cache(maxsize=500)
def _account(held: tuple[tuple[str, str], ...]) -> SampleAccount:
    # Each block is shown with the same ones.
    return hostile_account(dict(held))


@dataclass(frozen=True)
class Content:
    """What a block is to show, with the values in it, and what equal contents have in common."""

    block: Block
    context: Mapping[str, Any]
    texts: frozenset[str]
    styles: EmailStyles
    key: tuple[str, Shape, tuple[str, ...], bytes]

    def html(self) -> str:
        """Return the finished block.

        Raises:
            BlockRefused: by the gate.
        """
        html = _rendered.get(self.key)
        if html is None:
            dynamic = dynamic_block(self.block)
            html = render_block(
                self.block.name, self.context, self.styles, instance="a draft", dynamic=dynamic
            )
            remember(_rendered, self.key, html)
        return html


def _content(block: Block, context: Mapping[str, Any], styles: EmailStyles) -> Content:
    shape, texts = split_context(context)
    key = (block.name, shape, tuple(texts), styles.digest)
    return Content(block, context, frozenset(texts), styles, key)


_contents: dict[object, Content] = {}
_rendered: dict[object, str] = {}
# Blocks that the judge has accepted, with the text of a subscriber.
_fine: dict[object, bool] = {}


def remember(known: dict[object, Any], key: object, value: Any) -> None:
    """Remember a value; of a thousand, all are forgotten."""
    if len(known) == 1_000:
        known.clear()
    known[key] = value


def judged(block: Block, html: str, payload: str) -> Sequence[str]:
    """Return what is wrong with a block; of a dynamic one, also if a subscriber's fields hold a payload."""
    # A block that is not dynamic is the same for every subscriber.
    key = (html, payload if block.identifier else "")
    if key in _fine:
        return ()
    found = judge_attacked(block, html, payload)
    if not found:
        remember(_fine, key, True)
    return found


def combined(requests: Sequence[Request], layout: Settings) -> Request:
    """Return one request with the payloads of several of a block, no two of which change the same."""
    typed = {name: value for each in requests for name, value in each.typed.items()}
    account = {part: payload for each in requests for part, payload in each.account.items()}
    return Request(requests[0].block, layout, typed, account, requests[-1].styles)


@cache
def revealing(block: Block) -> Sequence[Settings]:
    """Return the layouts that show most of what is typed, and of what an account has."""
    everything = example_settings(block, EVERYTHING)
    typed = {
        setting.name: f"{everything.get(setting.name) or 'Mark'}{number}"
        for number, setting in enumerate(block.settings.settings)
        if setting.type in TYPED
    }
    marked = [Request(block, everything, {name: value}) for name, value in typed.items()]
    marked += [Request(block, everything, account={name: mark}) for name, mark in _MARKS.items()]
    added = [each.added(each.content()) for each in marked]

    def shown(layout: Settings) -> int:
        try:
            texts = Request(block, layout, typed, _MARKS).content().texts
        except ContentError:
            return -1
        return sum(each <= texts for each in added)

    layouts = (everything, *variants(block))
    numbers = [*map(shown, layouts)]
    pairs = zip(layouts, numbers, strict=True)
    return [layout for layout, number in pairs if number == max(numbers)]
