"""What a finished block costs beside its plain Jinja template, with nothing remembered from before."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator

from support.blocks import attacks, combined_attacks
from support.blocks.served import BLOCKS

from benchmarks.load import Extent
from benchmarks.report import Figure, at_most
from plugin_server.blocks.base import Block, dynamic_block
from plugin_server.examples.block_examples import example_settings
from plugin_server.examples.example_files import TYPICAL
from plugin_server.examples.sample_accounts import typical_account
from plugin_server.rendering import css_properties as css
from plugin_server.rendering import gate, gate_css, locale_formats, style_attributes
from plugin_server.rendering.context_shape import split_context
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.renderer import Renderer, class_name, render_unprepared

TITLE = "Rendering, in CPU time of one thread (typical example, cold: every cache of ours emptied)"
# Milliseconds for a megabyte of hostile input, wherever a block takes it.
_HOSTILE_GOAL = 1_000

# A render costs at most so many times its plain template.
GOAL = 10
_ROUNDS = 60
_STYLES = {
    "p": {"font-family": "Charter, Georgia, serif", "font-size": "18px", "color": "#2d2d2f"},
    "h2": {"font-size": "26px", "font-weight": "700", "color": "#111111"},
    "a": {"color": "#0b63c4"},
}


def figures(_: Extent) -> Iterator[Figure]:
    """Yield each block's ratio of a cold render with its checks to the plain template's.

    Then the slowest response to a megabyte of each shape of hostile input.
    """
    for block in BLOCKS:
        plain, cold = _costs(block)
        name = f"{block.name}: {cold:,.0f} µs cold, {plain:,.0f} µs of plain Jinja; ratio"
        yield at_most(name, cold / plain, GOAL, "x")
    combined_attacks.warm_up()
    for shape, piece in attacks.SHAPES.items():
        place, slowest = _slowest(piece * (1024 * 1024 // len(piece.encode())))
        yield at_most(f"1 MB of {shape}; slowest: {place}"[:60], slowest, _HOSTILE_GOAL, "ms")


def _slowest(payload: str) -> tuple[str, float]:
    """Return where a payload costs most, and the CPU time in ms of making and serving the request."""
    worst = ("", 0.0)
    begun = time.thread_time()
    for case in attacks.cases(payload):
        attacks.timed(case)
        ended = time.thread_time()
        worst = max(
            worst, (f"{case.block} {case.field}", (ended - begun) * 1e3), key=lambda w: w[1]
        )
        begun = ended
    return worst


def _costs(block: Block) -> tuple[float, float]:
    """Return the median CPU time in µs of the plain template, and of all that a response takes."""
    account = typical_account()
    styles = EmailStyles.parse(_STYLES)
    values = block.settings.parse(example_settings(block, TYPICAL))
    context = block.context(values, account)
    css_class = class_name(block.name, "typical")
    renderer = Renderer(megabytes=0)

    def plain() -> None:
        values = [*split_context(context)[1], css_class]
        render_unprepared(block.name, context, styles, values, dynamic_block(block))

    def cold() -> None:
        values = block.settings.parse(example_settings(block, TYPICAL))
        context = block.context(values, account)
        renderer.render(
            block.name,
            context,
            lambda: EmailStyles.parse(_STYLES),
            instance="typical",
            email_digest=b"",
            dynamic=dynamic_block(block),
        )

    plain()
    cold()
    # In turns, so that a busy machine slows both.
    pairs = [(_timed(plain), _timed(cold, before=forget)) for _ in range(_ROUNDS)]
    return statistics.median(p for p, _ in pairs), statistics.median(c for _, c in pairs)


def forget() -> None:
    """Empty every cache of the renderer; compiled templates stay, as in any running server."""
    for module in (gate, gate_css, css, style_attributes, locale_formats):
        for member in vars(module).values():
            if hasattr(member, "cache_clear"):
                member.cache_clear()


def _timed(work: Callable[[], None], before: Callable[[], None] | None = None) -> float:
    if before:
        before()
    gc.collect()
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e6
