"""Settings of a block that bring a value to light: every layout in turn, and what each setting needs."""

from collections.abc import Mapping
from functools import cache
from zlib import crc32

from support.kit.hostile_accounts import escaped, typical

from plugin_server.blocks.base import Block
from plugin_server.errors import ContentError
from plugin_server.examples.block_examples import example_settings
from plugin_server.examples.example_files import EVERYTHING, TYPICAL
from plugin_server.settings.setting import Setting
from plugin_server.settings.sidebar import ANYTHING
from plugin_server.settings.values import MAX_TEXT, MAX_TEXTAREA

Settings = Mapping[str, object]

# The types that are typed, and how many characters each takes.
TYPED = {"text": MAX_TEXT, "textarea": MAX_TEXTAREA}


def max_length(setting: Setting) -> int:
    """Return how many characters a typed setting takes."""
    return min(setting.max_length or MAX_TEXTAREA, TYPED[setting.type])


@cache
def variants(block: Block) -> tuple[Settings, ...]:
    """Return samples that differ in one choice each, so that every layout has its turn."""
    found = [example_settings(block, name) for name in (EVERYTHING, TYPICAL, "minimal")]
    for setting in block.settings.settings:
        base = showing(block, setting)
        found += ({**base, setting.name: option} for option in setting.options)
        if setting.type == "toggle":
            found += ({**base, setting.name: state} for state in (True, False))
    return tuple(settings for settings in found if _gives_a_block(block, settings))


def _gives_a_block(block: Block, settings: Settings) -> bool:
    try:
        block.context(block.settings.parse(settings), typical())
    except ContentError:
        return False
    return True


def variant_for(block: Block, payload: str) -> Settings:
    """Return one of the variants, always the same for a payload."""
    number = crc32(payload.encode("utf-8", "surrogatepass"))
    return variants(block)[number % len(variants(block))]


@cache
def showing(block: Block, setting: Setting) -> Settings:
    """Return the sample of everything, changed so that a setting is shown in the sidebar."""
    known = {each.name: each for each in block.settings.settings}
    settings = dict(example_settings(block, EVERYTHING))
    for condition in setting.conditions:
        settings |= showing(block, known[condition.field])
        if condition.value is None:
            settings[condition.field] = None
        elif condition.value is not ANYTHING:
            settings[condition.field] = condition.value
    return settings


@cache
def takes_any_text(block: Block, setting: Setting) -> bool:
    """Return whether a typed setting accepts any text, and not only URLs or the like."""
    words = {setting.name: "A few words"}
    return all(
        _gives_a_block(block, {**base, **words})
        for base in (showing(block, setting), *variants(block))
    )


def with_all_texts(block: Block, payload: str) -> Settings:
    """Return one of the variants with the payload in every text, by itself if the setting accepts that."""
    settings = dict(variant_for(block, payload))
    for setting in block.settings.settings:
        if setting.type in TYPED:
            held = settings.get(setting.name)
            candidates = (payload, f"{payload} {held} {payload}", f"{held}{escaped(payload)}")
            fitting = (
                text
                for text in (each[: max_length(setting)] for each in candidates)
                if _gives_a_block(block, {**settings, setting.name: text})
            )
            settings[setting.name] = next(fitting, held)
    return settings
