"""What a personal block costs beside one that is the same for every reader, and as large.

Measured is the CPU time of a response without HTTP, accounts and caches of responses: settings are read, the
context is made, and a look that is known is filled in. Liquid is never run for that: Kit does it.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from statistics import median
from time import process_time

from support.blocks.served import find

from benchmarks.load import Extent
from benchmarks.report import Figure, at_most
from plugin_server.blocks.base import Block, dynamic_block
from plugin_server.examples.block_examples import example_settings
from plugin_server.examples.example_files import EVERYTHING, TYPICAL
from plugin_server.examples.sample_accounts import SampleAccount, typical_account
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.renderer import Renderer

TITLE = "Personal blocks (CPU time of a response whose look is known, each with another text)"
_GOAL = 1.5
_MEGABYTES, _RESPONSES, _ROUNDS = 8, 200, 9
_NUMBERS = count(100_000)


@dataclass(frozen=True)
class _Requested:
    """A block that is requested over and over, with another text each time.

    Attributes:
        block: it.
        settings: those that stay.
        text: the name of the setting that changes.
    """

    block: Block
    settings: Mapping[str, object]
    text: str

    def respond(self, renderer: Renderer, account: SampleAccount, styles: EmailStyles) -> str:
        typed = f"{self.settings.get(self.text, '')} {next(_NUMBERS)}"
        values = self.block.settings.parse({**self.settings, self.text: typed})
        return renderer.render(
            self.block.name,
            self.block.context(values, account),
            lambda: styles,
            instance=self.block.name,
            email_digest=styles.digest,
            dynamic=dynamic_block(self.block),
        )


def figures(_: Extent) -> Iterator[Figure]:
    """Yield how many times as much a personal block costs as a static one, for each byte of HTML."""
    for name, example in (
        ("personal_note", TYPICAL),
        ("personal_note", EVERYTHING),
        ("for_some", TYPICAL),
        ("for_some", EVERYTHING),
    ):
        block = find(name)
        personal = _Requested(block, example_settings(block, example), "text")
        static = _as_large(personal)
        cost, size, other_cost, other_size = _measured(personal, static)
        yield Figure(f"{name}, {example}: {size:,.0f} bytes", f"{cost:.0f} µs")
        yield Figure(f"  {static.block.name}: {other_size:,.0f} bytes", f"{other_cost:.0f} µs")
        ratio = (cost / size) / (other_cost / other_size)
        yield at_most(f"  cost of {name}, {example} / a static block's", ratio, _GOAL)


def _as_large(personal: _Requested) -> _Requested:
    """Return the example of a static block whose size is nearest."""
    size = len(_filled(personal)())
    product, posts = find("product"), find("post_list")
    candidates = [
        *(
            _Requested(product, example_settings(product, each), "description")
            for each in (TYPICAL, EVERYTHING)
        ),
        *(
            _Requested(posts, {**example_settings(posts, TYPICAL), "count": number}, "heading")
            for number in (1, 2, 3)
        ),
    ]
    return min(candidates, key=lambda each: abs(len(_filled(each)()) - size))


def _filled(requested: _Requested) -> Callable[[], str]:
    """Return what responds, with a look that is known."""
    styles = EmailStyles.parse({"p": {"color": "#2d2d2f", "font-size": "18px"}})
    renderer = Renderer(megabytes=_MEGABYTES)
    work = partial(requested.respond, renderer, typical_account(), styles)
    work()
    return work


def _measured(*requested: _Requested) -> tuple[float, ...]:
    """Return the median CPU time in µs, and the size of the HTML in bytes, of each."""
    works = [_filled(each) for each in requested]
    times: list[list[float]] = [[] for _ in works]
    # In turns, so that a busy machine slows all.
    for _ in range(_ROUNDS):
        for work, taken in zip(works, times, strict=True):
            gc.collect()
            started = process_time()
            for _ in range(_RESPONSES):
                work()
            taken.append((process_time() - started) / _RESPONSES * 1e6)
    return tuple(
        value
        for work, taken in zip(works, times, strict=True)
        for value in (median(taken), len(work().encode()))
    )
